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

    def arrivals(self, join: str, token: int, barred: AbstractSet[int]) -> set[int]:
        """The incoming edges of the join that a token could still come by, without passing it."""
        if token in barred:
            return set()
        found, seen, waiting = set(), {token}, [token]
        while waiting:
            edge = waiting.pop()
            if self.edges[edge][1] == join:
                found.add(edge)
                continue
            onward = self.out_of(self.edges[edge][1]) - barred - seen
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

    def _swallow(self) -> None:
        """Disarmed joins eat what arrives, until nothing can arrive any more."""
        for node in self._disarmed:
            self.tokens -= self._net.into(node)
        for node in sorted(self._disarmed):
            if not any(self._arrivals(node, token) for token in self._elsewhere(node)):
                self._disarmed.discard(node)

    def _may_fire(self, node: str) -> bool:
        have = self.tokens & self._net.into(node)
        if not have or node in self._net.anys:
            return bool(have)
        return not any(self._blocks(node, token, have) for token in self._elsewhere(node))

    def _blocks(self, node: str, token: int, have: set[int]) -> bool:
        could = self._arrivals(node, token)
        loop = self._net.headed(node)
        if loop and have & loop.back and token in loop.inside:
            outer = self._net.barred(node) - loop.back
            could |= self._net.arrivals(node, token, outer) & loop.back
        return bool(could - have) and not could & have

    def _arrivals(self, node: str, token: int) -> set[int]:
        return self._net.arrivals(node, token, self._net.barred(node))

    def _elsewhere(self, node: str) -> set[int]:
        """All tokens of the run but those that the node has before it or in its hands."""
        held = {token for other, tokens in self.busy.items() if other != node for token in tokens}
        return (self.tokens - self._net.into(node)) | held
