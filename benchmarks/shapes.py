"""The graphs that are measured, each as a stored definition and as a graph written by hand."""

from __future__ import annotations

import asyncio
import operator
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product
from random import Random
from typing import Annotated, Any, Protocol, TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command
from typing_extensions import override

from workflow_compiler import NodeConfig, NodeContext, NodeType, Work
from workflow_compiler.lower.runnables import Async
from workflow_compiler.state import UNVISITED, NodeRecord, newest
from workflow_compiler.state import State as CompiledState

Document = dict[str, Any]
Graph = Any


class SleepConfig(NodeConfig):
    """How long a node of the makespan waits for the world."""

    seconds: float


async def _sleep(config: SleepConfig, context: NodeContext) -> None:
    del context
    await asyncio.sleep(config.seconds)


SLEEP = NodeType(
    name="sleep",
    description="Waits.",
    config=SleepConfig,
    behaviour=_sleep,
    work=Work.IO,
)


class State(TypedDict):
    """What a hand-written graph needs for the same work.

    It keeps the input of the run, as ours does, one output a node, and what a condition counts.
    """

    input: dict[str, Any]
    outputs: Annotated[dict[str, Any], operator.or_]
    turns: int


class BareState(TypedDict):
    """The channels of a compiled graph."""

    input: dict[str, Any]
    vars: dict[str, Any]
    nodes: Annotated[dict[str, NodeRecord], newest]


@dataclass(frozen=True, slots=True)
class Shape:
    """A graph in both forms."""

    name: str
    document: Document
    by_hand: Callable[[], Graph]


def chain(length: int) -> Shape:
    """Nodes in a row."""
    ids = [f"n{i}" for i in range(length)]
    edges = list(pairwise(ids))
    return Shape(f"chain of {length:,}", _document(ids, edges), lambda: _chain_by_hand(ids))


def fan_out(width: int) -> Shape:
    """One node, many beside each other, and a join."""
    middle = [f"m{i}" for i in range(width)]
    edges = [("first", m) for m in middle] + [(m, "last") for m in middle]
    document = _document(["first", *middle, "last"], edges)
    return Shape(f"fan-out of {width} with a join", document, lambda: _fan_by_hand(middle))


def loop(turns: int) -> Shape:
    """Two nodes that go round."""
    document = _document(["first", "work", "again"], [("first", "work"), ("work", "again")])
    back = {"source": "again", "target": "work", "condition": f"again.visit < {turns}"}
    document["edges"].append(back)
    document["limits"] = {"max_steps": 3 * turns}
    return Shape(f"loop of 2 x {turns}", document, lambda: _loop_by_hand(turns))


def ladder(rungs: int) -> Document:
    """Two rows beside each other, each node leading to both that follow: joins all the way."""
    ids = [f"{side}{i}" for i in range(rungs) for side in "ab"]
    ends = product("ab", range(rungs - 1), "ab")
    return _document(ids, [(f"{side}{i}", f"{other}{i + 1}") for side, i, other in ends])


def rows_with_rungs(length: int) -> Document:
    """Two rows with edges from one to the other: every join has one row upstream on each side."""
    ids = [f"{side}{i}" for i in range(length) for side in "ab"]
    edges = [(f"{side}{i}", f"{side}{i + 1}") for side in "ab" for i in range(length - 1)]
    return _document(ids, edges + [(f"a{i}", f"b{i}") for i in range(1, length)])


def doubtful_rows(length: int) -> Document:
    """The same, but each row runs on a condition: no join can take the other row for granted.

    Here every join must know of all tokens before it, which is the square of the length.
    """
    document = rows_with_rungs(length)
    ids = ["root", *(node["id"] for node in document["nodes"])]
    edges = [(edge["source"], edge["target"]) for edge in document["edges"]]
    made = _document(ids, [(s, t) for s, t in edges if s[0] == t[0]])
    ways = [("root", f"{side}0") for side in "ab"] + [(s, t) for s, t in edges if s[0] != t[0]]
    made["edges"] += [{"source": s, "target": t, "condition": "input.x"} for s, t in ways]
    return made


def grid(side: int) -> Document:
    """Nodes in a square, each leading to its right and to its lower neighbour."""
    ids = [f"n{row}_{column}" for row, column in product(range(side), repeat=2)]
    right = [(f"n{r}_{c}", f"n{r}_{c + 1}") for r, c in product(range(side), range(side - 1))]
    down = [(f"n{r}_{c}", f"n{r + 1}_{c}") for r, c in product(range(side - 1), range(side))]
    return _document(ids, right + down)


@dataclass(frozen=True, slots=True)
class SeriesParallel:
    """A random workflow of stretches in a row and beside each other, of nodes that sleep."""

    document: Document
    critical_seconds: float


