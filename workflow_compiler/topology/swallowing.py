"""What becomes of the tokens that come to an `any` join too late.

An `any` join fires on the first token. From then on it is disarmed: it swallows what comes, until
no token of this turn can come any more. So a token on its way there will go nowhere else that way,
and whoever asks what a token could still reach must not follow it through a disarmed join.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable
from dataclasses import dataclass

from workflow_compiler.topology.graph import Graph


@dataclass(frozen=True, slots=True)
class Swallower:
    """An `any` join whose late tokens another join, or itself, must not count.

    Attributes:
        join: The node.
        incoming: Its incoming edges.
        back: Those of them by which the next turn of a loop begins that it heads. A token there is
            not late: it waits until the join is armed.
        awaited: The edges from which a token of this turn could still come to it; none there arms
            it again.
        turn: The header of the innermost loop around it that can only be entered there, other than
            itself: what passes that comes in another turn. None outside of loops.
    """

    join: int
    incoming: frozenset[int]
    back: frozenset[int]
    awaited: frozenset[int]
    turn: int | None


class Swallowing:
    """The `any` joins of a game, and which of them are disarmed."""

    def __init__(
        self, graph: Graph, swallowers: Iterable[Swallower], disarmed: Iterable[int] = ()
    ) -> None:
        self._graph = graph
        self._all = {one.join: one for one in swallowers}
        self.disarmed = frozenset(disarmed)

    def copy(self, disarmed: Iterable[int] | None = None) -> Swallowing:
        """The same as it is now, or with these disarmed, to go its own way."""
        given = self.disarmed if disarmed is None else disarmed
        return Swallowing(self._graph, self._all.values(), given)

    def end_of(self, edge: int) -> int:
        """The node that an edge leads to."""
        return self._graph.edges[edge][1]

    def fire(self, joins: Iterable[int]) -> None:
        """These nodes fired; those of them that are `any` joins are disarmed."""
        self.disarmed |= self._all.keys() & set(joins)

    def consumed(self, edges: Collection[int]) -> None:
        """The tokens of these edges were taken, each by the node that it leads to."""
        self.fire([j for j, one in self._all.items() if not one.incoming.isdisjoint(edges)])

    def swallow(self, waiting: set[int], held: Iterable[int] = ()) -> None:
        """Take away the tokens that came too late, and arm the joins that nothing can come to.

        Args:
            waiting: The edges that hold a token; those of swallowed ones are removed.
            held: The edges whose tokens nodes at work have taken.
        """
        if not self.disarmed:
            return
        for join in self.disarmed:
            waiting -= self._all[join].incoming - self._all[join].back
        self.arm(waiting | frozenset(held))

    def arm(self, tokens: Collection[int]) -> None:
        """Arm the joins that nothing can come to while exactly these edges hold a token."""
        self.disarmed = frozenset(join for join in self.disarmed if self._late(join, tokens))

    def to_come(self, tokens: Collection[int]) -> set[int]:
        """The edges by which these tokens may still come to be swallowed."""
        return {edge for join in self.disarmed for edge in self._late(join, tokens)}

    def _late(self, join: int, tokens: Collection[int]) -> set[int]:
        """The edges by which tokens of this turn may still come to a join."""
        one = self._all[join]
        here = [self.end_of(token) for token in one.awaited.intersection(tokens)]
        return self.onward(here, one.awaited | one.incoming, join) & one.incoming if here else set()

    def onward(
        self, nodes: Iterable[int], among: Container[int], until: int | None = None
    ) -> set[int]:
        """Those `among` these edges that tokens at some nodes may still take, not passing one."""
        found: set[int] = set()
        to_do = [self._passing(node, self.disarmed) for node in nodes]
        seen = set(to_do)
        while to_do:
            node, lost = to_do.pop()
            for edge in self._graph.outgoing[node]:
                if edge not in among:
                    continue
                found.add(edge)
                target = self.end_of(edge)
                if target == until or (target in lost and edge not in self._all[target].back):
                    continue
                after = self._passing(target, lost)
                if after not in seen:
                    seen.add(after)
                    to_do.append(after)
        return found

    def reached(self, nodes: Iterable[int]) -> set[int]:
        """The nodes that tokens at some nodes may still come to, these included."""
        starts = set(nodes)
        edges = self.onward(starts, range(len(self._graph.edges)))
        return starts.union(map(self.end_of, edges))

    def _passing(self, node: int, lost: frozenset[int]) -> tuple[int, frozenset[int]]:
        """A node, and the joins that swallow what comes from it: not those of a next turn."""
        return node, frozenset(j for j in lost if node not in (j, self._all[j].turn))
