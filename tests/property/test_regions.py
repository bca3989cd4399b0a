"""Regions change when things happen, never what happens: visits stay those of the reference."""

from dataclasses import replace
from itertools import pairwise
from random import Random
from typing import Any

import anyio
import pytest

from tests.property.definitions import draw
from tests.property.reference import TooLongError
from tests.property.test_semantics import outcomes, visits_of
from workflow_compiler import compile_workflow, default_registry, parse
from workflow_compiler.registry import Registry, Work
from workflow_compiler.topology import regions

Document = dict[str, Any]


def waiting_registry() -> Registry:
    """The built-in types, with a `transform` that counts as waiting for the world."""
    known = default_registry()
    return known.with_types(replace(known.types["transform"], work=Work.IO))


@pytest.mark.parametrize("segment", [regions.SEGMENT, 2])
async def test_visits_agree_with_the_reference(segment: int, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(regions, "SEGMENT", segment)
    levels = [await levels_that_agree(seed) for seed in range(200)]
    assert sum(count > 1 for count in levels) > 40  # else the test would prove nothing


async def levels_that_agree(seed: int) -> int:
    """How many graphs the workflow of this seed became; it came to the reference's outcome."""
    drawn = draw(Random(seed))
    try:
        wanted = outcomes(drawn, seed)
    except TooLongError:
        return 0
    compiled = compile_workflow(parse(drawn.document), waiting_registry())
    assert [await visits_of(compiled)] == wanted, f"seed {seed}"
    return len(compiled.plan.levels)


async def test_a_fast_branch_does_not_wait_for_a_slow_one():
    """Both branches have a slow node, in different places: a step by step run would add them up."""
    begun, slow = list[str](), anyio.Event()

    async def step(name: str) -> str:
        begun.append(name)
        if name == "a1":
            await slow.wait()
        if name == "b3":
            slow.set()
        return name

    edges = [("fork", "a1"), ("a1", "a2"), ("fork", "b1"), ("b1", "b2"), ("b2", "b3")]
    edges += [("a2", "join"), ("b3", "join")]
    ids = dict.fromkeys(end for edge in edges for end in edge)
    document: Document = {
        "name": "branches",
        "nodes": [
            {"id": i, "type": "python", "config": {"function": "step", "arguments": {"name": i}}}
            for i in ids
        ],
        "edges": [{"source": source, "target": target} for source, target in edges],
    }
    compiled = compile_workflow(parse(document), default_registry({"step": step}))
    await compiled.graph.ainvoke(compiled.initial_state({}))
    assert begun.index("b3") < begun.index("a2")
    assert begun[-1] == "join"


async def test_an_appending_variable_that_is_written_in_a_region_is_not_doubled():
    branches = [("a", "a1", "a2"), ("b", "b1", "b2")]
    nodes = [
        {"id": n, "type": "set", "config": {"values": {"log": f"'{n}'"}}}
        for b in branches
        for n in b[1:]
    ]
    nodes += [
        {"id": n, "type": "transform", "config": {"expression": "1"}}
        for n in ("fork", "join", "a", "b")
    ]
    edges = [e for b in branches for e in pairwise(("fork", *b, "join"))]
    document: Document = {
        "name": "log",
        "variables": {"log": {"reducer": "append"}},
        "nodes": nodes,
        "edges": [{"source": source, "target": target} for source, target in edges],
    }
    compiled = compile_workflow(parse(document), waiting_registry())
    assert len(compiled.plan.levels) == 3
    state = await compiled.graph.ainvoke(compiled.initial_state({}))
    assert sorted(state["vars"]["log"]) == ["a1", "a2", "b1", "b2"]


async def test_a_long_chain_is_cut_and_still_seen_as_one():
    ids = [f"n{i}" for i in range(300)]
    document: Document = {
        "name": "long",
        "nodes": [
            {"id": i, "type": "transform", "config": {"expression": f"{i}.visit"}} for i in ids
        ],
        "edges": [{"source": source, "target": target} for source, target in pairwise(ids)],
    }
    compiled = compile_workflow(parse(document))
    assert max(len(level.members) for level in compiled.plan.levels) <= regions.SEGMENT
    state = await compiled.graph.ainvoke(compiled.initial_state({}))
    assert [record["visit"] for record in state["nodes"].values()] == [1] * 300
    assert compiled.output(state) == {"n299": 1}
