"""The state of a compiled graph: what flows between nodes, as LangGraph channels.

Three channels, whatever the size of the workflow: LangGraph looks at every channel in every
superstep, so a channel per node would make each step cost as much as the graph is large.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, Required, TypedDict

from typing_extensions import override

from workflow_compiler.ports import RunContext
from workflow_compiler.topology import Graph, Swallower, Swallowing

NodeRecord = dict[str, Any]
"""What expressions see of a node: {"output", "error", "status", "visit"} of its latest visit."""

UNVISITED: NodeRecord = {"output": None, "error": None, "status": "pending", "visit": 0}

SKIPPED: NodeRecord = {**UNVISITED, "status": "skipped"}


def completed(visit: int, output: Any) -> NodeRecord:
    """The record of a visit that ended well."""
    return {"output": output, "error": None, "status": "completed", "visit": visit}


def failed(visit: int, error: Mapping[str, Any]) -> NodeRecord:
    """The record of a visit that failed for good."""
    return {"output": None, "error": error, "status": "failed", "visit": visit}


class State(TypedDict):
    """What every node reads: the run's input, its variables, the latest record of each node.

    `tokens` are the edges that hold one, where skips are told. Those outside of the graph are as
    they were when it began; since then they can only have come to reach less.
    """

    input: Required[dict[str, Any]]
    vars: Required[dict[str, Any]]
    nodes: Required[dict[str, NodeRecord]]
    tokens: NotRequired[Collection[int]]


def newest(old: dict[str, NodeRecord], new: dict[str, NodeRecord]) -> dict[str, NodeRecord]:
    """Merge node records: the higher visit wins, so merging twice changes nothing."""
    merged = old | new
    for node_id, record in new.items():
        if node_id in old and old[node_id]["visit"] > record["visit"]:
            merged[node_id] = old[node_id]
    return merged


@dataclass(frozen=True, slots=True)
class Outlook:
    """Which nodes of a workflow may still be visited, as its tokens tell."""

    graph: Graph
    swallowers: Sequence[Swallower]
    numbers: Mapping[str, int]

    @classmethod
    def of(cls, graph: Graph, swallowers: Sequence[Swallower], node_ids: Iterable[str]) -> Outlook:
        """That of a graph whose nodes have these ids, in the order of their numbers."""
        return cls(graph, swallowers, {node_id: number for number, node_id in enumerate(node_ids)})

    def unvisited(self, node_id: str, state: State) -> NodeRecord:
        """The record of a node without visits: skipped, if no token can reach it any more."""
        tokens, number = state.get("tokens"), self.numbers.get(node_id)
        if tokens is None or number is None:
            return UNVISITED
        return UNVISITED if self._may_reach(number, tokens) else SKIPPED

    def _may_reach(self, number: int, tokens: Collection[int]) -> bool:
        """Whether a token may come to a node; negative ones stand for disarmed joins."""
        ends, closure = self.graph.edges, self.graph.closure
        here = [ends[token][1] for token in tokens if token >= 0]
        if not any(closure[node] >> number & 1 for node in here):
            return False
        disarmed = [~token for token in tokens if token < 0]
        swallowing = Swallowing(self.graph, self.swallowers, disarmed)
        return not disarmed or number in swallowing.reached(here)


class Nodes(Mapping[str, NodeRecord]):
    """All nodes by id, visited or not: what `nodes["id"]` reads."""

    def __init__(self, state: State, outlook: Outlook, own: Mapping[str, NodeRecord]) -> None:
        self._records = {**state["nodes"], **own}
        self._state = state
        self._outlook = outlook

    @override
    def __getitem__(self, node_id: str) -> NodeRecord:
        return self._records.get(node_id) or self._outlook.unvisited(node_id, self._state)

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._records)

    @override
    def __len__(self) -> int:
        return len(self._records)


class RunScope(Mapping[str, Any]):
    """The names that expressions and templates read, over the state of a run.

    A view, not a copy: most nodes read two or three names of a state that may hold thousands.
    """

    def __init__(
        self,
        state: State,
        defaults: Mapping[str, Any],
        context: RunContext,
        own: Mapping[str, NodeRecord],
        outlook: Outlook,
    ) -> None:
        self._state = state
        self._outlook = outlook
        self._defaults = defaults
        self._context = context
        self._own = own

    @override
    def __getitem__(self, name: str) -> Any:
        match name:
            case "input":
                return self._state["input"]
            case "vars":
                return {**self._defaults, **self._state["vars"]}
            case "run":
                return self._context.values
            case "nodes":
                return Nodes(self._state, self._outlook, self._own)
            case "context":
                return self._flat()
            case _ if name in self._context.names:
                return self._context.names[name]
            case _:
                return self._record(name)

    @override
    def __contains__(self, name: object) -> bool:
        """Any name is there: that of a node, where it is no other; `Mapping` would read it."""
        return True

    @override
    def __iter__(self) -> Iterator[str]:
        yield from ("input", "vars", "run", "nodes", "context")
        yield from self._context.names
        yield from self._state["nodes"]

    @override
    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _record(self, node_id: str) -> NodeRecord:
        found = self._own.get(node_id) or self._state["nodes"].get(node_id)
        return found or self._outlook.unvisited(node_id, self._state)

    def _flat(self) -> dict[str, Any]:
        """One flat view: the input, over it objects that nodes gave out, over those variables."""
        merged = dict(self._state["input"])
        for record in self._state["nodes"].values():
            if isinstance(record["output"], dict):
                merged |= record["output"]
        return {**merged, **self["vars"]}
