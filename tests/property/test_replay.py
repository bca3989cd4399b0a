"""A run that is executed again from any point of its log repeats nothing and comes to its end."""

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

import pytest

from services.domain.events.vocabulary import (
    EdgeDecided,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeSkipped,
    RunEvent,
)
from services.domain.history import Past
from services.domain.translation.translate import Translator
from tests.property.definitions import Drawn, draw, draw_any
from tests.property.nested import draw_nested
from tests.property.test_containers import without_messages
from tests.property.test_lockstep import slow_registry
from tests.property.test_skipped import upstream
from tests.unit.workflow_compiler.running import Outcome, PatientClock, run
from workflow_compiler.errors import StepLimitError
from workflow_compiler.history import VisitKey
from workflow_compiler.topology import Pace
from workflow_compiler.trace import BodyClosed, Record, VisitRecalled, VisitStarted

Document = dict[str, Any]


def document(seed: int, draw_one: Callable[[Random], Drawn] = draw) -> Document:
    """A random workflow in which many nodes append to one variable what they see of others."""
    drawn = draw_one(Random(seed))
    made, before = drawn.document, upstream(drawn)
    for node in made["nodes"][::2]:
        statuses = ", ".join(f"{other}.status" for other in before[node["id"]])
        values = {"seen": f"[{node['config']['expression']}, '{node['id']}', [{statuses}]]"}
        node |= {"type": "set", "config": {"values": values}}
    return made | {"variables": {"seen": {"reducer": "append"}}}


def told(outcome: Outcome) -> list[list[RunEvent]]:
    """What the log has of a run, in the portions in which it is written."""
    translator = Translator(outcome.workflow.plan, {})
    return [told_of(translator, record) for record in outcome.records]


def told_of(translator: Translator, record: Record) -> list[Any]:
    """What a record comes to, where no stream brings tokens that its end would wait for."""
    return [*translator.hear(record), *translator.catch_up()]


def ends(portions: Sequence[Sequence[RunEvent]]) -> list[VisitKey | str]:
    """The visits that came to an end, and the nodes that died."""
    found: list[VisitKey | str] = []
    for event in (event for portion in portions for event in portion):
        match event:
            case NodeCompleted() | NodeFailed():
                found.append((event.node_id, event.path, event.visit))
            case NodeSkipped():
                found.append(event.node_id)
            case _:
                pass
    return sorted(found, key=str)


def decisions(portions: Sequence[Sequence[RunEvent]]) -> set[tuple[str, int, str, bool]]:
    events = (event for portion in portions for event in portion)
    return {
        (event.node_id, event.visit, event.edge_id, event.taken)
        for event in events
        if isinstance(event, EdgeDecided)
    }


async def goes_on(seed: int) -> None:
    try:
        whole = await run(document(seed))
    except StepLimitError:
        return  # what goes on for ever has no end to compare
    log = told(whole)
    rng = Random(seed)
    for cut in {0, rng.randint(0, len(log)), rng.randint(0, len(log)), len(log)}:
        past = Past(whole.workflow.plan)
        for portion in log[:cut]:
            past.take(portion)
        again = await run(document(seed), history=past.history())

        rest = told(again)
        assert again.state == whole.state, (seed, cut)
        assert ends([*log[:cut], *rest]) == ends(log), (seed, cut)
        assert decisions(log[:cut]) | decisions(rest) == decisions(log), (seed, cut)
        assert not decisions(log[:cut]) & decisions(rest), (seed, cut)


@pytest.mark.parametrize("first", range(0, 120, 30))
async def test_a_run_goes_on_from_any_point_of_its_log(first: int) -> None:
    for seed in range(first, first + 30):
        await goes_on(seed)


