"""How a run is being debugged, as its log tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.domain.debugging import (
    NOT_DEBUGGED,
    Debugging,
    Mark,
    Passed,
    debugged,
    releases,
)
from services.domain.events.runs import RunCreated
from services.domain.events.stops import (
    Breakpoint,
    BreakpointHit,
    BreakpointsSet,
    DebugWish,
    Going,
    Halted,
    NodeReleased,
    Position,
    RunContinued,
    SteppingBegun,
    StopReason,
)
from services.domain.events.vocabulary import NodeCancelled, NodeRetrying, RunEvent
from tests.unit.services.domain.debug.visits import AT, begun, done, paused, place

BEFORE, AFTER, ERROR = Position.BEFORE, Position.AFTER, Position.ERROR


def after(*events: RunEvent) -> Debugging:
    debugging: Debugging | None = None
    for event in events:
        debugging = debugged(debugging, event)
    assert debugging is not None
    return debugging


def released(
    node: str,
    position: Position | None = BEFORE,
    going: Going = Going.OVER,
    *,
    again: bool = False,
) -> NodeReleased:
    return NodeReleased(at=AT, node_id=node, visit=1, going=going, position=position, again=again)


def where(debugging: Debugging) -> list[tuple[str, str]]:
    return [(stop.place.node_id, stop.position.value) for stop in debugging.stops]


def test_what_nobody_debugs_is_not_debugged() -> None:
    assert debugged(None, begun("a")) is None
    assert debugged(None, done("a")) is None


def test_a_run_may_be_debugged_from_its_beginning() -> None:
    wish = DebugWish(breakpoints=(Breakpoint(id="1", node_id="a"),), is_stepping=True)
    created = RunCreated(at=AT, workflow_id="w", version=1, input={}, node_count=1, debug=wish)
    debugging = after(created)
    assert (debugging.breakpoints, debugging.is_stepping) == (wish.breakpoints, True)
    assert debugging.is_on_its_way
    assert debugged(None, replace(created, debug=None)) is None


@pytest.mark.parametrize(
    ("stopped_at", "then", "left"),
    [
        (BEFORE, begun("a"), []),
        (BEFORE, begun("b"), [("a", "before")]),
        (BEFORE, begun("a", 2), [("a", "before")]),
        (AFTER, begun("a"), [("a", "after")]),
        (AFTER, done("a"), []),
        (ERROR, done("a"), []),
        (ERROR, NodeRetrying(at=AT, node_id="a", visit=1, delay_seconds=0.0), []),
        (BEFORE, NodeRetrying(at=AT, node_id="a", visit=1, delay_seconds=0.0), [("a", "before")]),
        (AFTER, NodeCancelled(at=AT, node_id="a", visit=1), []),
        (BEFORE, paused("a", AFTER), [("a", "after")]),
        (BEFORE, paused("b"), [("a", "before"), ("b", "before")]),
    ],
)
def test_a_stop_lasts_until_the_visit_is_somewhere_else(
    stopped_at: Position, then: RunEvent, left: list[tuple[str, str]]
) -> None:
    assert where(after(paused("a", stopped_at), then)) == left


def test_what_is_released_may_pass_until_it_has() -> None:
    debugging = after(paused("a"), released("a", again=True))
    assert debugging.stops == ()
    assert debugging.passes(place("a"), BEFORE) == Passed(
        place=place("a"), position=BEFORE, again=True
    )
    assert debugging.passes(place("a"), AFTER) is None
    assert debugged(debugging, begun("a")) == replace(debugging, passed=())


def test_a_release_of_another_moment_releases_nothing() -> None:
    debugging = after(paused("a", AFTER), released("a", BEFORE))
    assert where(debugging) == [("a", "after")]
    assert debugging.passed == ()


@pytest.mark.parametrize(
    ("going", "trail"),
    [
        (Going.OVER, (Mark(place=place("b")),)),
        (Going.INTO, (Mark(place=place("b"), is_entered=True),)),
        (Going.CONTINUE, ()),
    ],
)
def test_a_step_goes_on_from_where_the_one_before_it_has_led(
    going: Going, trail: tuple[Mark, ...]
) -> None:
    first = after(paused("a"), released("a"))
    assert first.trail == (Mark(place=place("a")),)
    arrived = debugged(first, paused("b", followed=(place("a"),)))
    stepped = debugged(arrived, released("b", going=going))
    assert stepped is not None
    assert stepped.trail == trail


def test_steps_of_parallel_branches_leave_one_anothers_marks() -> None:
    debugging = after(paused("a"), paused("b"), released("a"), released("b"))
    assert [mark.place.node_id for mark in debugging.trail] == ["a", "b"]


def test_all_that_goes_on_together_stops_no_more() -> None:
    halts = (Halted(place=place("a"), position=BEFORE), Halted(place=place("b"), position=AFTER))
    debugging = after(
        SteppingBegun(at=AT),
        paused("a"),
        paused("b", AFTER),
        RunContinued(at=AT, released=halts, until="z"),
    )
    assert (debugging.stops, debugging.trail, debugging.is_stepping) == ((), (), False)
    assert [each.place.node_id for each in debugging.passed] == ["a", "b"]
    assert debugging.until == "z"
    assert (
        after(RunContinued(at=AT, until="z"), paused("z", reason=StopReason.RUN_TO)).until is None
    )


def test_a_stop_that_came_later_stays_when_the_others_go_on() -> None:
    debugging = after(paused("a"), paused("b"), RunContinued(at=AT, released=()))
    assert where(debugging) == [("a", "before"), ("b", "before")]


def test_hits_count_for_as_long_as_their_breakpoint_is_the_same() -> None:
    one, two = (Breakpoint(id=name, node_id="a", hits=5) for name in "12")
    hits = [BreakpointHit(at=AT, node_id="a", visit=1, breakpoint_id=n, hits=3) for n in "12"]
    before = after(BreakpointsSet(at=AT, breakpoints=(one, two)), *hits)
    assert before.hits == {"1": 3, "2": 3}
    changed = debugged(before, BreakpointsSet(at=AT, breakpoints=(one, replace(two, hits=2))))
    assert changed is not None
    assert changed.hits == {"1": 3}


def test_whoever_asks_is_counted_and_what_happens_is_not() -> None:
    asked = (BreakpointsSet(at=AT, breakpoints=()), SteppingBegun(at=AT), RunContinued(at=AT))
    assert after(*asked, paused("a"), released("a"), begun("a")).commands == 4


@pytest.mark.parametrize(
    ("event", "lets_go"),
    [
        (released("a"), True),
        (released("a", None), False),
        (RunContinued(at=AT), True),
        (SteppingBegun(at=AT), False),
        (BreakpointsSet(at=AT, breakpoints=()), False),
        (begun("a"), False),
    ],
)
def test_some_of_what_is_asked_lets_something_go_on(event: RunEvent, *, lets_go: bool) -> None:
    assert releases(event) is lets_go


def test_the_clocks_stand_still_from_the_first_stop_to_the_last() -> None:
    def at(seconds: int) -> timedelta:
        return timedelta(seconds=seconds)

    debugging = after(
        paused("a", at=AT + at(10)),
        paused("b", at=AT + at(20)),
        replace(begun("a"), at=AT + at(30)),
    )
    assert (debugging.stands, debugging.stood) == (True, at(0))
    assert debugging.stood_until(AT + at(40)) == at(30)
    gone = debugged(debugging, replace(begun("b"), at=AT + at(50)))
    assert gone is not None
    assert (gone.stands, gone.stood_until(AT + at(1_000))) == (False, at(40))


def test_a_pause_stops_no_clock() -> None:
    assert not after(paused("a", reason=StopReason.PAUSE)).stands
    assert not NOT_DEBUGGED.stands
