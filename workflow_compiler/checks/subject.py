"""What the rules look at: the definition with its types, its bound configs and its graph.

A subject can be made of any definition, also of a broken one: edges that dangle and nodes that
stand twice are left out of the graph, so that one mistake does not hide the others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from workflow_compiler.binding import Binder, BoundValue
from workflow_compiler.checks.bound import BoundCase, BoundChoice, BoundEdge, BoundNode
from workflow_compiler.checks.scopes import TOP, Homes
from workflow_compiler.definition import Definition, Edge, Join, Node, Routing
from workflow_compiler.definition.source import pointer_of
from workflow_compiler.errors import Problem
from workflow_compiler.expressions import Names
from workflow_compiler.expressions.names import Guesses
from workflow_compiler.registry import Registry
from workflow_compiler.registry.config import Language
from workflow_compiler.registry.node_type import Case
from workflow_compiler.topology import (
    ENTRY,
    Certain,
    Graph,
    JoinRule,
    Loop,
    Scope,
    join_rules,
    loops_of,
)
from workflow_compiler.topology.certain import Alternatives

ROOTS = frozenset({"input", "vars", "run", "context", "nodes", "secrets"})
"""The names that expressions and templates may use, beside the nodes' ids; a rule says where
secrets may be read."""

RESERVED = ROOTS | {"item", "index", "error"}
"""The names that mean something else than a node, here or inside a container."""


class Subject:
    """One definition under examination."""

    def __init__(self, definition: Definition, registry: Registry) -> None:
        self.definition = definition
        self.registry = registry
        self.index: Mapping[str, int] = _index(definition)
        self.homes = Homes(_distinct(definition), registry)
        problems: list[Problem] = []
        self.guesses = Guesses()
        names = self._names(frozenset(self.index))
        self._binders = [Binder(legal, problems) for legal in names]
        self.edges = tuple(self._bound_edges())
        self.nodes = tuple(self._bound_nodes())
        self.output = self._bound_output()
        self.binding_problems: tuple[Problem, ...] = tuple(problems)

    @cached_property
    def graph(self) -> Graph:
        """The graph of all edges whose ends exist, in the same scope."""
        ends = [(self.index[e.edge.source], self.index[e.edge.target]) for e in self.edges]
        entered = {target for _, target in ends}
        roots = [n for n, node in enumerate(self.nodes) if n not in entered or _is_root(node)]
        return Graph.of(len(self.nodes), ends, roots)

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The whole workflow, then the slots of its containers, each before what is inside it."""
        nodes: list[set[int]] = [set() for _ in self.homes.all]
        entries: list[list[int]] = [[] for _ in self.homes.all]
        for number in range(len(self.nodes)):
            nodes[self.homes.of[number]].add(number)
        for entry, root in zip(self.graph.entries, self.graph.roots, strict=True):
            entries[self.homes.of[root]].append(entry)
        return tuple(
            Scope(home.container, home.slot, frozenset(own), tuple(entry))
            for home, own, entry in zip(self.homes.all, nodes, entries, strict=True)
        )

    @cached_property
    def loops(self) -> tuple[Loop, ...]:
        """The loops of the graph."""
        return loops_of(self.graph)

    @cached_property
    def alternatives(self) -> tuple[Alternatives, ...]:
        """For each node, the sets of edges that it may take together."""
        return tuple(node.alternatives for node in self.nodes)

    @cached_property
    def certain(self) -> Certain:
        """What surely happens in a run."""
        ends = [(*n.outcomes, n.error) if n.error else n.outcomes for n in self.nodes]
        return Certain(self.graph, self.loops, self.alternatives, ends)

    @cached_property
    def joins(self) -> Mapping[int, JoinRule]:
        """What the joins wait for.

        Raises:
            TooEntangledError: that would be too much to find out.
        """
        return join_rules(self.graph, self.loops, self.alternatives, self.certain, self._anys)

    @property
    def _anys(self) -> frozenset[int]:
        """The joins that fire on the first token."""
        return frozenset(n for n, node in enumerate(self.nodes) if node.node.join is Join.ANY)

    def edge_name(self, number: int) -> str:
        """How a person would call an edge."""
        source, target = self.graph.edges[number]
        ends = [n for n in (source, target) if n != ENTRY]
        return " -> ".join(repr(self.nodes[n].node.id) for n in ends)

    def crosses_border(self, edge: Edge) -> bool:
        """Whether an edge leads from one scope to another."""
        source, target = self.index[edge.source], self.index[edge.target]
        return self.homes.of[source] != self.homes.of[target]

    def _names(self, ids: frozenset[str]) -> Iterator[Names]:
        """What may be read, for each scope."""
        where = {
            name: f"{name!r} is there inside the slot {slot.name!r} of a {known.name!r} only"
            for known in self.registry.types.values()
            for slot in known.slots
            for name in slot.names
        }
        for home in self.homes.all:
            yield Names(ROOTS | home.names, ids, elsewhere=where, guesses=self.guesses)

    def _bound_edges(self) -> Iterator[BoundEdge]:
        for number, edge in enumerate(self.definition.edges):
            ends_exist = edge.source in self.index and edge.target in self.index
            if ends_exist and not self.crosses_border(edge):
                pointer = pointer_of("edges", number)
                source, binder = edge.condition, self._binder(edge.source)
                judged = (
                    None if source is None else binder.expression(source, f"{pointer}/condition")
                )
                yield BoundEdge(edge, pointer, judged)

    def _bound_nodes(self) -> Iterator[BoundNode]:
        outgoing: dict[str, list[int]] = {}
        for number, bound in enumerate(self.edges):
            outgoing.setdefault(bound.edge.source, []).append(number)
        seen: set[str] = set()
        for place, node in enumerate(self.definition.nodes):
            pointer = pointer_of("nodes", place)
            if node.id in seen:
                self._bound_node(node, pointer, {})  # for its problems alone
            else:
                seen.add(node.id)
                yield self._bound_node(node, pointer, outgoing)

    def _binder(self, node_id: str) -> Binder:
        """What binds the texts of a node: its scope decides about the names."""
        return self._binders[self.homes.of[self.index[node_id]]]

    def _bound_node(self, node: Node, pointer: str, outgoing: Mapping[str, list[int]]) -> BoundNode:
        binder = self._binder(node.id)
        node_type = self.registry.types.get(node.type)
        config = binder.config(node_type, node.config, f"{pointer}/config") if node_type else None
        numbers = outgoing.get(node.id, [])
        deciding = node_type.cases if node_type else None
        model = config.static if config else None
        own_cases = deciding.of(model) if deciding and model else ()
        otherwise = deciding.otherwise(model) if deciding and model else None
        cases = self._cases(own_cases, numbers, f"{pointer}/config", binder)
        return BoundNode(
            node=node,
            pointer=pointer,
            type=node_type,
            config=config,
            plain=tuple(n for n in numbers if self._is_plain(n)),
            choices=tuple(
                BoundChoice(handle, self._with_handle(handle, numbers))
                for handle in (node_type.handles if node_type else ())
            ),
            cases=cases,
            default=tuple(n for n in numbers if self._is_default(n, otherwise)),
            default_handle=otherwise,
            fallback=tuple(n for n in numbers if self.edges[n].edge.default),
            error=tuple(n for n in numbers if self.edges[n].edge.on == "error"),
            first=deciding is not None or node.routing is Routing.FIRST,
            required=deciding is not None,
        )

    def _cases(
        self, own: tuple[Case, ...], numbers: list[int], pointer: str, binder: Binder
    ) -> tuple[BoundCase, ...]:
        """The cases of the node's config, then those that its conditional edges are."""
        from_config = [
            BoundCase(
                case.handle,
                binder.expression(case.expression, pointer + case.pointer),
                self._with_handle(case.handle, numbers),
            )
            for case in own
        ]
        from_edges = [
            BoundCase("", self.edges[n].condition, (n,), is_edge=True)
            for n in numbers
            if self.edges[n].edge.condition is not None
        ]
        return (*from_config, *from_edges)

    def _with_handle(self, handle: str, numbers: list[int]) -> tuple[int, ...]:
        return tuple(n for n in numbers if self.edges[n].edge.source_handle == handle)

    def _is_plain(self, number: int) -> bool:
        edge = self.edges[number].edge
        kinds = (edge.condition, edge.source_handle, edge.on)
        return not edge.default and all(kind is None for kind in kinds)

    def _is_default(self, number: int, otherwise: str | None) -> bool:
        edge = self.edges[number].edge
        return edge.default or (otherwise is not None and edge.source_handle == otherwise)

    def _bound_output(self) -> Mapping[str, BoundValue] | None:
        if self.definition.output is None:
            return None
        binder = self._binders[TOP]
        return {
            name: binder.value(given, Language.TEMPLATE, pointer_of("output", name))
            for name, given in self.definition.output.items()
        }


def _index(definition: Definition) -> dict[str, int]:
    """The number of each node: its place among the distinct ids."""
    index: dict[str, int] = {}
    for node in definition.nodes:
        index.setdefault(node.id, len(index))
    return index


def _distinct(definition: Definition) -> list[Node]:
    """The nodes, of those with the same id only the first."""
    found: dict[str, Node] = {}
    for node in definition.nodes:
        found.setdefault(node.id, node)
    return list(found.values())


def _is_root(node: BoundNode) -> bool:
    return node.type is not None and node.type.is_root