async def goes_on_nested(seed: int) -> None:
    """The same for containers, failures and early ends."""
    nested = draw_nested(Random(seed)).document
    whole = await run(nested, clock=PatientClock())
    log, rng = told(whole), Random(seed)
    for cut in {0, rng.randint(0, len(log)), rng.randint(0, len(log)), len(log)}:
        past = Past(whole.workflow.plan)
        for portion in log[:cut]:
            past.take(portion)
        history = past.history()
        again = await run(nested, history=history, clock=PatientClock())
        translator = Translator(whole.workflow.plan, {}, past.told, history.stopped)
        rest = [list(translator.hear(record)) for record in again.records]

        assert (again.error is None) == (whole.error is None), (seed, cut)
        if whole.error is None:
            assert shape(again.output) == shape(whole.output), (seed, cut)
        assert not last_words(log[:cut]) & last_words(rest), (seed, cut)


async def races_again(seed: int) -> int:
    """The same where `any` joins run races, each time at another speed; how many there were."""
    drawn, rng = document(seed, draw_any), Random(seed)
    try:
        whole = await run(drawn, registry=slow_registry(rng))
    except StepLimitError:
        return 0
    log = told(whole)
    for cut in {rng.randint(0, len(log)), rng.randint(0, len(log)), len(log)}:
        past = Past(whole.workflow.plan)
        for portion in log[:cut]:
            past.take(portion)
        again = await run(drawn, history=past.history(), registry=slow_registry(rng))

        before = consumed(whole.records[:cut])
        assert before.items() <= consumed(again.records).items(), (seed, cut)
        translator = Translator(whole.workflow.plan, {}, past.told)
        rest = [told_of(translator, record) for record in again.records]
        assert not last_words(log[:cut]) & last_words(rest), (seed, cut)
        assert cut < len(log) or again.state == whole.state, seed
    return sum(level.pace is Pace.TOKENS for level in whole.workflow.plan.levels)


def consumed(records: Iterable[Record]) -> dict[VisitKey, tuple[object, ...]]:
    """The tokens that visits took."""
    return {
        (record.node_id, record.path, record.visit): record.consumed
        for record in records
        if isinstance(record, VisitStarted | VisitRecalled)
    }


@pytest.mark.parametrize("first", [0, 30])
async def test_a_race_has_the_same_winner_when_it_is_replayed(first: int) -> None:
    assert sum([await races_again(seed) for seed in range(first, first + 30)]) > 10


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1_000, 3_000, 100))
async def test_a_race_has_the_same_winner_when_it_is_replayed_in_a_storm(first: int) -> None:
    for seed in range(first, first + 100):
        await races_again(seed)


def shape(output: Any) -> Any:
    """An output without what errors say of their place."""
    match without_messages(output):
        case dict() as parts:
            return {key: shape(part) for key, part in parts.items() if key != "node_id"}
        case list() as parts:
            return [shape(part) for part in parts]
        case plain:
            return plain


def last_words(portions: Sequence[Sequence[RunEvent]]) -> set[VisitKey]:
    """The visits that are over, and the nodes that are dead (with visit 0)."""
    over = NodeCompleted | NodeFailed | NodeCancelled | NodeSkipped
    events = (event for portion in portions for event in portion)
    return {(e.node_id, e.path, e.visit) for e in events if isinstance(e, over)}


@pytest.mark.parametrize("first", range(0, 60, 15))
async def test_a_nested_run_goes_on_from_any_point_of_its_log(first: int) -> None:
    for seed in range(first, first + 15):
        await goes_on_nested(seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1_000, 3_000, 100))
async def test_a_run_goes_on_from_any_point_of_its_log_in_a_storm(first: int) -> None:
    for seed in range(first, first + 100):
        await goes_on(seed)


async def test_nothing_is_told_of_a_body_after_its_end():
    """A cancel was lost here until every visit asked whether its graph was to stop."""
    whole = await run(draw_nested(Random(208)).document, clock=PatientClock())
    closed: set[str] = set()
    for record in whole.records:
        if isinstance(record, VisitStarted):
            assert not any(is_within(record.path, body) for body in closed)
        elif isinstance(record, BodyClosed):
            closed.add(record.body)
    assert ends(told(whole))


def is_within(path: str, body: str) -> bool:
    return path == body or path.startswith(f"{body}.")
