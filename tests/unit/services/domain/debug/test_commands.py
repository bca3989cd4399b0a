"""What somebody asks for who debugs a run, and what that makes of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from services.domain.control import Decide, Decision
from services.domain.debug.commands import (
    Edit,
    Where,
    breaking,
    continuing,
    editing,
    found_stop,
    leaving,
    marking,
    releasing,
    skipping,
    step_by_step,
)
from services.domain.debugging import NOT_DEBUGGED, Debugging, debugged
from services.domain.events.stops import (
    Breakpoint,
    BreakpointsSet,
    Going,
    Halted,
    NodeReleased,
    Position,
    RunContinued,
    StateEdited,
    SteppingBegun,
    Target,
)
from services.domain.events.vocabulary import RunEvent
from services.domain.runs import Run, RunStatus
from services.errors import (
    EditError,
    NotStoppedError,
    RunIsOverError,
    RunIsStoppingError,
    SeveralStopsError,
)
from tests.unit.services.domain.debug.visits import AT, paused, place, run_of

ANY, A = Where(), Where(node_id="a")
OUTPUT = Edit(target=Target.OUTPUT, value=1)
INPUT = Edit(target=Target.INPUT, value={})


def stopped(*events: RunEvent) -> Debugging:
    debugging: Debugging | None = None
    for event in events:
        debugging = debugged(debugging, event)
    return debugging or NOT_DEBUGGED


def decided(decide: Decide, run: Run) -> Decision:
    return decide(run, True)


def kinds(decision: Decision) -> list[type[RunEvent]]:
    return [type(event) for event in decision.events]


STOPPED = run_of(stopped(paused("a")))

ALL: dict[str, Decide] = {
    "break": breaking(lambda before: before, AT),
    "release": releasing(ANY, Going.OVER, AT),
    "skip": skipping(ANY, 1, Going.OVER, AT),
    "leave": leaving(place("loop"), lambda _: True, AT),
    "mark": marking(place("a"), AT),
    "step by step": step_by_step(AT),
    "continue": continuing(AT),
    "edit": editing(ANY, [OUTPUT], AT),
}


@pytest.mark.parametrize("decide", ALL.values(), ids=ALL)
def test_of_a_run_that_is_over_or_about_to_be_nothing_can_be_asked(decide: Decide) -> None:
    for status in (RunStatus.COMPLETED, RunStatus.FAILED, RunStatus.CANCELLED):
        with pytest.raises(RunIsOverError):
            decided(decide, run_of(STOPPED.debugging, status))
    with pytest.raises(RunIsStoppingError):
        decided(decide, run_of(STOPPED.debugging, RunStatus.CANCELLING))


@pytest.mark.parametrize(
    ("where", "found"),
    [
        (Where(node_id="a", path="loop[0]"), ("a", "loop[0]", 1)),
        (Where(visit=2), ("a", "loop[1]", 2)),
        (Where(node_id="b"), ("b", "", 1)),
        (Where.of(place("a", "loop[1]", 2)), ("a", "loop[1]", 2)),
        (ANY, SeveralStopsError),
        (A, SeveralStopsError),
        (Where(node_id="c"), NotStoppedError),
        (Where(node_id="b", visit=2), NotStoppedError),
    ],
)
def test_a_stop_is_named_as_far_as_it_must_be(
    where: Where, found: tuple[str, str, int] | type[Exception]
) -> None:
    run = run_of(
        stopped(paused("a", path="loop[0]"), paused("a", path="loop[1]", visit=2), paused("b"))
    )
    if isinstance(found, tuple):
        assert found_stop(run, where).place.key == found
        return
    with pytest.raises(found):
        found_stop(run, where)


def test_a_release_lets_one_visit_go_on_from_where_it_is() -> None:
    run = run_of(stopped(paused("a", Position.ERROR, attempt=3), paused("b")))
    decision = decided(releasing(A, Going.INTO, AT, again=True), run)
    assert decision.events == (
        NodeReleased(
            at=AT,
            node_id="a",
            visit=1,
            attempt=3,
            going=Going.INTO,
            position=Position.ERROR,
            again=True,
        ),
    )


@pytest.mark.parametrize("position", [Position.BEFORE, Position.AFTER])
def test_only_what_has_failed_is_tried_again(position: Position) -> None:
    with pytest.raises(EditError, match="only what has failed"):
        decided(releasing(ANY, Going.OVER, AT, again=True), run_of(stopped(paused("a", position))))


def test_a_skip_is_an_edit_and_a_release_at_once() -> None:
    decision = decided(skipping(A, None, Going.OVER, AT), STOPPED)
    edit, release = decision.events
    assert isinstance(edit, StateEdited)
    assert (edit.target, edit.value, edit.position) == (Target.OUTPUT, None, Position.BEFORE)
    assert isinstance(release, NodeReleased)


STEPS: dict[str, Callable[[], Decide]] = {
    "release": lambda: releasing(A, Going.OVER, AT),
    "skip": lambda: skipping(A, 1, Going.OVER, AT),
    "leave": lambda: leaving(place("loop"), lambda _: True, AT),
    "mark": lambda: marking(place("a"), AT),
}


@pytest.mark.parametrize("step", STEPS.values(), ids=STEPS)
@pytest.mark.parametrize(
    ("status", "is_held", "is_due"),
    [
        (RunStatus.RUNNING, False, False),
        (RunStatus.WAITING, False, True),
        (RunStatus.PAUSED, False, True),
        (RunStatus.PAUSED, True, True),
        (RunStatus.RUNNING, True, False),
    ],
)
def test_a_step_in_a_paused_run_lets_the_others_stop_one_by_one(
    step: Callable[[], Decide], status: RunStatus, *, is_held: bool, is_due: bool
) -> None:
    decision = decided(step(), run_of(STOPPED.debugging, status, is_held=is_held))
    assert (kinds(decision)[0] is SteppingBegun) is is_held
    assert decision.is_held is (False if is_held else None)
    assert decision.is_due is is_due


def test_who_steps_already_does_not_begin_again() -> None:
    run = run_of(stopped(SteppingBegun(at=AT), paused("a")), is_held=True)
    assert kinds(decided(releasing(A, Going.OVER, AT), run)) == [NodeReleased]
    assert decided(step_by_step(AT), run).events == ()
    assert kinds(decided(step_by_step(AT), run_of(None))) == [SteppingBegun]


def test_who_leaves_a_container_lets_go_on_what_is_inside_and_stops_after_it() -> None:
    run = run_of(stopped(paused("a", path="loop[0]"), paused("b")))
    decision = decided(leaving(place("loop"), lambda stop: bool(stop.place.path), AT), run)
    freed, mark = decision.events
    assert isinstance(freed, NodeReleased)
    assert (freed.node_id, freed.going) == ("a", Going.CONTINUE)
    assert isinstance(mark, NodeReleased)
    assert (mark.node_id, mark.position, mark.going) == ("loop", None, Going.OVER)


def test_all_that_has_stopped_goes_on_up_to_a_node() -> None:
    run = run_of(stopped(paused("a"), paused("b", Position.AFTER)), RunStatus.PAUSED, is_held=True)
    decision = decided(continuing(AT, "z"), run)
    halts = (
        Halted(place=place("a"), position=Position.BEFORE),
        Halted(place=place("b"), position=Position.AFTER),
    )
    assert decision == Decision(
        events=(RunContinued(at=AT, released=halts, until="z"),), is_held=False, is_due=True
    )


def test_breakpoints_are_changed_also_before_a_run_has_begun() -> None:
    one = Breakpoint(id="1", node_id="a")
    decision = decided(breaking(lambda before: [*before, one], AT), run_of(None, RunStatus.PENDING))
    assert decision == Decision(events=(BreakpointsSet(at=AT, breakpoints=(one,)),))


@pytest.mark.parametrize(
    ("position", "edit", "matters"),
    [
        (Position.BEFORE, INPUT, True),
        (Position.ERROR, INPUT, True),
        (Position.AFTER, INPUT, False),
        *((position, OUTPUT, True) for position in Position),
        *((p, Edit(target=Target.VARIABLE, name="x", value=1), True) for p in Position),
    ],
)
def test_what_matters_no_more_is_not_edited(
    position: Position, edit: Edit, *, matters: bool
) -> None:
    run = run_of(stopped(paused("a", position)))
    if matters:
        (event,) = decided(editing(A, [edit], AT), run).events
        assert isinstance(event, StateEdited)
        assert (event.target, event.name, event.value) == (edit.target, edit.name, edit.value)
        assert event.position is position
        return
    with pytest.raises(EditError) as refused:
        decided(editing(A, [edit], AT), run)
    assert [*refused.value.reasons] == ["/input"]