def series_parallel(rng: Random, leaves: int) -> SeriesParallel:
    """Cut a number of leaves again and again into parts in a row or beside each other."""
    seconds: dict[str, float] = {}
    edges: list[tuple[str, str]] = []

    def node(duration: float) -> str:
        name = f"n{len(seconds)}"
        seconds[name] = duration
        return name

    def build(count: int, depth: int) -> tuple[str, str, float]:
        """The first and the last node of a part, and how long it takes at least."""
        if count == 1:
            name = node(rng.choice([0.01, 0.02, 0.04, 0.08]))
            return name, name, seconds[name]
        left = rng.randrange(1, count)
        if depth % 2:
            (a, b, one), (c, d, two) = build(left, depth + 1), build(count - left, depth + 1)
            edges.append((b, c))
            return a, d, one + two
        fork, join = node(0.0), node(0.0)
        parts = [build(left, depth + 1), build(count - left, depth + 1)]
        edges.extend((fork, first) for first, _, _ in parts)
        edges.extend((last, join) for _, last, _ in parts)
        return fork, join, max(time for _, _, time in parts)

    _, _, critical = build(leaves, 0)
    document = _document(list(seconds), edges)
    for vertex in document["nodes"]:
        duration = seconds[vertex["id"]]
        vertex |= {"type": "sleep", "config": {"seconds": duration}}
    return SeriesParallel(document, critical)


def diamond() -> Shape:
    """Two branches, one of them on a condition, and a join that must wait for whatever comes."""
    document = _document(
        ["a", "b", "c", "d", "j"], [("a", "b"), ("b", "d"), ("d", "j"), ("c", "j")]
    )
    document["edges"].append({"source": "a", "target": "c", "condition": "a.visit == 1"})
    return Shape("diamond with a condition", document, _diamond_by_hand)


def _document(ids: list[str], edges: list[tuple[str, str]]) -> Document:
    nodes = [{"id": i, "type": "transform", "config": {"expression": "1"}} for i in ids]
    return {
        "name": "bench",
        "nodes": nodes,
        "edges": [{"source": source, "target": target} for source, target in edges],
        "limits": {"max_steps": 100_000, "max_concurrency": 1000},
    }


class _Node(Protocol):
    """What LangGraph takes for a node: it looks at the parameter's name."""

    async def __call__(self, state: State) -> dict[str, Any]:
        """What the node adds to the state."""


def _node(name: str) -> _Node:
    async def work(state: State) -> dict[str, Any]:  # noqa: ARG001 - LangGraph reads the type
        return {"outputs": {name: 1}}

    return work


def _chain_by_hand(ids: list[str]) -> Graph:
    graph = StateGraph(State)
    for name in ids:
        graph.add_node(name, _node(name))
    for source, target in zip([START, *ids], [*ids, END], strict=True):
        graph.add_edge(source, target)
    return graph.compile()


class _Bare(Async[CompiledState, Command[Any]]):
    """A node in the form of ours that does nothing: its record, and a command."""

    def __init__(self, name: str, target: str | None) -> None:
        self.name = self._id = name
        self._goto = () if target is None else (target,)

    @override
    async def ainvoke(
        self, input: CompiledState, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Command[Any]:
        visit = input["nodes"].get(self._id, UNVISITED)["visit"] + 1
        record = {"output": 1, "error": None, "status": "completed", "visit": visit}
        return Command(update={"nodes": {self._id: record}}, goto=self._goto)


def bare_chain(length: int) -> Graph:
    """Nodes in a row in the form that compiled graphs have, without anything that a visit does.

    What it costs more than the row by hand is the price of the form: channels, records, commands.
    """
    ids = [f"n{i}" for i in range(length)]
    graph: Any = StateGraph(BareState)
    for name, target in zip(ids, [*ids[1:], None], strict=True):
        graph.add_node(name, _Bare(name, target), input_schema=BareState)
    graph.add_edge(START, ids[0])
    return graph.compile()


def _fan_by_hand(middle: list[str]) -> Graph:
    graph = StateGraph(State)
    for name in ("first", *middle, "last"):
        graph.add_node(name, _node(name))
    graph.add_edge(START, "first")
    for name in middle:
        graph.add_edge("first", name)
    graph.add_edge(middle, "last")
    return graph.compile()


def _loop_by_hand(turns: int) -> Graph:
    async def again(state: State) -> dict[str, Any]:
        return {"outputs": {"again": 1}, "turns": state["turns"] + 1}

    async def onward(state: State) -> str:
        return "work" if state["turns"] < turns else END

    graph = StateGraph(State)
    graph.add_node("first", _node("first"))
    graph.add_node("work", _node("work"))
    graph.add_node("again", again)
    graph.add_edge(START, "first")
    graph.add_edge("first", "work")
    graph.add_edge("work", "again")
    graph.add_conditional_edges("again", onward, ["work", END])
    return graph.compile()


def _diamond_by_hand() -> Graph:
    async def ways(state: State) -> list[str]:
        return ["b", "c"] if state["outputs"] else ["b"]

    graph = StateGraph(State)
    for name in "abcdj":
        graph.add_node(name, _node(name))
    graph.add_edge(START, "a")
    graph.add_conditional_edges("a", ways, ["b", "c"])
    graph.add_edge("b", "d")
    graph.add_edge(["d", "c"], "j")
    return graph.compile()


def start() -> Document:
    """The state that a graph written by hand starts with."""
    return {"input": {}, "outputs": {}, "turns": 0}


THREE = (chain(10), fan_out(10), loop(50))
