"""Containers on LangGraph do what the reference does, however they are nested."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from random import Random
from statistics import mean
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command, interrupt

from services.domain.events.vocabulary import NodeCancelled, NodeCompleted, NodeFailed, NodeSkipped
from services.domain.translation.translate import Translator
from tests.property.nested import Nested, draw_nested
from tests.property.nested_reference import Ending, play_nested
from tests.property.reference import TooLongError
from tests.unit.workflow_compiler.running import Document, Outcome, PatientClock, run
from workflow_compiler import (
    NodeContext,
    Plan,
    Registry,
    RunContext,
    compile_workflow,
    default_registry,
    parse,
    plan,
)
from workflow_compiler.errors import RunReturned
from workflow_compiler.lower import NodeFailedError
from workflow_compiler.topology import Scope
from workflow_compiler.trace import BodyClosed, BodyEnd, BodyOpened, VisitCompleted, VisitFailed

ORDERS = 3
MANY_ORDERS = 60
DECIDED_SHARE = 0.7
"""So many of the drawn workflows at least have one outcome, whatever the order of things."""


async def test_containers_agree_with_the_reference():
    await compare(range(80))


@pytest.mark.slow
@pytest.mark.parametrize("first_seed", range(1_000, 5_000, 200))
async def test_containers_agree_with_the_reference_in_a_storm(first_seed: int):
    await compare(range(first_seed, first_seed + 200))


async def compare(seeds: range) -> None:
    decided = [seed for seed in seeds if await agrees(seed)]
    assert len(decided) >= DECIDED_SHARE * len(seeds)


async def agrees(seed: int) -> bool:
    """Whether the workflow of this seed has one outcome only, and the graph comes to it."""
    nested = draw_nested(Random(seed))
    try:
        wanted = endings(nested, seed, ORDERS)
        if len(wanted) > 1:
            return False
        outcome = await run(nested.document, clock=PatientClock())
        found = ending_of(outcome)
        if [found] != wanted:
            wanted = endings(nested, seed, MANY_ORDERS)
    except TooLongError:
        return False
    assert len(wanted) > 1 or [found] == wanted, f"seed {seed}"
    return len(wanted) == 1


def endings(nested: Nested, seed: int, orders: int) -> list[Ending]:
    """The different endings of the reference over some random orders."""
    found: list[Ending] = []
    for order in range(orders):
        ending = play_nested(nested, Random(f"{seed}/{order}"))
        if ending not in found:
            found.append(ending)
    return found


def ending_of(outcome: Outcome) -> Ending:
    visits = {(r.path, r.node_id, r.visit): "cancelled" for r in outcome.started}
    visits |= {(r.path, r.node_id, r.visit): "completed" for r in outcome.all(VisitCompleted)}
    visits |= {(r.path, r.node_id, r.visit): "failed" for r in outcome.all(VisitFailed)}
    if outcome.error is not None:
        return Ending(None, outcome.error.origin.node_id, visits)
    return Ending(without_messages(outcome.output), None, visits)


def without_messages(value: Any) -> Any:
    match value:
        case {"type": kind, "message": str(), "node_id": node_id}:
            return {"type": kind, "message": "", "node_id": node_id}
        case dict():
            return {key: without_messages(part) for key, part in value.items()}
        case list():
            return [without_messages(part) for part in value]
        case _:
            return value


@pytest.mark.parametrize("seed", range(10))
async def test_a_run_that_stops_in_every_visit_comes_to_the_same_end(seed: int):
    nested = draw_nested(Random(seed))
    try:
        wanted = endings(nested, seed, MANY_ORDERS)
    except TooLongError:
        return
    calls: Counter[str] = Counter()
    outcome = await run_with_stops(nested.document, stopping_registry(calls))
    assert len(wanted) > 1 or [ending_of(outcome)] == wanted
    assert set(calls.values()) <= {1}  # what is done is done, however often the run goes on


def stopping_registry(calls: Counter[str]) -> Registry:
    """The built-in types, with a `transform` that waits for an answer before it counts as run."""
    known = default_registry()
    transform = known.types["transform"]

    async def stop(config: Any, context: NodeContext) -> Any:
        interrupt(context.idempotency_key)
        calls[context.idempotency_key] += 1
        return await transform.behaviour(config, context)

    return known.with_types(replace(transform, behaviour=stop))


async def run_with_stops(document: Document, registry: Registry) -> Outcome:
    """Run a definition; whenever it waits, answer one of its questions and let it go on."""
    outcome = Outcome(compile_workflow(parse(document), registry))
    graph = outcome.workflow.graph.copy(update={"checkpointer": InMemorySaver()})
    config = {"configurable": {"thread_id": "one"}}
    context = RunContext(tap=outcome.records.append, clock=PatientClock())
    given: Any = outcome.workflow.initial_state({})
    try:
        while given is not None:
            outcome.state = await graph.ainvoke(given, config, context=context)
            waits = outcome.state.pop("__interrupt__", None)
            given = Command(resume={waits[0].id: True}) if waits else None
    except NodeFailedError as error:
        outcome.error = error
    except RunReturned as returned:
        outcome.returned = returned
    return outcome


@pytest.mark.parametrize("seed", range(15))
async def test_the_order_in_which_it_is_stored_changes_nothing(seed: int):
    nested = draw_nested(Random(seed))
    documents = [nested.document, nested.permuted(Random(seed))]
    one, other = [compile_workflow(parse(document)) for document in documents]
    assert one.plan.fingerprint == other.plan.fingerprint
    first, second = [ending_of(await run(document)) for document in documents]
    assert first == second or len(endings(nested, seed, MANY_ORDERS)) > 1


@pytest.mark.parametrize("seed", range(15))
async def test_every_node_of_a_body_has_one_end(seed: int):
    """What is told of a run accounts for each node in each body, once."""
    outcome = await run(draw_nested(Random(seed)).document, clock=PatientClock())
    made = outcome.workflow.plan
    translator = Translator(made, {})
    events = [event for record in outcome.records for event in translator.hear(record)]
    ends = Counter(
        (event.path, event.node_id, event.visit) for event in events if isinstance(event, ENDS)
    )
    begun = {(r.path, r.node_id, r.visit) for r in outcome.started if r.path}
    assert begun <= set(ends)
    assert set(ends.values()) <= {1}
    told = {(path, node_id) for path, node_id, _ in ends}
    cancelled = {r.body for r in outcome.all(BodyClosed) if r.end is BodyEnd.CANCELLED}
    scopes = {(_container(made, scope), scope.slot): scope for scope in made.scopes[1:]}
    for body in outcome.all(BodyOpened):
        if body.body not in cancelled:
            nodes = scopes[body.node_id, body.slot].nodes
            assert {(body.body, made.nodes[number].id) for number in nodes} <= told


ENDS = NodeCompleted | NodeFailed | NodeCancelled | NodeSkipped


def _container(made: Plan, scope: Scope) -> str:
    return "" if scope.container is None else made.nodes[scope.container].id


def test_the_drawn_workflows_are_sound_and_worth_comparing():
    drawn = [draw_nested(Random(seed)) for seed in range(100)]
    plans = [plan(parse(nested.document)) for nested in drawn]
    assert share(len(made.scopes) > 4 for made in plans) > 0.3
    assert share(any(scope.slot == "catch" for scope in made.scopes) for made in plans) > 0.3
    assert share(bool(made.joins) for made in plans) > 0.3
    played = [play_nested(nested, Random(0)) for nested in drawn]
    assert share(ending.failed is not None for ending in played) > 0.05
    assert share("failed" in ending.visits.values() for ending in played) > 0.2
    assert share(any(path.count(".") > 1 for path, _, _ in e.visits) for e in played) > 0.1


def share(found: Iterable[bool]) -> float:
    return mean(map(int, found))
