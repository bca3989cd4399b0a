"""A run that goes on with a version that fits ends as a fresh run of that would."""

import asyncio
import copy
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

import pytest

from services.domain.events.base import NodeEvent
from services.domain.events.vocabulary import NodeCompleted, NodeFailed, RunEvent
from services.domain.history import Past
from services.domain.reruns.compatibility import incompatibilities
from tests.property.definitions import draw
from tests.property.nested import draw_nested
from tests.property.test_replay import shape, told
from tests.unit.workflow_compiler.running import Document, PatientClock, run
from workflow_compiler import DefinitionError, parse, plan
from workflow_compiler.errors import StepLimitError
from workflow_compiler.history import VisitKey
from workflow_compiler.trace import Record, VisitRecalled, VisitStarted

EDITS = 6
PATIENCE_SECONDS = 60.0
ALLOWED_SHARE = 0.1
"""So many of the edits at least are allowed, or the test says nothing."""

Edit = Callable[[Document, Random], None]


def add_node(document: Document, rng: Random) -> None:
    """A node more, behind another one of its part, perhaps with a way on."""
    near = rng.choice(document["nodes"])
    place = {key: near[key] for key in ("parent", "slot") if key in near}
    document["nodes"].append(
        {"id": "new", "type": "transform", "config": {"expression": "new.visit"}} | place
    )
    document["edges"].append({"source": near["id"], "target": "new"})
    onward = [n["id"] for n in document["nodes"] if same_place(n, near) and n["id"] != "new"]
    if rng.random() < 0.5:
        document["edges"].append({"source": "new", "target": rng.choice(onward)})


def add_root(document: Document, rng: Random) -> None:
    add_node(document, rng)
    document["edges"] = [edge for edge in document["edges"] if edge["target"] != "new"]


def add_edge(document: Document, rng: Random) -> None:
    source = rng.choice(document["nodes"])
    target = rng.choice([node for node in document["nodes"] if same_place(node, source)])
    document["edges"].append({"source": source["id"], "target": target["id"]})


def remove_edge(document: Document, rng: Random) -> None:
    if document["edges"]:
        document["edges"].remove(rng.choice(document["edges"]))


def remove_node(document: Document, rng: Random) -> None:
    gone = rng.choice(document["nodes"])["id"]
    document["nodes"] = [node for node in document["nodes"] if node["id"] != gone]
    document["edges"] = [e for e in document["edges"] if gone not in {e["source"], e["target"]}]


def change_join(document: Document, rng: Random) -> None:
    node = rng.choice(document["nodes"])
    node["join"] = "any" if node.get("join", "all") == "all" else "all"


ALL: Sequence[Edit] = (
    add_node,
    add_node,
    add_root,
    add_edge,
    remove_edge,
    remove_node,
    change_join,
)


def change_configs(document: Document, visited: frozenset[str]) -> None:
    """Other configs for all that has not begun."""
    for node in document["nodes"]:
        if node["id"] not in visited and node["type"] == "transform":
            node["config"] = {"expression": f"[{node['config']['expression']}, 'other']"}


def same_place(one: Document, other: Document) -> bool:
    return all(one.get(key) == other.get(key) for key in ("parent", "slot"))


def keys(events: Sequence[RunEvent], *kinds: type[NodeEvent]) -> set[tuple[str, str, int]]:
    return {(e.node_id, e.path, e.visit) for e in events if isinstance(e, kinds)}


async def goes_on(document: Document, rng: Random) -> list[bool]:
    """Which of some edits were allowed to a run that stands somewhere in its middle."""
    try:
        whole = await run(document, clock=PatientClock())
    except StepLimitError:
        return []
    log = told(whole)
    events = [event for portion in log[: rng.randint(0, len(log))] for event in portion]
    visited = frozenset(node_id for node_id, _, number in keys(events, NodeEvent) if number)
    return [await is_allowed(document, events, visited, rng) for _ in range(EDITS)]


async def is_allowed(
    document: Document, events: Sequence[RunEvent], visited: frozenset[str], rng: Random
) -> bool:
    edited = copy.deepcopy(document)
    edit = rng.choice(ALL)
    edit(edited, rng)
    change_configs(edited, visited)
    try:
        new = plan(parse(edited))
    except DefinitionError:
        return False
    if incompatibilities(plan(parse(document)), new, events):
        return False
    past = Past(new)
    past.take(events)
    try:
        fresh = await run(edited, clock=PatientClock())
    except StepLimitError:
        return False
    again = await run(edited, history=past.history(), clock=PatientClock())

    ended = keys(events, NodeCompleted, NodeFailed)
    begun = {(r.node_id, r.path, r.visit) for r in again.all(VisitStarted)}
    assert not begun & ended, edit
    if not any("parent" in node for node in document["nodes"]):
        await comes_to_where_it_was(edited, past, ended)
    assert (again.error is None) == (fresh.error is None), edit
    if fresh.error is None:
        assert shape(again.output) == shape(fresh.output), edit
        assert (again.state is None) or again.state["nodes"] == fresh.state["nodes"], edit
    return True


async def comes_to_where_it_was(
    document: Document, past: Past, ended: set[tuple[str, str, int]]
) -> None:
    """All that has ended comes to its turn again before anything new does."""
    recalled: set[tuple[str, str, int]] = set()
    all_recalled, never = asyncio.Event(), asyncio.Event()

    def hear(record: Record) -> None:
        if isinstance(record, VisitRecalled):
            recalled.add((record.node_id, record.path, record.visit))
        if recalled == ended:
            all_recalled.set()

    async def room(visit: VisitKey) -> None:
        del visit
        await never.wait()

    try:
        async with asyncio.timeout(PATIENCE_SECONDS), asyncio.TaskGroup() as tasks:
            replaying = run(document, history=past.history(), tap=hear, room=room)
            replay = tasks.create_task(replaying)
            await (all_recalled.wait() if ended else asyncio.sleep(0))
            replay.cancel()
    except TimeoutError:
        raise AssertionError(f"never came to {ended - recalled}") from None
    assert recalled == ended


async def all_go_on(seeds: range, drawn: Callable[[Random], Any]) -> None:
    tried: list[bool] = []
    for seed in seeds:
        try:
            tried += await goes_on(drawn(Random(seed)).document, Random(seed))
        except AssertionError as error:
            raise AssertionError(seed) from error
    assert sum(tried) >= ALLOWED_SHARE * len(tried)


@pytest.mark.parametrize("first", range(0, 30, 10))
async def test_a_run_goes_on_with_a_version_that_fits(first: int) -> None:
    await all_go_on(range(first, first + 10), draw)


@pytest.mark.parametrize("first", range(0, 20, 10))
async def test_a_nested_run_goes_on_with_a_version_that_fits(first: int) -> None:
    await all_go_on(range(first, first + 10), draw_nested)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1_000, 1_400, 10))
async def test_a_run_goes_on_with_a_version_that_fits_in_a_storm(first: int) -> None:
    await all_go_on(range(first, first + 10), draw)
    await all_go_on(range(first, first + 10), draw_nested)
