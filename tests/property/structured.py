"""Random workflows made of blocks: in a row, beside each other, chosen between, repeated.

What people draw looks like this, and loops in it are left by one node only: so the compiler may
take for granted what it may not in the random graphs of `tests.property.definitions`.
"""

from random import Random

from tests.property.definitions import Drawn, Kind, Vertex, Way
from workflow_compiler.definition import Routing

Block = tuple[str, str]
"""The first and the last node of a part."""


class Blocks:
    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._vertices: list[Vertex] = []
        self._ways: list[Way] = []

    def drawn(self, depth: int = 4) -> Drawn:
        first, _ = self._block(depth)
        begin = self._node()
        self._way(begin, first)
        return Drawn(tuple(self._vertices), tuple(self._ways)).permuted(self._rng)

    def _block(self, depth: int) -> Block:
        kinds = [self._row, self._fork, self._choice, self._repeated, self._while]
        if depth == 0 or self._rng.random() < 0.2:
            only = self._node()
            return only, only
        return self._rng.choice(kinds)(depth - 1)

    def _row(self, depth: int) -> Block:
        (first, middle), (after, last) = self._block(depth), self._block(depth)
        self._way(middle, after)
        return first, last

    def _fork(self, depth: int) -> Block:
        """Branches of which some are on a condition; sometimes one leads into another."""
        fork, join = self._node(), self._node()
        branches = [self._block(depth) for _ in range(self._rng.choice([2, 2, 3]))]
        for number, (first, last) in enumerate(branches):
            if number and self._rng.random() < 0.4:
                self._way(fork, first, Kind.CONDITION, 2, (self._rng.randrange(2),))
            else:
                self._way(fork, first)
            self._way(last, join)
        if self._rng.random() < 0.4:
            kind = self._rng.choice([Kind.PLAIN, Kind.CONDITION])
            self._way(branches[0][1], branches[1][1], kind, 2, (1,))
        return fork, join

    def _choice(self, depth: int) -> Block:
        fork, join = self._node(Routing.FIRST), self._node()
        for kind in (Kind.CONDITION, Kind.DEFAULT):
            first, last = self._block(depth)
            self._way(fork, first, kind, 2, (1,))
            self._way(last, join)
        return fork, join

    def _repeated(self, depth: int) -> Block:
        """The body, and again two times of three."""
        first, last = self._block(depth)
        head, end, out = self._node(), self._node(Routing.FIRST), self._node()
        self._way(head, first)
        self._way(last, end)
        self._way(end, head, Kind.CONDITION, 3, (1, 2))
        self._way(end, out, Kind.DEFAULT)
        return head, out

    def _while(self, depth: int) -> Block:
        """The body as long as something holds, maybe never."""
        first, last = self._block(depth)
        head, out = self._node(Routing.FIRST), self._node()
        self._way(head, first, Kind.CONDITION, 3, (1, 2))
        self._way(head, out, Kind.DEFAULT)
        self._way(last, head)
        return head, out

    def _node(self, routing: Routing = Routing.ALL) -> str:
        self._vertices.append(Vertex(f"n{len(self._vertices)}", routing=routing))
        return self._vertices[-1].id

    def _way(
        self,
        source: str,
        target: str,
        kind: Kind = Kind.PLAIN,
        modulus: int = 1,
        remainders: tuple[int, ...] = (),
    ) -> None:
        self._ways.append(Way(source, target, kind, modulus, remainders))
