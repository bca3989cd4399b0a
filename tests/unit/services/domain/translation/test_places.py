"""Where a run stands: which nodes died, and what was in a body that is over."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import pytest

from services.domain.events.vocabulary import NodeCancelled, NodeSkipped, RunEvent
from services.domain.translation.places import Places
from tests.unit.workflow_compiler.running import Document, edge, node, path, workflow
from workflow_compiler import Plan, parse, plan
from workflow_compiler.trace import (
    BodyClosed,
    BodyEnd,
    BodyOpened,
    VisitCompleted,
    VisitRecalled,
    VisitStarted,
)

AT = datetime(2026, 1, 1, tzinfo=UTC)
FORK = plan(
    parse(
        workflow(
            *map(node, ["a", "left", "right", "after"]),
            edges=(edge("a", "left", condition="true"), edge("a", "right"), *path("left", "after")),
        )
    )
)
TO_LEFT, TO_RIGHT, TO_AFTER, ENTRY = range(4)


def guarded(*more: Document) -> Plan:
    nodes = (
        node("safe", "try"),
        node("risk", parent="safe", slot="try"),
        node("then", parent="safe", slot="try"),
        node("mend", parent="safe", slot="catch"),
    )
    return plan(parse(workflow(*nodes, *more, edges=path("risk", "then"))))


def place(node_id: str, visit: int = 1, within: str = "") -> dict[str, Any]:
    common = {"attempt": 1, "task": node_id, "at": AT}
    return {"node_id": node_id, "visit": visit, "path": within, **common}


def begin(places: Places, node_id: str, *consumed: int, within: str = "") -> None:
    places.start(VisitStarted(**place(node_id, within=within), input=None, consumed=consumed))


def end(places: Places, node_id: str, *taken: int, within: str = "") -> list[tuple[str, str]]:
    record = VisitCompleted(**place(node_id, within=within), output=1, usage=None)
    return skipped([*places.end(record), *places.leave(record, taken)])


def skipped(events: Iterable[RunEvent]) -> list[tuple[str, str]]:
    return [(event.node_id, event.path) for event in events if isinstance(event, NodeSkipped)]


def said(event: RunEvent) -> tuple[str, str]:
    """What became of a node in the body."""
    assert isinstance(event, NodeCancelled | NodeSkipped)
    assert event.path == "safe.try"
    return ("cancelled" if isinstance(event, NodeCancelled) else "skipped", event.node_id)


@pytest.mark.parametrize(
    ("taken", "dead"),
    [
        ([TO_LEFT, TO_RIGHT], []),
        ([TO_RIGHT], [("left", ""), ("after", "")]),
        ([TO_LEFT], [("right", "")]),
        ([], [("left", ""), ("right", ""), ("after", "")]),
    ],
)
def test_a_node_is_dead_as_soon_as_no_token_can_reach_it(
    taken: list[int], dead: list[tuple[str, str]]
):
    places = Places(FORK)
    begin(places, "a", ENTRY)
    assert end(places, "a", *taken) == dead


def test_what_an_earlier_execution_told_is_not_told_again():
    places = Places(FORK, known={("left", "")})
    begin(places, "a", ENTRY)
    assert end(places, "a", TO_RIGHT) == [("after", "")]


@pytest.mark.parametrize(("is_fatal", "waiting"), [(False, {TO_RIGHT}), (True, set())])
def test_a_visit_that_is_recalled_moves_its_tokens(is_fatal: bool, waiting: set[int]):
    places = Places(FORK)
    recalled = VisitRecalled(**place("a"), consumed=(ENTRY,), taken=(TO_RIGHT,), is_fatal=is_fatal)
    places.recall(recalled)
    assert places.waiting() == waiting


def test_at_rest_all_that_was_never_visited_is_dead():
    places = Places(FORK)
    begin(places, "a", ENTRY)
    assert skipped(places.rest(AT)) == [("left", ""), ("right", ""), ("after", "")]


def opened(places: Places) -> None:
    begin(places, "safe", 1)
    places.open_body(BodyOpened(**place("safe"), slot="try", body="safe.try"))
    begin(places, "risk", 2, within="safe.try")


@pytest.mark.parametrize(
    ("how", "told"),
    [
        (BodyEnd.FAILED, [("cancelled", "risk"), ("skipped", "then")]),
        (BodyEnd.RETURNED, [("cancelled", "risk"), ("skipped", "then")]),
        (BodyEnd.CANCELLED, [("cancelled", "risk")]),
    ],
)
def test_a_body_that_closes_speaks_for_all_that_was_in_it(
    how: BodyEnd, told: list[tuple[str, str]]
):
    places = Places(guarded())
    opened(places)
    events = list(places.close_body(BodyClosed(**place("safe"), body="safe.try", end=how)))
    assert [said(event) for event in events] == told
    assert places.is_over("safe.try")


def test_what_was_stopped_before_is_not_cancelled_again():
    places = Places(guarded(), stopped={("risk", "safe.try", 1)})
    opened(places)
    closed = BodyClosed(**place("safe"), body="safe.try", end=BodyEnd.CANCELLED)
    assert list(places.close_body(closed)) == []


def test_a_slot_that_was_not_needed_is_skipped_with_its_container():
    places = Places(guarded())
    opened(places)
    assert end(places, "risk", 0, within="safe.try") == []
    begin(places, "then", 0, within="safe.try")
    assert end(places, "then", within="safe.try") == []
    closed = BodyClosed(**place("safe"), body="safe.try", end=BodyEnd.COMPLETED)
    assert list(places.close_body(closed)) == []
    assert end(places, "safe") == [("mend", "safe.catch")]


def test_tokens_that_are_left_in_a_completed_body_are_stuck():
    places = Places(guarded())
    opened(places)
    end(places, "risk", 0, within="safe.try")
    closed = BodyClosed(**place("safe"), body="safe.try", end=BodyEnd.COMPLETED)
    assert skipped(places.close_body(closed)) == [("then", "safe.try")]
    assert places.waiting() == {0}


def nested() -> Plan:
    nodes = (
        node("outer", "try"),
        node("inner", "try", parent="outer", slot="try"),
        node("deep", parent="inner", slot="try"),
        node("mend", parent="inner", slot="catch"),
    )
    return plan(parse(workflow(*nodes)))


def test_a_body_that_closes_stops_the_bodies_inside_it_too():
    places = Places(nested())
    begin(places, "outer", 0)
    places.open_body(BodyOpened(**place("outer"), slot="try", body="outer.try"))
    begin(places, "inner", within="outer.try")
    inside = "outer.try.inner.try"
    places.open_body(BodyOpened(**place("inner", within="outer.try"), slot="try", body=inside))
    begin(places, "deep", within=inside)
    closed = BodyClosed(**place("outer"), body="outer.try", end=BodyEnd.RETURNED)
    cancelled = [e.node_id for e in places.close_body(closed) if isinstance(e, NodeCancelled)]
    assert cancelled == ["deep", "inner"]
    assert places.is_over(inside)
