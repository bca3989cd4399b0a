"""A run takes as long as its critical path, whatever the lengths of its branches."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from tests.support.virtual_time import run_virtually
from workflow_compiler import compile_workflow, default_registry, parse

Document = dict[str, Any]


async def pause(seconds: float) -> float:
    await asyncio.sleep(seconds)
    return seconds


REGISTRY = default_registry({"pause": pause})


@dataclass
class Part:
    """A piece of a series-parallel graph: where it begins and ends, and its critical path."""

    first: str
    last: str
    seconds: float


@dataclass
class Drawing:
    """A graph that grows from pieces side by side and one after the other."""

    rng: Random
    nodes: list[Document] = field(default_factory=list)
    edges: list[Document] = field(default_factory=list)

    def part(self, size: int) -> Part:
        """A random piece with about so many nodes."""
        if size <= 1:
            return self.node(self.rng.choice([0.1, 0.5, 1.0, 2.0, 5.0]))
        if self.rng.random() < 0.5:
            cut = self.rng.randint(1, size - 1)
            return self.after(self.part(cut), self.part(size - cut))
        count = self.rng.randint(2, 3)
        return self.beside([self.part(size // count) for _ in range(count)])

    def node(self, seconds: float) -> Part:
        name = f"n{len(self.nodes)}"
        config = {"function": "pause", "arguments": {"seconds": seconds}}
        self.nodes.append({"id": name, "type": "python", "config": config})
        return Part(name, name, seconds)

    def after(self, one: Part, other: Part) -> Part:
        self.edges.append({"source": one.last, "target": other.first})
        return Part(one.first, other.last, one.seconds + other.seconds)

    def beside(self, parts: list[Part]) -> Part:
        fork, join = self.node(0), self.node(0)
        self.edges += [{"source": fork.last, "target": part.first} for part in parts]
        self.edges += [{"source": part.last, "target": join.first} for part in parts]
        return Part(fork.first, join.last, max(part.seconds for part in parts))

    def document(self) -> Document:
        limits = {"max_concurrency": 1_000}
        return {"name": "sp", "nodes": self.nodes, "edges": self.edges, "limits": limits}


def seconds_of(document: Document) -> float:
    compiled = compile_workflow(parse(document), REGISTRY)
    state, seconds = run_virtually(compiled.graph.ainvoke(compiled.initial_state({})))
    assert len(state["nodes"]) == len(document["nodes"])
    return seconds


@pytest.mark.parametrize("seed", range(60))
def test_a_series_parallel_graph_takes_its_critical_path(seed: int) -> None:
    drawing = Drawing(Random(seed))
    part = drawing.part(Random(seed).randint(3, 30))
    assert part.seconds <= seconds_of(drawing.document()) <= 1.1 * part.seconds


def test_one_place_makes_it_the_sum() -> None:
    drawing = Drawing(Random(1))
    drawing.beside([drawing.part(6), drawing.part(6)])
    document = drawing.document() | {"limits": {"max_concurrency": 1}}
    total = sum(node["config"]["arguments"]["seconds"] for node in drawing.nodes)
    assert seconds_of(document) == pytest.approx(total)
