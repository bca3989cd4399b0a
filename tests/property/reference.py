"""An independent reading of the token rules: asynchronous, in random order, naive on purpose.

It shares no code with the compiler. Loops are found with networkx, reachability by walking, and
each step picks one thing at random that could happen next.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from random import Random

import networkx as nx

ENTRY = ""
"""The source of the edges by which the roots get their first token."""

Edge = tuple[str, str]
Decide = Callable[[str, int], Sequence[int]]
"""The numbers of the edges that a node takes on its visit with this number."""


class TooLongError(Exception):
    """The game went on for more visits than anybody wants to compare."""


class DeadlockError(Exception):
    """Tokens remain and nothing can fire."""


@dataclass(frozen=True, slots=True)
class Loop:
    nodes: frozenset[str]
    headers: frozenset[str]
    inside: frozenset[int]
    back: frozenset[int]


class Net:
    """The graph of a workflow; `anys` are the nodes that fire on the first token, if they join."""

    def __init__(
        self,
        nodes: Sequence[str],
        edges: Sequence[Edge],
        roots: Sequence[str],
        anys: AbstractSet[str],
    ) -> None:
        self.nodes = tuple(nodes)
        self.edges = (*edges, *((ENTRY, root) for root in roots))
        self.anys = {node for node in anys if len(self.into(node)) > 1}
        self.loops = tuple(self._loops(frozenset(nodes), frozenset(range(len(edges)))))

    def into(self, node: str) -> set[int]:
        return {number for number, (_, target) in enumerate(self.edges) if target == node}

    def out_of(self, node: str) -> set[int]:
        return {number for number, (source, _) in enumerate(self.edges) if source == node}

    def barred(self, node: str) -> set[int]:
        """The edges by which the next turn of a loop around the node begins."""
        return {edge for loop in self.loops if node in loop.nodes for edge in loop.back}

    def headed(self, node: str) -> Loop | None:
        """The loop that can only be entered at this node."""
        return next((loop for loop in self.loops if loop.headers == {node}), None)

    def turn_begins_at(self, node: str) -> str | None:
        """The header of the innermost loop around the node that can only be entered there."""
        heads = [loop.headers for loop in self.loops if node in loop.nodes]
        return next((head for (head, *more) in reversed(heads) if not more and head != node), None)

    def turned_by(self, edge: int) -> Loop | None:
        """The loop, with a single entry, of which this edge begins the next turn."""
        loop = self.headed(self.edges[edge][1])
        return loop if loop and edge in loop.back else None

    def arrivals(
        self,
        join: str,
        token: int,
        barred: AbstractSet[int],
        *,
        swallowing: AbstractSet[str] = frozenset(),
        border: str | None = None,
    ) -> set[int]:
        """The incoming edges of the join that a token could still come by, without passing it.

        Nor does it pass the border, or a node that swallows it, unless in that one's next turn.
        """
        if token in barred:
            return set()
        start = (token, frozenset(swallowing))
        found, seen, waiting = set[int](), {start}, [start]
        while waiting:
            edge, lost = waiting.pop()
            target = self.edges[edge][1]
            if target == join:
                found.add(edge)
            is_lost = target in lost and edge != token and not self.turned_by(edge)
            if is_lost or target in (join, border):
                continue
            lost = frozenset(k for k in lost if target not in (k, self.turn_begins_at(k)))
            onward = {(edge, lost) for edge in self.out_of(target) - barred} - seen
            seen |= onward
            waiting += onward
        return found

    def _loops(self, nodes: frozenset[str], edges: frozenset[int]) -> Iterator[Loop]:
        graph = nx.MultiDiGraph([self.edges[edge] for edge in edges])
        graph.add_nodes_from(nodes)
        for found in nx.strongly_connected_components(graph):
            component = frozenset(found)
            inside = frozenset(edge for edge in edges if set(self.edges[edge]) <= component)
            if not inside:
                continue
            headers = frozenset(node for node in component if self._is_entered(node, component))
            back = frozenset(edge for edge in inside if self.edges[edge][1] in headers)
            yield Loop(component, headers, inside, back)
            yield from self._loops(component, inside - back)

    def _is_entered(self, node: str, component: AbstractSet[str]) -> bool:
        return any(self.edges[edge][0] not in component for edge in self.into(node))


def play(net: Net, decide: Decide, rng: Random, limit: int = 300) -> Counter[str]:
    """How often each node is visited; a node that is missing was skipped.

    Raises:
        TooLongError: more than `limit` visits.
        DeadlockError: tokens remain and nothing can fire.
    """
    game = Game(net)
    while choices := game.choices():
        node = rng.choice(choices)
        if node in game.busy:
            game.finish(node, decide(node, game.visits[node]))
        else:
            game.fire(node)
        if game.visits.total() > limit:
            raise TooLongError
    if game.tokens:
        raise DeadlockError([net.edges[token] for token in game.tokens])
    return game.visits


class Game:
    """The tokens of one run: on edges, or in the hands of nodes that are at work."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self.visits: Counter[str] = Counter()
        self.tokens = net.out_of(ENTRY)
        self.busy: dict[str, set[int]] = {}
        self._disarmed: set[str] = set()

    def choices(self) -> list[str]:
        """The nodes that could fire now, and those that could finish."""
        return [node for node in self._net.nodes if node in self.busy or self._may_fire(node)]

    def firing(self) -> list[str]:
        """The nodes that the rules let fire now."""
        return [node for node in self._net.nodes if self._may_fire(node)]

    def fire(self, node: str) -> None:
        self.visits[node] += 1
        self.busy[node] = self.tokens & self._net.into(node)
        self.tokens -= self.busy[node]
        if node in self._net.anys:
            self._disarmed.add(node)
        self._swallow()

    def finish(self, node: str, taken: Sequence[int]) -> None:
        self.finish_together({node: taken})

    def finish_together(self, ended: Mapping[str, Sequence[int]]) -> None:
        """These nodes end at the same moment, each with the edges that it takes."""
        for node, taken in ended.items():
            del self.busy[node]
            self.tokens |= set(taken)
        self._swallow()

    def dead(self) -> set[str]:
        """The nodes that nobody has visited and no token can come to, in whatever turn."""
        tokens = self.tokens.union(*self.busy.values())
        return {
            node
            for node in self._net.nodes
            if not self.visits[node]
            and not any(
                self._net.arrivals(node, token, set(), swallowing=self._disarmed)
                for token in tokens
            )
        }

    def _swallow(self) -> None:
        """Disarmed joins eat what arrives in this turn, until nothing can arrive any more."""
        for node in self._disarmed:
            self.tokens -= {edge for edge in self._net.into(node) if not self._net.turned_by(edge)}
        for node in sorted(self._disarmed):
            if not any(self._may_be_late(node, token) for token in self._elsewhere(node)):
                self._disarmed.discard(node)

    def _may_be_late(self, node: str, token: int) -> bool:
        barred, border = self._net.barred(node), self._net.turn_begins_at(node)
        others = self._disarmed - {node}
        return bool(self._net.arrivals(node, token, barred, swallowing=others, border=border))

    def _may_fire(self, node: str) -> bool:
        have = self.tokens & self._net.into(node)
        loop = self._net.headed(node)
        if loop and have <= loop.back and self._disarmed & loop.nodes:
            return False
        return bool(have) and not any(
            self._blocks(node, token, have) for token in self._elsewhere(node)
        )

    def _blocks(self, node: str, token: int, have: set[int]) -> bool:
        loop, is_any = self._net.headed(node), node in self._net.anys
        barred = self._net.barred(node)
        could = set() if is_any else self._arrivals(node, token, barred)
        turns = loop and (have <= loop.back if is_any else have & loop.back)
        if loop and turns and token in loop.inside:
            could |= self._arrivals(node, token, barred - loop.back) & loop.back
        return bool(could - have) and not could & have

    def _arrivals(self, node: str, token: int, barred: AbstractSet[int]) -> set[int]:
        return self._net.arrivals(node, token, barred, swallowing=self._disarmed)

    def _elsewhere(self, node: str) -> set[int]:
        """All tokens of the run but those that the node has before it or in its hands."""
        held = {token for other, tokens in self.busy.items() if other != node for token in tokens}
        return (self.tokens - self._net.into(node)) | held
