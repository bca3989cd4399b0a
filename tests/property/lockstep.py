"""The rules in supersteps: at each step all nodes that may fire do, and end together.

The reference says which those are; what a compiled graph without regions does in its supersteps
must be the same, node by node: a join that fires a step too early or too late is seen at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.property.reference import Decide, Game, Net, TooLongError

Step = frozenset[str]


class UntimelyError(AssertionError):
    """A node began that the rules let wait, or one did not begin that had to."""


@dataclass(frozen=True, slots=True)
class Part:
    """Nodes that share supersteps: the `own` ones; those of the parts in it are `nodes` as well.

    One that is `free` has no supersteps: whatever ends in it lets others begin at once.
    """

    nodes: frozenset[str]
    own: frozenset[str]
    inside: int | None
    free: bool = False


def steps(net: Net, decide: Decide, limit: int = 200) -> Iterator[Step]:
    """The nodes that fire in each superstep.

    Raises:
        TooLongError: more than `limit` visits.
    """
    game = Game(net)
    while firing := frozenset(game.firing()):
        if game.visits.total() > limit:
            raise TooLongError
        for node in sorted(firing):
            game.fire(node)
        game.finish_together({node: decide(node, game.visits[node]) for node in firing})
        yield firing


class Referee:
    """Follows a run in parts, each with supersteps of its own, and says who must begin when.

    A part is over when no node in it may fire; to the part around it, it is like one node. Visits
    end with their superstep, since that is when anybody learns of their tokens.
    """

    def __init__(self, net: Net, decide: Decide, parts: Mapping[int, Part]) -> None:
        self._game = Game(net)
        self._net = net
        self._decide = decide
        self._parts = parts
        self._home = {node: number for number, part in parts.items() for node in part.own}
        self._due: dict[int, set[str]] = {number: set() for number in parts}
        self._active: dict[int, set[str | int]] = {number: set() for number in parts}
        self._ended: dict[int, list[str]] = {number: [] for number in parts}
        self._next(0)

    def begin(self, node: str) -> None:
        """A visit began."""
        due = self._due[self._home[node]]
        if node not in due:
            raise UntimelyError(f"{node!r} began, where {sorted(due)} had to")
        due.remove(node)

    def end(self, node: str) -> None:
        """A visit ended."""
        self._ended[self._home[node]].append(node)
        self._leave(self._home[node], node)

    def close(self) -> None:
        """Nothing goes on any more."""
        if left := [*self._game.busy, *self._game.firing()]:
            raise UntimelyError(f"{left} had to begin")

    def _leave(self, part: int, member: str | int) -> None:
        self._active[part].discard(member)
        if self._active[part] and not self._parts[part].free:
            return
        ended = self._ended[part]
        taken = {node: self._decide(node, self._game.visits[node]) for node in ended}
        ended.clear()
        self._game.finish_together(taken)
        left = [edge for edges in taken.values() for edge in edges if self._leaves(part, edge)]
        if not self._next(part, goes_on=True) and left:
            raise UntimelyError(f"a token left the part {part} by {left}, which goes on")

    def _leaves(self, part: int, edge: int) -> bool:
        return self._net.edges[edge][1] not in self._parts[part].nodes

    def _next(self, part: int, *, goes_on: bool = False) -> bool:
        """Begin the next superstep of a part; whether there is none.

        What comes from outside while it goes on waits until the part around it begins a step.
        """
        able = [node for node in self._game.firing() if node not in self._game.busy]
        firing = [node for node in able if node in self._parts[part].nodes]
        if goes_on and self._parts[part].inside is not None:
            firing = [node for node in firing if self._has_token_from_inside(part, node)]
        for node in firing:
            self._game.fire(node)
            self._enter(part, node)
        above = self._parts[part].inside
        over = not firing and not self._active[part]
        if over and above is not None:
            self._leave(above, part)
        return over

    def _has_token_from_inside(self, part: int, node: str) -> bool:
        sources = (self._net.edges[edge][0] for edge in self._game.tokens & self._net.into(node))
        return not self._parts[part].nodes.isdisjoint(sources)

    def _enter(self, part: int, node: str) -> None:
        home = self._home[node]
        self._active[home].add(node)
        self._due[home].add(node)
        while home != part:
            above = self._parts[home].inside
            assert above is not None
            self._active[above].add(home)
            home = above
