"""What the log of a run says about its past."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.domain.events.base import RunError
from services.domain.events.runs import Resumption, RunResumed
from services.domain.events.vocabulary import (
    EdgeDecided,
    NodeAttemptFailed,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    RunEvent,
)
from services.domain.events.waits import (
    NodeWaiting,
    SignalReceived,
    TaskCompleted,
    TimerFired,
    WaitKind,
)
from services.domain.history import Past
from tests.unit.workflow_compiler.running import edge, node, workflow
from workflow_compiler import parse, plan
from workflow_compiler.errors import ErrorType, Origin
from workflow_compiler.history import BegunVisit, EndedVisit
from workflow_compiler.trace import EdgeKind, Failure
from workflow_compiler.usage import Usage

AT = datetime(2026, 1, 1, tzinfo=UTC)
PLAN = plan(
    parse(
        workflow(
            *map(node, "abcd"),
            edges=(edge("a", "b"), edge("a", "c", condition="true"), edge("a", "d", on="error")),
        )
    )
)
TO_B, TO_C, TO_D = 0, 1, 2
FIRST = ("a", "", 1)
SLOW = RunError(type=ErrorType.TIMEOUT, message="slow")
WHY = Failure(type=ErrorType.TIMEOUT, message="slow")
ORIGIN = Origin(type=ErrorType.TIMEOUT, message="slow", node_id="deep", path="a.try")


def at_a(kind: type[Any], /, **fields: Any) -> RunEvent:
    event: RunEvent = kind(**{"at": AT, "node_id": "a", "visit": 1, **fields})
    return event


def decided(edge_number: int, *, taken: bool) -> RunEvent:
    planned = PLAN.edges[edge_number]
    return at_a(
        EdgeDecided,
        edge_id=planned.id,
        target=PLAN.nodes[planned.target].id,
        taken=taken,
        kind=EdgeKind.CONDITION,
    )


def waits(due_at: datetime | None = None) -> RunEvent:
    return at_a(NodeWaiting, kind=WaitKind.TASK, due_at=due_at)


STARTED = at_a(NodeStarted, input=None)
FAILED_ONCE = at_a(NodeAttemptFailed, error=SLOW)
PAID = at_a(NodeAttemptFailed, error=SLOW, usage=Usage(total_tokens=3))
RETRIES = at_a(NodeRetrying, attempt=2, delay_seconds=1)
LOST = RunResumed(at=AT, attempt=2, reason=Resumption.LOST)
ANSWERED = at_a(TaskCompleted, task_id="t", answer=1, by="Ada")


def past(*events: RunEvent) -> Past:
    found = Past(PLAN)
    for event in events:
        found.take([event])
    return found


@pytest.mark.parametrize(
    ("events", "ended"),
    [
        (
            [decided(TO_C, taken=True), at_a(NodeCompleted, output=7, writes=(("n", 1),))],
            EndedVisit(attempt=1, output=7, writes=(("n", 1),), taken=(TO_B, TO_C)),
        ),
        (
            [decided(TO_C, taken=False), at_a(NodeCompleted, output=7, attempt=3)],
            EndedVisit(attempt=3, output=7, taken=(TO_B,)),
        ),
        (
            [at_a(NodeCompleted, output=7, returned=True)],
            EndedVisit(attempt=1, output=7, returned=True),
        ),
        (
            [at_a(NodeFailed, error=SLOW, origin=ORIGIN)],
            EndedVisit(attempt=1, failure=WHY, origin=ORIGIN),
        ),
        (
            [decided(TO_D, taken=True), at_a(NodeFailed, error=SLOW, handled=True)],
            EndedVisit(attempt=1, failure=WHY, taken=(TO_D,)),
        ),
    ],
)
def test_the_end_of_a_visit_is_known(events: Sequence[RunEvent], ended: EndedVisit):
    assert past(STARTED, *events).history().ended == {FIRST: ended}


@pytest.mark.parametrize(
    ("events", "begun"),
    [
        ([STARTED], BegunVisit(attempt=1, failures=0, since=AT)),
        ([STARTED, FAILED_ONCE], BegunVisit(attempt=1, failures=1, since=AT, failure=WHY)),
        (
            [STARTED, FAILED_ONCE, RETRIES],
            BegunVisit(attempt=2, failures=1, since=AT + timedelta(seconds=1)),
        ),
        (
            [STARTED, at_a(NodeAttemptFailed, error=SLOW, origin=ORIGIN)],
            BegunVisit(attempt=1, failures=1, since=AT, failure=WHY, origin=ORIGIN),
        ),
        (
            [STARTED, PAID, RETRIES, PAID, RETRIES],
            BegunVisit(
                attempt=2, failures=2, since=AT + timedelta(seconds=1), usage=Usage(total_tokens=6)
            ),
        ),
        ([STARTED, waits()], BegunVisit(attempt=1, failures=0, since=AT, waits=True)),
        ([STARTED, waits(), ANSWERED], BegunVisit(attempt=1, failures=0, since=AT, waits=True)),
    ],
)
def test_how_far_a_visit_came_is_known(events: Sequence[RunEvent], begun: BegunVisit):
    assert past(*events).history().begun == {FIRST: begun}


@pytest.mark.parametrize(
    "answer",
    [ANSWERED, at_a(TimerFired), at_a(SignalReceived, name="n", key="k", payload=None)],
)
def test_what_waits_and_what_was_answered_is_known(answer: RunEvent):
    waiting = past(STARTED, waits(AT))
    assert (waiting.waits, set(waiting.answered)) == ({FIRST: AT}, set())
    assert set(past(STARTED, waits(AT), answer).answered) == {FIRST}


def test_what_was_stopped_and_what_was_told_is_known():
    found = past(
        STARTED,
        at_a(NodeCancelled),
        NodeSkipped(at=AT, node_id="b", path="loop[1]"),
    )
    assert set(found.history().stopped) == {FIRST}
    assert set(found.told) == {("a", ""), ("b", "loop[1]")}


@pytest.mark.parametrize(
    ("events", "crashes"),
    [
        ([], 0),
        ([STARTED, LOST], 1),
        ([STARTED, LOST, LOST], 2),
        ([STARTED, LOST, STARTED, LOST], 2),
        ([LOST, RunResumed(at=AT, attempt=3, reason=Resumption.RELEASED)], 1),
        ([LOST, at_a(NodeCompleted, output=1)], 0),
        ([LOST, at_a(NodeFailed, error=SLOW)], 0),
        ([LOST, FAILED_ONCE], 0),
        ([LOST, waits()], 0),
        ([LOST, ANSWERED], 0),
    ],
)
def test_crashes_count_until_the_run_comes_further(events: Sequence[RunEvent], crashes: int):
    assert past(*events).crashes == crashes
