"""Random definitions with containers in containers; each scope is a random flat workflow.

What a node decides depends on the number of its visit and the index of its item, so that a second
reader can decide alike. Some nodes fail for good, some end the run.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from random import Random

from tests.property.definitions import Document, Drawn, Kind, Vertex, Way, draw

MAX_DEPTH = 3


@dataclass(frozen=True, slots=True)
class Names:
    """What the nodes of a scope may read beside all else."""

    index: bool = False
    error: bool = False


@dataclass(frozen=True, slots=True)
class Loop:
    """A `foreach`; `parallel` is how many items may be open at once."""

    items: int
    parallel: int
    collects: bool
    body: "Scope"

    @property
    def config(self) -> Document:
        mode = "sequential" if self.parallel == 1 else "parallel"
        return {
            "items": str(list(range(self.items))),
            "mode": mode,
            "max_parallel": self.parallel,
            "on_item_error": "collect" if self.collects else "fail",
        }

    @property
    def slots(self) -> Mapping[str, "Scope"]:
        return {"body": self.body}


@dataclass(frozen=True, slots=True)
class Attempt:
    """A `try`."""

    goes_on: bool
    slots: Mapping[str, "Scope"]

    @property
    def config(self) -> Document:
        return {"error_scope": "continue" if self.goes_on else "propagate"}


@dataclass(frozen=True, slots=True)
class Scope:
    """A flat workflow; some of its nodes are containers, some return."""

    drawn: Drawn
    names: Names
    containers: Mapping[str, Loop | Attempt] = field(default_factory=dict)
    returns: frozenset[str] = frozenset()

    @property
    def leaves(self) -> list[str]:
        sources = {way.source for way in self.drawn.ways}
        return [vertex.id for vertex in self.drawn.vertices if vertex.id not in sources]

    def fails(self, node_id: str, visit: int, index: int) -> bool:
        """Whether a plain node fails on this visit."""
        vertex = self.vertex(node_id)
        return vertex.fails_on is not None and (visit + index) % 2 == vertex.fails_on

    def taken(self, node_id: str, number: int, *, failed: bool) -> list[int]:
        """The edges that a node takes; `number` is what its conditions judge."""
        ways = [(n, way) for n, way in enumerate(self.drawn.ways) if way.source == node_id]
        if failed:
            return [n for n, way in ways if way.kind is Kind.ERROR]
        opened = [n for n, way in ways if way.kind is Kind.CONDITION and _holds(way, number)]
        if self.vertex(node_id).routing == "first":
            opened = opened[:1]
        opened = opened or [n for n, way in ways if way.kind is Kind.DEFAULT]
        return [*(n for n, way in ways if way.kind is Kind.PLAIN), *opened]

    def vertex(self, node_id: str) -> Vertex:
        return next(vertex for vertex in self.drawn.vertices if vertex.id == node_id)

    def nodes(self, parent: Document) -> Iterator[Document]:
        """The nodes of the scope and of all in it, with `parent` and `slot` of the scope."""
        for vertex in self.drawn.vertices:
            yield vertex.document() | parent | self._behaviour(vertex)
            if (container := self.containers.get(vertex.id)) is not None:
                for slot, scope in container.slots.items():
                    yield from scope.nodes({"parent": vertex.id, "slot": slot})

    def edges(self) -> Iterator[Document]:
        for way in self.drawn.ways:
            document = way.document()
            if way.kind is Kind.CONDITION:
                number = f"({way.source}.visit{' + index' if self.names.index else ''})"
                document["condition"] = f"{number} % {way.modulus} in {list(way.remainders)}"
            yield document
        for container in self.containers.values():
            for scope in container.slots.values():
                yield from scope.edges()

    def _behaviour(self, vertex: Vertex) -> Document:
        match self.containers.get(vertex.id):
            case Loop() as loop:
                return {"type": "foreach", "config": loop.config}
            case Attempt() as attempt:
                return {"type": "try", "config": attempt.config}
        if vertex.id in self.returns:
            return {"type": "return", "config": {"value": f"'{vertex.id}'"}}
        number = f"({vertex.id}.visit{' + index' if self.names.index else ''})"
        parts = [f"{vertex.id}.visit", *(["index"] if self.names.index else [])]
        parts += ["error.node_id"] if self.names.error else []
        if vertex.fails_on is not None:
            parts.append(f"1 // (({number} + {vertex.fails_on}) % 2)")
        return {"config": {"expression": f"[{', '.join(parts)}]"}}


@dataclass(frozen=True, slots=True)
class Nested:
    """A random workflow with containers."""

    top: Scope

    @property
    def document(self) -> Document:
        limits = {"max_steps": 1_000}
        nodes, edges = list(self.top.nodes({})), list(self.top.edges())
        return {"name": "nested", "nodes": nodes, "edges": edges, "limits": limits}

    def permuted(self, rng: Random) -> Document:
        """The same, stored in another order; conditional edges keep theirs."""
        document = self.document
        nodes, edges = list(document["nodes"]), list(document["edges"])
        rng.shuffle(nodes)
        rng.shuffle(edges)
        ordered = iter([edge for edge in document["edges"] if "condition" in edge])
        edges = [next(ordered) if "condition" in edge else edge for edge in edges]
        return document | {"nodes": nodes, "edges": edges}


def draw_nested(rng: Random) -> Nested:
    """A workflow that has at least one container."""
    while True:
        top = _scope(rng, "n", Names(), depth=0)
        if top.containers:
            return Nested(top)


def _scope(rng: Random, prefix: str, names: Names, depth: int) -> Scope:
    drawn = _renamed(draw(rng, largest=rng.choice([2, 3, 5])), prefix)
    share = [0.5, 0.35, 0.25, 0.0][depth]
    containers: dict[str, Loop | Attempt] = {}
    returns: set[str] = set()
    vertices = []
    for vertex in drawn.vertices:
        fails_on = vertex.fails_on
        if rng.random() < share:
            containers[vertex.id] = _container(rng, vertex.id, names, depth + 1)
        elif rng.random() < 0.02 and depth:
            returns.add(vertex.id)
        elif fails_on is None and rng.random() < (0.12 if depth else 0.02):
            fails_on = rng.randrange(2)
        vertices.append(Vertex(vertex.id, fails_on, vertex.routing, vertex.join))
    return Scope(Drawn(tuple(vertices), drawn.ways), names, containers, frozenset(returns))


def _container(rng: Random, prefix: str, names: Names, depth: int) -> Loop | Attempt:
    if rng.random() < 0.5:
        body = _scope(rng, f"{prefix}b", Names(index=True, error=names.error), depth)
        return Loop(rng.randrange(4), rng.choice([1, 1, 2, 3]), rng.random() < 0.5, body)
    slots = {"try": _scope(rng, f"{prefix}t", names, depth)}
    if rng.random() < 0.7:
        slots["catch"] = _scope(rng, f"{prefix}c", Names(index=names.index, error=True), depth)
    if rng.random() < 0.4:
        slots["finally"] = _scope(rng, f"{prefix}f", names, depth)
    return Attempt(rng.random() < 0.7, slots)


def _renamed(drawn: Drawn, prefix: str) -> Drawn:
    ids = {vertex.id: f"{prefix}{vertex.id.removeprefix('n')}" for vertex in drawn.vertices}
    return Drawn(
        tuple(Vertex(ids[v.id], v.fails_on, v.routing, v.join) for v in drawn.vertices),
        tuple(
            Way(ids[w.source], ids[w.target], w.kind, w.modulus, w.remainders) for w in drawn.ways
        ),
    )


def _holds(way: Way, number: int) -> bool:
    return number % way.modulus in way.remainders
