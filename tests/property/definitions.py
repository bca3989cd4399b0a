"""Random definitions: forks, joins, loops with one entry, conditions by visit, error edges.

What a node decides depends on nothing but the number of its visit, so that a second reader of the
same graph can decide alike without evaluating an expression.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from random import Random
from typing import Any

import networkx as nx

from workflow_compiler.definition import Join, Routing

Document = dict[str, Any]
Pair = tuple[int, int]
ROOT = -1


class Kind(StrEnum):
    PLAIN = "plain"
    CONDITION = "condition"
    DEFAULT = "default"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Way:
    """An edge; a conditional one is open on the visits whose remainder is among these."""

    source: str
    target: str
    kind: Kind = Kind.PLAIN
    modulus: int = 1
    remainders: tuple[int, ...] = ()

    def document(self) -> Document:
        ends = {"source": self.source, "target": self.target}
        match self.kind:
            case Kind.PLAIN:
                return ends
            case Kind.CONDITION:
                condition = f"{self.source}.visit % {self.modulus} in {list(self.remainders)}"
                return ends | {"condition": condition}
            case Kind.DEFAULT:
                return ends | {"default": True}
            case Kind.ERROR:
                return ends | {"on": "error"}


@dataclass(frozen=True, slots=True)
class Vertex:
    """A node; one that has an error edge fails on its even visits, or on its odd ones."""

    id: str
    fails_on: int | None = None
    routing: Routing = Routing.ALL
    join: Join = Join.ALL

    def document(self) -> Document:
        visit = f"{self.id}.visit"
        expression = visit if self.fails_on is None else f"1 // (({visit} + {self.fails_on}) % 2)"
        return {
            "id": self.id,
            "type": "transform",
            "config": {"expression": expression},
            "routing": self.routing.value,
            "join": self.join.value,
        }


@dataclass(frozen=True, slots=True)
class Drawn:
    """A random workflow."""

    vertices: tuple[Vertex, ...]
    ways: tuple[Way, ...]

    @property
    def document(self) -> Document:
        return {
            "name": "random",
            "nodes": [vertex.document() for vertex in self.vertices],
            "edges": [way.document() for way in self.ways],
            "limits": {"max_steps": 1_000},
        }

    @property
    def roots(self) -> list[str]:
        entered = {way.target for way in self.ways}
        return [vertex.id for vertex in self.vertices if vertex.id not in entered]

    def decide(self, node_id: str, visit: int) -> list[int]:
        """The numbers of the edges that a node takes on this visit."""
        vertex = next(vertex for vertex in self.vertices if vertex.id == node_id)
        if vertex.fails_on is not None and visit % 2 == vertex.fails_on:
            return list(self._of(node_id, Kind.ERROR))
        conditional = [(n, self.ways[n]) for n in self._of(node_id, Kind.CONDITION)]
        opened = [n for n, way in conditional if visit % way.modulus in way.remainders]
        if vertex.routing is Routing.FIRST:
            opened = opened[:1]
        chosen = opened or self._of(node_id, Kind.DEFAULT)
        return [*self._of(node_id, Kind.PLAIN), *chosen]

    def permuted(self, rng: Random) -> "Drawn":
        """The same workflow, stored in another order; conditional edges keep theirs."""
        vertices, ways = list(self.vertices), list(self.ways)
        rng.shuffle(vertices)
        rng.shuffle(ways)
        ordered = iter([way for way in self.ways if way.kind is Kind.CONDITION])
        ways = [next(ordered) if way.kind is Kind.CONDITION else way for way in ways]
        return Drawn(tuple(vertices), tuple(ways))

    def _of(self, node_id: str, kind: Kind) -> Iterator[int]:
        return (n for n, w in enumerate(self.ways) if w.source == node_id and w.kind is kind)


def draw(rng: Random, largest: int = 13) -> Drawn:
    """A workflow of 2 to `largest` nodes, half of them with loops."""
    size = rng.randint(2, largest)
    forward = sorted(_forward(rng, size))
    back = sorted(_back(rng, forward, size, rng.choice([0, 0, 1, 3, 6])))
    loops = [_natural_loop(forward + back, pair) for pair in back]
    turns = rng.choice([2, 3])
    outgoing = [_groups(node, forward, back, loops) for node in range(size)]
    latches = {source for source, _ in back}
    ways = [
        way
        for node, groups in enumerate(outgoing)
        for way in _kinds(rng, groups, turns=turns if node in latches else 1)
    ]
    vertices = [_vertex(rng, f"n{node}", ways, any_share=0.15) for node in range(size)]
    return Drawn(tuple(vertices), tuple(ways)).permuted(rng)


def draw_any(rng: Random) -> Drawn:
    """A workflow in which half of the joins fire on their first token, loops' headers as well."""
    drawn = draw(rng)
    joins = (rng.choice([Join.ANY, Join.ALL]) for _ in drawn.vertices)
    pairs = zip(drawn.vertices, joins, strict=False)
    return replace(drawn, vertices=tuple(replace(v, join=join) for v, join in pairs))


def _forward(rng: Random, size: int) -> set[Pair]:
    return {
        (rng.randrange(max(0, node - 5), node), node)
        for node in range(1, size)
        if rng.random() < 0.9
        for _ in range(rng.choice([1, 1, 1, 2, 2, 3]))
    }


