"""What somebody changed of visits, as the log tells it."""

from __future__ import annotations

from typing import Any

import pytest

from services.domain.debug.edits import Edits
from services.domain.events.runs import RunCreated
from services.domain.events.stops import DebugWish, Pinned, Position, StateEdited, Target
from services.domain.events.vocabulary import NodeRetrying, RunEvent
from tests.unit.services.domain.debug.visits import AT, begun, paused
from workflow_compiler.debugging import ABSENT, UNCHANGED, Changes
from workflow_compiler.history import VisitKey
from workflow_compiler.trace import OVERWRITE

BEFORE, AFTER, ERROR = Position.BEFORE, Position.AFTER, Position.ERROR
A: VisitKey = ("a", "", 1)
RETRYING = NodeRetrying(at=AT, node_id="a", visit=1, attempt=2, delay_seconds=0.0)


def edit(
    target: Target, value: Any, position: Position = BEFORE, name: str | None = None
) -> StateEdited:
    what = {"position": position, "target": target, "value": value, "name": name}
    return StateEdited(at=AT, node_id="a", visit=1, **what)


def edits(*events: RunEvent) -> Edits:
    taken = Edits()
    for event in events:
        taken.take(event)
    return taken


def test_the_last_change_counts_and_null_is_one() -> None:
    taken = edits(
        edit(Target.INPUT, 1),
        edit(Target.INPUT, 2),
        edit(Target.OUTPUT, 3),
        edit(Target.OUTPUT, None),
        edit(Target.VARIABLE, 4, name="x"),
        edit(Target.VARIABLE, 5, name="x"),
    )
    writes = (("x", 4, OVERWRITE), ("x", 5, OVERWRITE))
    assert taken.of(A, BEFORE) == Changes(input=2, output=None, writes=writes)


@pytest.mark.parametrize("key", [("b", "", 1), ("a", "loop[0]", 1), ("a", "", 2)])
def test_another_visit_is_not_changed(key: VisitKey) -> None:
    assert edits(edit(Target.INPUT, 1)).of(key, *Position) == UNCHANGED


def test_changes_of_several_moments_come_together() -> None:
    taken = edits(
        edit(Target.INPUT, 1), edit(Target.OUTPUT, 2, ERROR), edit(Target.OUTPUT, 3, AFTER)
    )
    assert taken.of(A, BEFORE) == Changes(input=1)
    assert taken.of(A, BEFORE, ERROR) == Changes(input=1, output=2)
    assert taken.of(A, BEFORE, ERROR, AFTER) == Changes(input=1, output=3)


def test_what_was_changed_where_it_failed_is_what_the_next_attempt_begins_with() -> None:
    taken = edits(edit(Target.INPUT, 1), edit(Target.INPUT, 2, ERROR), RETRYING)
    assert taken.of(A, BEFORE) == Changes(input=2)
    assert taken.of(A, ERROR) == UNCHANGED
    assert edits(RETRYING).of(A, BEFORE) == UNCHANGED


def test_what_has_not_led_on_is_not_tried_for_ever() -> None:
    taken = edits(edit(Target.OUTPUT, 1, AFTER))
    assert taken.used_up(A, AFTER).output == 1
    assert taken.used_up(A, AFTER).output is ABSENT


@pytest.mark.parametrize(
    ("events", "unused"),
    [
        ([edit(Target.INPUT, 1)], [1]),
        ([edit(Target.INPUT, 1), edit(Target.INPUT, 2)], [2]),
        ([edit(Target.INPUT, 1), begun("a")], []),
        ([edit(Target.INPUT, 1), begun("a", 2)], [1]),
        ([paused("a"), edit(Target.INPUT, 1)], []),
        ([edit(Target.OUTPUT, 1, AFTER)], []),
    ],
)
def test_what_was_changed_ahead_of_a_visit_that_never_came_is_unused(
    events: list[RunEvent], unused: list[Any]
) -> None:
    assert [event.value for event in edits(*events).unused] == unused


@pytest.mark.parametrize(
    ("key", "output"),
    [
        (("a", "", 1), "any"),
        (("a", "loop[0]", 1), "in a body"),
        (("a", "loop[1]", 2), "second"),
        (("a", "loop[0]", 2), "second in a body"),
        (("b", "", 1), None),
    ],
)
def test_the_narrowest_pin_counts(key: VisitKey, output: str | None) -> None:
    pins = (
        Pinned(node_id="a", output="any"),
        Pinned(node_id="a", path="loop[0]", output="in a body"),
        Pinned(node_id="a", visit=2, output="second"),
        Pinned(node_id="a", path="loop[0]", visit=2, output="second in a body"),
    )
    wish = DebugWish(pins=pins)
    created = RunCreated(at=AT, workflow_id="w", version=1, input={}, node_count=1, debug=wish)
    pin = edits(created).pin_of(key)
    assert (pin and pin.output) == output
