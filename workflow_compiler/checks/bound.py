"""Nodes and edges of a definition, bound: with their types, and with their texts compiled."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from workflow_compiler.binding import BoundConfig
from workflow_compiler.definition import Edge, Node
from workflow_compiler.expressions import Expression, Template
from workflow_compiler.registry import NodeType
from workflow_compiler.topology import Outcomes
from workflow_compiler.topology.certain import Alternatives


@dataclass(frozen=True, slots=True)
class BoundEdge:
    """An edge that stands in the graph: its number is its place in `Subject.edges`."""

    edge: Edge
    pointer: str
    condition: Expression | None


@dataclass(frozen=True, slots=True)
class BoundCase:
    """One case of a deciding node: the edges that it opens when its expression holds.

    `is_edge` says that it is no case of the config, but a conditional edge, which has no handle.
    """

    handle: str
    expression: Expression | None
    edges: tuple[int, ...]
    is_edge: bool = False


@dataclass(frozen=True, slots=True)
class BoundChoice:
    """The edges of a handle that the node's behaviour may choose."""

    handle: str
    edges: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BoundNode:
    """A node of the graph with its type and config, and its outgoing edges by what opens them.

    Of the `choices` one is taken at most. `first` says the same of the cases; `required`, that the
    node fails when no edge is. `fallback` are those of the default that are for no handle.
    """

    node: Node
    pointer: str
    type: NodeType | None
    config: BoundConfig | None
    plain: tuple[int, ...]
    choices: tuple[BoundChoice, ...]
    cases: tuple[BoundCase, ...]
    default: tuple[int, ...]
    default_handle: str | None
    fallback: tuple[int, ...]
    error: tuple[int, ...]
    first: bool
    required: bool

    def texts(self) -> Iterator[Expression | Template]:
        """Every expression and template that is worked out at this node."""
        if self.config is not None:
            for value in self.config.fields.values():
                yield from value.texts
        yield from (case.expression for case in self.cases if case.expression is not None)

    @property
    def alternatives(self) -> Alternatives:
        """The sets of edges that may be taken together, each as large as it can be."""
        opened = [case.edges for case in self.cases]
        together = opened if self.first else [tuple(e for edges in opened for e in edges)]
        chosen = [choice.edges for choice in self.choices]
        return (
            *(self.plain + pick + edges for pick in chosen or [()] for edges in together or [()]),
            self.plain + self.default,
            self.error,
        )

    @property
    def outcomes(self) -> Outcomes:
        """The sets of edges that a success may take, each as small as it can be."""
        opened = [choice.edges for choice in self.choices]
        opened += [case.edges or self.fallback for case in self.cases]
        opened.append(self.default)
        return tuple(self.plain + edges for edges in opened if edges or not self.required)

    @property
    def closed(self) -> tuple[str, ...]:
        """The handles of the cases with which the node fails, since they lead nowhere."""
        handles = [case.handle for case in self.cases if not (case.edges or self.fallback)]
        return tuple(dict.fromkeys(handles))