def _back(rng: Random, forward: Sequence[Pair], size: int, count: int) -> set[Pair]:
    """Edges from a node to one that dominates it: loops with a single entry."""
    entered = {target for _, target in forward}
    roots = set(range(size)) - entered
    graph = nx.DiGraph([*forward, *((ROOT, root) for root in roots)])
    dominators = {ROOT: ROOT} | nx.immediate_dominators(graph, ROOT)
    found: set[Pair] = set()
    for _ in range(count):
        node = rng.randrange(size)
        above = [node]
        while dominators[above[-1]] != ROOT:
            above.append(dominators[above[-1]])
        heads = {header for _, header in found}
        # Several ways back to one header are where turns have to wait for each other.
        header = rng.choice([node for node in above if node in heads] or above)
        if header not in roots:
            found.add((node, header))
    return found


def _natural_loop(pairs: Sequence[Pair], back: Pair) -> frozenset[int]:
    """The nodes that can come to the back edge without passing its header, and the header."""
    node, header = back
    graph = nx.DiGraph([pair for pair in pairs if header not in pair])
    graph.add_node(node)
    return frozenset({header, node} | (nx.ancestors(graph, node) if node != header else set()))


def _groups(
    node: int, forward: Sequence[Pair], back: Sequence[Pair], loops: Sequence[frozenset[int]]
) -> list[list[Way]]:
    """The edges of a node, those apart that begin another turn or leave other loops."""
    groups: dict[object, list[Way]] = {}
    for source, target in (*back, *forward):
        if source == node:
            left = frozenset(
                n for n, loop in enumerate(loops) if node in loop and target not in loop
            )
            group = target if (source, target) in back else left
            groups.setdefault(group, []).append(Way(f"n{node}", f"n{target}"))
    return list(groups.values())


def _kinds(rng: Random, groups: list[list[Way]], turns: int) -> list[Way]:
    """The edges of a node with their kinds.

    Never does it leave a loop and go on in it at the same time: the tokens outside would run a race
    with those of the next turn, and what comes out would be a matter of timing, in the reference as
    well. For the same reason, all nodes that lead back do so for the same number of turns.
    """
    if turns > 1 or len(groups) > 1:
        return list(_exclusive(groups, turns))
    return _free(rng, [way for group in groups for way in group])


def _free(rng: Random, ways: Sequence[Way]) -> list[Way]:
    """Any mixture of kinds."""
    drawn = []
    for way in ways:
        kind = rng.choices(list(Kind), weights=[50, 25, 15, 10])[0]
        modulus = rng.choice([2, 3])
        drawn.append(replace(way, kind=kind, modulus=modulus, remainders=(rng.randrange(2),)))
    return drawn


def _exclusive(groups: list[list[Way]], turns: int) -> Iterator[Way]:
    """Conditions of which those of one group hold on any visit; the first group's come first."""
    if len(groups) == 1:
        groups = [*groups, []]
    modulus = max(turns, len(groups))
    rest = modulus - len(groups) + 1
    visits = [range(1, rest + 1), *([n] for n in range(rest + 1, modulus + 1))]
    for group, holding in zip(groups, visits, strict=True):
        remainders = tuple(visit % modulus for visit in holding)
        for way in group:
            yield replace(way, kind=Kind.CONDITION, modulus=modulus, remainders=remainders)


def _vertex(rng: Random, node_id: str, ways: Sequence[Way], any_share: float) -> Vertex:
    fails = any(way.source == node_id and way.kind is Kind.ERROR for way in ways)
    return Vertex(
        id=node_id,
        fails_on=rng.randrange(2) if fails else None,
        routing=rng.choice(list(Routing)),
        join=Join.ANY if rng.random() < any_share else Join.ALL,
    )


def draw_wild(rng: Random, largest: int = 9) -> Drawn:
    """A workflow in which anything may happen: it leaves loops and goes on in them, enters them in
    several places, has `any` joins in them.

    What comes of it is a matter of timing, so only steps can be compared, not ends.
    """
    size = rng.randint(3, largest)
    pairs = sorted(_forward(rng, size)) + [
        (source, target)
        for source in range(size)
        for target in range(source + 1)
        if target and rng.random() < 1.2 / size
    ]
    ways = [_wild(rng, Way(f"n{source}", f"n{target}")) for source, target in pairs]
    any_share = rng.choice([0.0, 0.0, 0.2])
    vertices = [_vertex(rng, f"n{node}", ways, any_share) for node in range(size)]
    return Drawn(tuple(vertices), tuple(ways)).permuted(rng)


def _wild(rng: Random, way: Way) -> Way:
    is_back = int(way.source[1:]) >= int(way.target[1:])
    kinds, weights = list(Kind), [5, 70, 15, 10] if is_back else [40, 35, 15, 10]
    modulus = rng.choice([2, 3, 4])
    remainders = tuple(rng.sample(range(modulus), rng.randint(1, modulus - 1)))
    kind = rng.choices(kinds, weights=weights)[0]
    return replace(way, kind=kind, modulus=modulus, remainders=remainders)
