"""Whether a visit stops, and why."""

from __future__ import annotations

from typing import Any

import pytest

from services.domain.debug.judging import Judge, Verdict, Why
from services.domain.debugging import Debugging, Mark
from services.domain.events.base import RunError
from services.domain.events.stops import BreakOn, Breakpoint, StopReason
from tests.unit.services.domain.debug.visits import place, plan_of, step
from workflow_compiler.debugging import Arrival, Breakdown, Departure
from workflow_compiler.errors import ErrorType, Origin
from workflow_compiler.trace import Failure

LOOP = {"id": "loop", "type": "foreach", "config": {"items": "[1, 2]"}}
PLAN = plan_of(
    step("a"),
    step("b"),
    step("c"),
    LOOP,
    step("x", parent="loop"),
    step("y", parent="loop"),
    edges="a>b a>c b>loop x>y",
)
JUDGE = Judge(PLAN)
STEP, NO_STOP = StopReason.STEP, Verdict()


def edge(name: str) -> int:
    """The number of an edge of the plan."""
    (number,) = (number for number, each in enumerate(PLAN.edges) if each.id == name)
    return number


def arrival(node: str, *consumed: str, path: str = "", **scope: Any) -> Arrival:
    return Arrival(
        node_id=node,
        path=path,
        visit=1,
        attempt=1,
        scope=scope,
        consumed=tuple(map(edge, consumed)),
        has_begun=False,
        input={},
    )


def departure(node: str, *taken: str, **scope: Any) -> Departure:
    return Departure(
        node_id=node,
        path="",
        visit=1,
        attempt=1,
        scope=scope,
        output=None,
        writes=(),
        handle=None,
        usage=None,
        returned=False,
        taken=[*map(edge, taken)],
    )


def breakdown(node: str) -> Breakdown:
    return Breakdown(
        node_id=node,
        path="",
        visit=1,
        attempt=3,
        scope={},
        failure=Failure(type=ErrorType.TIMEOUT, message="late"),
        origin=Origin(type=ErrorType.TIMEOUT, message="late", node_id=node, path=""),
    )


def before(debugging: Debugging, moment: Arrival, *, is_held: bool = False) -> Why | None:
    return JUDGE.before(debugging, moment, is_held=is_held).why


def breaking(*breakpoints: Breakpoint, **more: Any) -> Debugging:
    return Debugging(breakpoints=breakpoints, **more)


def stopped_by(verdict: Verdict) -> str | None:
    return None if verdict.why is None else verdict.why.breakpoint_id


@pytest.mark.parametrize(
    ("breakpoint_", "stops"),
    [
        (Breakpoint(id="1", node_id="a"), {"before a"}),
        (Breakpoint(id="1", node_id="a", is_enabled=False), set()),
        (Breakpoint(id="1", node_id="b"), set()),
        (Breakpoint(id="1", node_id="a", on=BreakOn.AFTER), {"after a"}),
        (Breakpoint(id="1", node_id="a", on=BreakOn.ERROR), {"failed a"}),
        (Breakpoint(id="1", on=BreakOn.ERROR), {"failed a"}),
        (Breakpoint(id="1", edge_id="a>b", on=BreakOn.EDGE), {"after a"}),
        (Breakpoint(id="1", edge_id="a>c", on=BreakOn.EDGE), set()),
        (Breakpoint(id="1", edge_id="a>b", on=BreakOn.EDGE, is_enabled=False), set()),
    ],
)
def test_a_breakpoint_looks_at_its_moment_of_its_node(
    breakpoint_: Breakpoint, stops: set[str]
) -> None:
    debugging = breaking(breakpoint_)
    verdicts = {
        "before a": JUDGE.before(debugging, arrival("a"), is_held=False),
        "after a": JUDGE.after(debugging, departure("a", "a>b")),
        "failed a": JUDGE.failed(debugging, breakdown("a")),
    }
    assert {moment for moment, verdict in verdicts.items() if verdict.why is not None} == stops


@pytest.mark.parametrize(
    ("condition", "stops", "error"),
    [
        ("input.n > 1", True, None),
        ("input.n > 2", False, None),
        ("input.n", True, None),
        ("input.name == 'Ada'", True, ErrorType.EXPRESSION),
    ],
)
def test_a_condition_decides_and_stops_where_it_cannot_be_worked_out(
    condition: str, *, stops: bool, error: ErrorType | None
) -> None:
    debugging = breaking(Breakpoint(id="1", node_id="a", condition=condition))
    why = before(debugging, arrival("a", input={"n": 2}))
    assert (why is not None) is stops
    assert (why and why.error and why.error.type) == error
    if why is not None and isinstance(why.error, RunError):
        assert why.error.message.startswith("the condition: ")


