"""A run that begins anew at some visits keeps what does not depend on them, and nothing else."""

from collections import Counter
from collections.abc import Sequence
from random import Random
from typing import Any

import pytest

from services.domain.events.base import NodeEvent
from services.domain.events.vocabulary import NodeCancelled, NodeStarted, RunEvent
from services.domain.history import Past
from services.domain.reruns.going_on import From, kept_places
from services.domain.translation.translate import Translator
from tests.property.definitions import draw
from tests.property.nested import draw_nested
from tests.property.test_replay import shape, told
from tests.unit.workflow_compiler.running import Document, Outcome, PatientClock, run
from workflow_compiler.errors import StepLimitError
from workflow_compiler.history import VisitKey

PLACES = 4
"""So many visits of each run are tried."""


def document(seed: int) -> Document:
    """A random workflow in which nodes write to a variable and read it."""
    rng = Random(seed)
    drawn = draw(rng).document
    for node in drawn["nodes"]:
        own = node["config"]["expression"]
        match rng.randrange(3):
            case 0:
                values = {"seen": f"[{own}, '{node['id']}']"}
                node |= {"type": "set", "config": {"values": values}}
            case 1:
                node["config"]["expression"] = f"[{own}, vars.seen]"
            case _:
                pass
    return drawn | {"variables": {"seen": {"reducer": "append"}}}


def log_of(outcome: Outcome) -> list[RunEvent]:
    return [event for portion in told(outcome) for event in portion]


def visits(events: Sequence[RunEvent]) -> set[VisitKey]:
    """The visits that events tell of."""
    return {(e.node_id, e.path, e.visit) for e in events if isinstance(e, NodeEvent) and e.visit}


def begun(events: Sequence[RunEvent]) -> Counter[VisitKey]:
    return Counter((e.node_id, e.path, e.visit) for e in events if isinstance(e, NodeStarted))


async def begins_anew(document: Document, whole: Outcome, begin: From | None) -> None:
    plan, log = whole.workflow.plan, log_of(whole)
    kept = [log[place] for place in kept_places(plan, log, begin)]
    past = Past(plan)
    past.take(kept)
    history = past.history()
    again = await run(document, history=history, clock=PatientClock())
    translator = Translator(plan, {}, past.told, history.stopped)
    rest = [event for record in again.records for event in translator.hear(record)]

    assert not begun(rest).keys() & begun(kept).keys(), "what is kept is not done again"
    assert shape_of(again) == shape_of(whole)
    if not is_a_race(whole, log):
        assert visits(kept) | visits(rest) == visits(log), "what is dropped is done again"
        assert again.state == whole.state


def is_a_race(whole: Outcome, log: Sequence[RunEvent]) -> bool:
    """Whether how far some visits came, before others stopped them, was a matter of timing."""
    stopped = any(isinstance(event, NodeCancelled) for event in log)
    return stopped or whole.error is not None or whole.returned is not None


def shape_of(outcome: Outcome) -> Any:
    return "failed" if outcome.error is not None else shape(outcome.output)


async def from_anywhere(document: Document, seed: int) -> None:
    try:
        whole = await run(document, clock=PatientClock())
    except StepLimitError:
        return  # what goes on for ever has no end to go back from
    rng = Random(seed)
    keys = sorted(visits(log_of(whole)))
    chosen = rng.sample(keys, min(PLACES, len(keys)))
    places = (From(node_id=node, path=path, visit=visit) for node, path, visit in chosen)
    for begin in (None, *places):
        try:
            await begins_anew(document, whole, begin)
        except AssertionError as error:
            raise AssertionError((seed, begin)) from error


@pytest.mark.parametrize("first", range(0, 30, 10))
async def test_a_run_begins_anew_at_any_visit(first: int) -> None:
    for seed in range(first, first + 10):
        await from_anywhere(document(seed), seed)


@pytest.mark.parametrize("first", range(0, 20, 10))
async def test_a_nested_run_begins_anew_at_any_visit(first: int) -> None:
    for seed in range(first, first + 10):
        await from_anywhere(draw_nested(Random(seed)).document, seed)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1_000, 1_400, 10))
async def test_a_run_begins_anew_at_any_visit_in_a_storm(first: int) -> None:
    for seed in range(first, first + 10):
        await from_anywhere(document(seed), seed)
        await from_anywhere(draw_nested(Random(seed)).document, seed)
