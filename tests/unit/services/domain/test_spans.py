from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from services.domain.events.base import RunError
from services.domain.events.runs import (
    Resumption,
    RunCancelled,
    RunCompleted,
    RunCreated,
    RunFailed,
    RunResumed,
    Source,
    SourceKind,
)
from services.domain.events.vocabulary import (
    NodeAttemptFailed,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeStarted,
    RunEvent,
)
from services.domain.spans import About, Span, Story
from services.domain.traces import SpanRef, span_of_run, span_of_visit
from workflow_compiler.errors import ErrorType

RUN = "0199d3a0-0000-7000-8000-000000000001"
NODES = {"a": {"type": "python"}, "loop": {"type": "foreach"}}
INSIDE = {"deep": {"type": "foreach", "parent": "loop"}, "in": {"type": "llm", "parent": "deep"}}
REF = span_of_run(RUN, None)
CREATED = RunCreated(
    workflow_id="w", version=1, input={}, node_count=2, at=datetime(2026, 1, 1, tzinfo=UTC)
)
BROKEN = RunError(type=ErrorType.TIMEOUT, message="too late")


def after(seconds: int) -> datetime:
    return CREATED.at + timedelta(seconds=seconds)


def told(events: Sequence[RunEvent]) -> list[Span]:
    about = About(
        run_id=RUN,
        project_id="p",
        workflow_id="w",
        workflow="greeting",
        version=1,
        nodes=NODES | INSIDE,
    )
    story = Story(about)
    return [span for event in events for span in story.hear(event)]


def visit(node_id: str, begin: int, end: int, **place: Any) -> list[RunEvent]:
    place = {"node_id": node_id, "visit": 1} | place
    return [
        NodeStarted(**place, input={}, at=after(begin)),
        NodeCompleted(**place, output=1, at=after(end)),
    ]


def test_a_run_is_around_its_visits():
    inner, outer = told([CREATED, *visit("a", 1, 3), RunCompleted(output={}, at=after(5))])

    assert (inner.name, inner.start, inner.end) == ("python a", after(1), after(3))
    assert inner.parent == outer.ref == REF
    assert (outer.name, outer.parent) == ("invoke_workflow greeting", None)
    assert (outer.start, outer.end, outer.error) == (CREATED.at, after(5), None)
    assert outer.attributes["workflow.run.status"] == "completed"


def test_attempts_and_resumptions_are_notes():
    place = {"node_id": "a", "visit": 1}
    inner, outer = told(
        [
            CREATED,
            NodeStarted(**place, input={}, at=after(1)),
            NodeAttemptFailed(**place, error=BROKEN, at=after(2)),
            NodeRetrying(**place, delay_seconds=1.0, at=after(2)),
            RunResumed(attempt=2, reason=Resumption.LOST, at=after(3)),
            NodeFailed(**place, attempt=2, error=BROKEN, at=after(4)),
            RunFailed(error=BROKEN, at=after(4)),
        ]
    )
    assert [note.name for note in inner.notes] == ["node.attempt_failed", "node.retrying"]
    assert (inner.start, inner.error) == (after(1), "too late")
    assert inner.attributes["workflow.node.attempts"] == 2
    assert [note.name for note in outer.notes] == ["run.resumed"]
    assert (outer.attributes["error.type"], outer.error) == ("TIMEOUT", "too late")


def test_what_is_in_a_container_is_a_child_of_its_visit():
    again = {"node_id": "loop", "visit": 2, "path": ""}
    deep = {"node_id": "deep", "visit": 1, "path": "loop#2[7]"}
    spans = told(
        [
            CREATED,
            *visit("loop", 1, 2),
            NodeStarted(**again, input={}, at=after(3)),
            NodeStarted(**deep, input={}, at=after(3)),
            *visit("in", 4, 5, path="loop#2[7].deep#1.2[0]"),
            NodeCompleted(**deep, output=[], at=after(6)),
            NodeCompleted(**again, output=[], at=after(7)),
        ]
    )
    parents = {(span.name, span.attributes["workflow.node.visit"]): span.parent for span in spans}
    assert parents == {
        ("foreach loop", 1): REF,
        ("llm in", 1): span_of_visit(REF, RUN, ("deep", "loop#2[7]", 1)),
        ("foreach deep", 1): span_of_visit(REF, RUN, ("loop", "", 2)),
        ("foreach loop", 2): REF,
    }


def test_what_never_began_has_no_span():
    never = NodeCancelled(node_id="a", visit=0, at=after(1))
    (outer,) = told([CREATED, never, RunCancelled(reason="enough", at=after(1))])
    assert outer.error is None


def test_what_was_kept_of_another_run_is_that_ones_story():
    source = Source(run_id="r", kind=SourceKind.RETRY, kept=2)
    created = RunCreated(
        workflow_id="w", version=1, input={}, node_count=2, source=source, at=CREATED.at
    )
    spans = told([created, *visit("a", -9, -8), *visit("a", 1, 2, visit=2)])
    assert [span.start for span in spans] == [after(1)]


def test_a_run_that_was_asked_for_is_a_child():
    header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    created = RunCreated(
        workflow_id="w", version=1, input={}, node_count=0, traceparent=header, at=CREATED.at
    )
    (outer,) = told([created, RunCompleted(output={}, at=after(1))])
    assert outer.parent == SpanRef.parse(header)
