"""A visit that goes on where an earlier execution of the run left it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import anyio
import pytest

from tests.unit.workflow_compiler.running import PatientClock, edge, node, run, workflow
from workflow_compiler import default_registry
from workflow_compiler.errors import ErrorType, NodeError, Origin
from workflow_compiler.history import BegunVisit, History
from workflow_compiler.ports import NodeContext
from workflow_compiler.trace import AttemptFailed, Failure, VisitCompleted, VisitFailed
from workflow_compiler.usage import Usage
from workflow_compiler.waiting import Wait

START = datetime(2026, 1, 1, tzinfo=UTC)
"""When the patient clock begins."""

THREE = Usage(total_tokens=3)


def history(node_id: str, **begun: Any) -> History:
    return History(begun={(node_id, "", 1): BegunVisit(**{"attempt": 1, "failures": 0, **begun})})


async def test_what_the_attempts_before_used_is_part_of_the_sum():
    async def fail_once(context: NodeContext) -> None:
        if context.failures < 2:
            raise NodeError(ErrorType.CONNECTIVITY, "no answer", THREE)

    outcome = await run(
        workflow(node("a", "python", function="fail_once", retry={"max_attempts": 3})),
        registry=default_registry({"fail_once": fail_once}),
        clock=PatientClock(),
        history=history("a", failures=1, usage=THREE),
    )
    [failed], [completed] = outcome.all(AttemptFailed), outcome.all(VisitCompleted)
    assert (failed.usage, completed.usage) == (THREE, Usage(total_tokens=6))


async def test_a_failure_keeps_its_beginning_when_only_its_end_was_lost():
    origin = Origin(type=ErrorType.EXECUTION, message="no", node_id="deep", path="safe.try")
    why = Failure(type=ErrorType.EXECUTION, message="safe.try.deep: no")
    nodes = node("safe", "try"), node("deep", parent="safe", slot="try"), node("after")
    outcome = await run(
        workflow(*nodes, edges=(edge("safe", "after", on="error"),)),
        history=history("safe", failures=1, failure=why, origin=origin),
    )
    [failed] = outcome.all(VisitFailed)
    assert (failed.failure, failed.origin) == (why, origin)


async def test_an_attempt_says_where_its_failure_began():
    nodes = node("safe", "try"), node("deep", expression="1 / 0", parent="safe", slot="try")
    outcome = await run(workflow(*nodes))
    [failed] = (told for told in outcome.all(AttemptFailed) if told.node_id == "safe")
    assert failed.origin is not None
    assert (failed.origin.node_id, failed.origin.path) == ("deep", "safe.try")


class Unanswered:
    """A port on which nobody answers; it knows until when it was asked."""

    until: datetime | None = None

    async def answer(self, wait: Wait, context: NodeContext) -> Any:
        del wait
        self.until = context.run.until
        await anyio.sleep_forever()


@pytest.mark.parametrize("kind", ["alone", "inside"])
async def test_a_timer_counts_from_where_its_attempt_began(kind: str):
    timed: dict[str, Any] = {"timeout_seconds": 60, "retry": {"max_attempts": 1}}
    ask = {"prompt": "Well?", "form": {"type": "object"}}
    nodes = {
        "alone": [node("a", "human", **ask, **timed)],
        "inside": [node("a", "try", **timed), node("b", "human", **ask, parent="a", slot="try")],
    }[kind]
    waits = Unanswered()
    begun = history("a", waits=True, since=START - timedelta(seconds=59.95))
    outcome = await run(workflow(*nodes), clock=PatientClock(), history=begun, waits=waits)
    assert outcome.error is not None
    assert outcome.error.failure.message == "no result within 60 s"
    if kind == "alone":
        assert waits.until is not None
        assert waits.until - START < timedelta(seconds=1)
    else:
        assert waits.until is None, "the timer of a container may stand still"
