"""Containers on LangGraph do what the reference does, however they are nested."""

from collections.abc import Iterable, Mapping
from random import Random
from typing import Any

import pytest

from services.domain.events import NodeCancelled, NodeCompleted, NodeFailed, NodeSkipped
from services.domain.translate import Translator
from tests.property.nested import Nested, draw_nested
from tests.property.nested_reference import Ending, Visit, play_nested
from tests.property.reference import TooLongError
from tests.unit.workflow_compiler.running import Outcome, PatientClock, run
from workflow_compiler import check, parse
from workflow_compiler.trace import BodyClosed, BodyOpened, VisitCompleted, VisitFailed

ORDERS = 3
MANY_ORDERS = 60
DECIDED_SHARE = 0.7
"""So many of the drawn workflows at least have one outcome, whatever the order of things."""


async def test_containers_agree_with_the_reference():
    await compare(range(250))


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