@pytest.mark.parametrize(
    ("hits", "matched", "verdict"),
    [(1, 0, (False, True)), (3, 0, (True, False)), (3, 1, (True, False)), (3, 2, (True, True))],
)
def test_a_breakpoint_that_counts_stops_from_its_match_on(
    hits: int, matched: int, verdict: tuple[bool, bool]
) -> None:
    debugging = breaking(Breakpoint(id="1", node_id="a", hits=hits), hits={"1": matched})
    found = JUDGE.before(debugging, arrival("a"), is_held=False)
    assert (bool(found.hits), found.why is not None) == verdict
    assert dict(found.hits) == ({"1": matched + 1} if verdict[0] else {})


def test_the_first_breakpoint_is_named_and_all_count() -> None:
    counting = Breakpoint(id="2", node_id="a", hits=2)
    debugging = breaking(Breakpoint(id="1", node_id="a"), counting)
    verdict = JUDGE.before(debugging, arrival("a"), is_held=False)
    assert (stopped_by(verdict), verdict.hits) == ("1", (("2", 1),))


def test_a_breakpoint_comes_before_all_other_reasons() -> None:
    debugging = breaking(Breakpoint(id="1", node_id="a"), is_stepping=True, until="a")
    why = before(debugging, arrival("a"), is_held=True)
    assert why is not None
    assert why.reason is StopReason.BREAKPOINT


@pytest.mark.parametrize(
    ("debugging", "is_held", "reason"),
    [
        (Debugging(until="a", is_stepping=True), True, StopReason.RUN_TO),
        (Debugging(is_stepping=True), True, STEP),
        (Debugging(until="b"), True, StopReason.PAUSE),
        (Debugging(until="b"), False, None),
    ],
)
def test_without_a_breakpoint_one_reason_comes_before_another(
    debugging: Debugging, *, is_held: bool, reason: StopReason | None
) -> None:
    why = before(debugging, arrival("a"), is_held=is_held)
    assert (why and why.reason) == reason


def over(node: str, path: str = "") -> Mark:
    return Mark(place=place(node, path))


def into(node: str) -> Mark:
    return Mark(place=place(node), is_entered=True)


@pytest.mark.parametrize(
    ("mark", "moment", "stops"),
    [
        (over("a"), arrival("b", "a>b"), True),
        (over("a"), arrival("c", "a>c"), True),
        (over("b"), arrival("c", "a>c"), False),
        (over("b"), arrival("loop", "b>loop"), True),
        # The first node of a body follows who stepped into its container, not over it.
        (into("loop"), arrival("x", path="loop[0]"), True),
        (over("loop"), arrival("x", path="loop[0]"), False),
        # The first of another body follows what was stepped in one of them.
        (over("y", "loop[0]"), arrival("x", path="loop[1]"), True),
        (over("x", "loop[0]"), arrival("y", "x>y", path="loop[0]"), True),
        (over("x", "loop[0]"), arrival("y", "x>y", path="loop[1]"), False),
        (over("a"), arrival("x", path="loop[0]"), False),
    ],
)
def test_a_step_stops_at_what_follows_it(mark: Mark, moment: Arrival, *, stops: bool) -> None:
    why = before(Debugging(trail=(mark,)), moment)
    expected = Why(reason=STEP, followed=(mark.place,)) if stops else None
    assert why == expected


@pytest.mark.parametrize(
    ("trail", "stops"), [((), True), ((over("loop"),), False), ((into("loop"),), True)]
)
def test_who_stops_everywhere_does_not_inside_of_what_is_stepped_over(
    trail: tuple[Mark, ...], *, stops: bool
) -> None:
    debugging = Debugging(is_stepping=True, trail=trail)
    inner = arrival("y", "x>y", path="loop[0]")
    assert (before(debugging, inner) is not None) is stops


def test_after_its_work_a_visit_stops_at_breakpoints_only() -> None:
    debugging = Debugging(is_stepping=True, until="a", trail=(over("a"),))
    assert JUDGE.after(debugging, departure("a", "a>b")) == NO_STOP
    assert JUDGE.failed(debugging, breakdown("a")) == NO_STOP
