"""The graphs that are measured, each as a stored definition and as a graph written by hand."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Annotated, Any, Protocol, TypedDict

from langgraph.graph import END, START, StateGraph

Document = dict[str, Any]
Graph = Any


class State(TypedDict):
    """What a hand-written graph needs for the same work: one output a node."""

    outputs: Annotated[dict[str, Any], operator.or_]
    turns: int


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
