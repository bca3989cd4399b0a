"""A run takes as long as its critical path, whatever the lengths of its branches."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from typing import Any

import pytest

from tests.support.virtual_time import run_virtually
from workflow_compiler import RunContext, compile_workflow, default_registry, parse
from workflow_compiler.errors import RunReturned
from workflow_compiler.show import show
from workflow_compiler.topology import Pace
from workflow_compiler.trace import Record, VisitStarted

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


@pytest.mark.parametrize("seed", range(60))
def test_so_does_one_whose_branches_do_not_come_apart(seed: int) -> None:
    """Edges as they come: what begins waits for what leads to it, and for nothing beside."""
    rng, drawing = Random(seed), Drawing(Random(seed))
    ends: list[float] = []
    for number in range(rng.randint(4, 14)):
        before = rng.sample(range(number), min(number, rng.choice([1, 1, 2, 3])))
        part = drawing.node(rng.choice([0.0, 1.0, 2.0, 5.0]))
        drawing.edges += [edge(f"n{source}", part.first) for source in before]
        ends.append(part.seconds + max((ends[source] for source in before), default=0.0))
    assert seconds_of(drawing.document()) == pytest.approx(max(ends))


def test_one_place_makes_it_the_sum() -> None:
    drawing = Drawing(Random(1))
    drawing.beside([drawing.part(6), drawing.part(6)])
    document = drawing.document() | {"limits": {"max_concurrency": 1}}
    total = sum(node["config"]["arguments"]["seconds"] for node in drawing.nodes)
    assert seconds_of(document) == pytest.approx(total)


def edge(source: str, target: str) -> Document:
    return {"source": source, "target": target}


def race(*more: Document) -> Document:
    """A fork, a fast and a slow branch, a join of kind `any`, and one node after it."""
    drawing = Drawing(Random(0))
    for seconds in (0.0, 1.0, 1.0, 4.0, 5.0, 2.0, 3.0):
        drawing.node(seconds)
    drawing.nodes[5]["join"] = "any"
    pairs = [(0, 1), (1, 2), (2, 5), (0, 3), (3, 4), (4, 5), (5, 6)]
    drawing.edges += [edge(f"n{source}", f"n{target}") for source, target in pairs]
    drawing.edges += more
    return drawing.document()


def begins(document: Document, visit: int = 1) -> dict[str, float]:
    """When this visit of each node begins, and the run ends, in seconds."""
    times: dict[str, float] = {}

    def hear(record: Record) -> None:
        if isinstance(record, VisitStarted) and record.visit == visit:
            times[record.node_id] = asyncio.get_running_loop().time()

    compiled = compile_workflow(parse(document), REGISTRY)
    start = compiled.initial_state({})
    run = compiled.graph.ainvoke(start, context=RunContext(tap=hear))
    _, seconds = run_virtually(run)
    return times | {"end": seconds}


WINNER_GOES_ON = {"n0": 0, "n1": 0, "n3": 0, "n2": 1, "n4": 4, "n5": 2, "n6": 4, "end": 9}


def test_what_follows_an_any_join_begins_with_the_first_branch_while_the_others_go_on() -> None:
    assert begins(race()) == pytest.approx(WINNER_GOES_ON)


def test_a_race_and_a_branch_beside_it_do_not_wait_for_each_other() -> None:
    document = race(edge("n7", "n0"), edge("n7", "n8"), edge("n8", "n9"))
    for name, seconds in (("n7", 0.0), ("n8", 30.0), ("n9", 1.0)):
        config = {"function": "pause", "arguments": {"seconds": seconds}}
        document["nodes"].append({"id": name, "type": "python", "config": config})
    more = {"n7": 0, "n8": 0, "n9": 30, "end": 31}
    assert begins(document) == pytest.approx(WINNER_GOES_ON | more)


def test_a_join_after_a_race_waits_for_the_branches_that_can_still_come_and_for_no_loser() -> None:
    document = race(edge("n6", "n8"), edge("n0", "n7"), edge("n7", "n8"))
    for name, seconds in (("n7", 6.0), ("n8", 1.0)):
        config = {"function": "pause", "arguments": {"seconds": seconds}}
        document["nodes"].append({"id": name, "type": "python", "config": config})
    assert begins(document) == pytest.approx(WINNER_GOES_ON | {"n7": 0, "n8": 7, "end": 9})


def test_in_a_loop_every_turn_has_its_race_and_the_next_begins_when_the_losers_are_there() -> None:
    document = race(edge("n6", "n0") | {"condition": "n6.visit < 2"})
    document["nodes"][0] |= {"type": "start", "config": {}}
    ends = 9 + WINNER_GOES_ON["end"]
    assert begins(document) == pytest.approx(WINNER_GOES_ON | {"end": ends})
    second = {node: 9 + seconds for node, seconds in WINNER_GOES_ON.items()}
    assert begins(document, visit=2) == pytest.approx(second)


def test_a_race_that_a_loop_enters_again_and_again_keeps_to_supersteps_and_the_plan_says_why() -> (
    None
):
    turn = edge("n7", "n7") | {"condition": "n7.visit < 2"}
    document = race(edge("n0", "n7"), turn, edge("n7", "n5"))
    config = {"function": "pause", "arguments": {"seconds": 1}}
    document["nodes"].append({"id": "n7", "type": "python", "config": config})
    plan = compile_workflow(parse(document), REGISTRY).plan
    assert {level.pace for level in plan.levels} == {Pace.SUPERSTEPS}
    assert "late: n5: a loop may bring it tokens more than once in a turn" in show(plan)


def test_losers_are_stopped_when_what_follows_the_race_ends_the_run() -> None:
    document = race()
    document["nodes"][6] = {"id": "n6", "type": "return", "config": {"value": "n5.output"}}
    compiled = compile_workflow(parse(document), REGISTRY)

    async def play() -> Any:
        try:
            return await compiled.graph.ainvoke(compiled.initial_state({}))
        except RunReturned as returned:
            return returned.output

    output, seconds = run_virtually(play())
    assert output == 2.0
    assert seconds == pytest.approx(4.0)
