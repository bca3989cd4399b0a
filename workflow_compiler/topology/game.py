"""The token game of a graph whose parts fire one by one, each as soon as its rule lets it.

The token channels play the same game in supersteps, each for one join; here is all of it at once,
for those levels that have no supersteps.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from workflow_compiler.topology.graph import Graph
from workflow_compiler.topology.rules import JoinRule
from workflow_compiler.topology.swallowing import Swallowing


@dataclass(frozen=True, slots=True)
class Board:
    """What a game is played on: parts of a graph, each a node or a region that fires like one."""

    graph: Graph
    rules: Mapping[int, JoinRule]
    parts: Sequence[frozenset[int]]
    entries: Sequence[int]

    def rule(self, part: int) -> JoinRule | None:
        """When a part may fire that may have to wait; None where it fires on any token."""
        nodes = self.parts[part]
        return self.rules.get(next(iter(nodes))) if len(nodes) == 1 else None


class TokenGame:
    """Tokens on edges, or in the hands of parts that are at work."""

    def __init__(self, board: Board) -> None:
        self._board = board
        self._part_of = {node: n for n, part in enumerate(board.parts) for node in part}
        self._rules = {n: rule for n in range(len(board.parts)) if (rule := board.rule(n))}
        self._waiting = set(board.entries)
        self._held: dict[int, set[int]] = {}
        known = (one for rule in self._rules.values() for one in rule.swallowers)
        alone = {node for part in board.parts if len(part) == 1 for node in part}
        self._swallowing = Swallowing(board.graph, (one for one in known if one.join in alone))

    @property
    def tokens(self) -> frozenset[int]:
        """The edges that hold a token, or whose token is in the hands of a part."""
        return frozenset(self._waiting).union(*self._held.values())

    @property
    def disarmed(self) -> Iterable[int]:
        """The joins that swallow what comes, as negative numbers beside the tokens."""
        return (~join for join in self._swallowing.disarmed)

    def ready(self) -> Sequence[int]:
        """The parts that may fire; a part that is at work ends before it fires again."""
        tokens = self.tokens
        return [
            part
            for part in sorted({self._end(edge) for edge in self._waiting})
            if part not in self._held
            and ((rule := self._rules.get(part)) is None or rule.fires(tokens, self._swallowing))
        ]

    def fire(self, part: int) -> Sequence[int]:
        """A part begins; the edges whose tokens it takes."""
        self._held[part] = taken = {edge for edge in self._waiting if self._end(edge) == part}
        self._waiting -= taken
        self._swallowing.fire(self._board.parts[part])
        self._swallow()
        return [edge for edge in self._incoming(part) if edge in taken]

    def finish(self, part: int, taken: Iterable[int]) -> Sequence[int]:
        """A part has ended and puts tokens on these edges; those of them that leave the level."""
        del self._held[part]
        left = []
        for edge in taken:
            if self._board.graph.edges[edge][1] in self._part_of:
                self._waiting.add(edge)
            else:
                left.append(edge)
        self._swallow()
        return left

    def _end(self, edge: int) -> int:
        return self._part_of[self._board.graph.edges[edge][1]]

    def _swallow(self) -> None:
        self._swallowing.swallow(self._waiting, frozenset[int]().union(*self._held.values()))

    def _incoming(self, part: int) -> Iterable[int]:
        """Those of a node, in its order; a region has one way in."""
        nodes = self._board.parts[part]
        if len(nodes) > 1:
            return sorted(self._held[part])
        return self._board.graph.incoming[next(iter(nodes))]
