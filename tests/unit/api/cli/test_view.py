from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console

from api.cli.output.tree import RunTree
from api.cli.output.view import RunView, read_event
from services.domain.events.frames import Frame
from services.domain.runs import RunStatus
from services.domain.visits import NodeStatus

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)


class FixedClock:
    def now(self) -> datetime:
        return BEGIN + timedelta(seconds=10)


def frame(kind: str, second: float = 0, **more: Any) -> Frame:
    at = (BEGIN + timedelta(seconds=second)).isoformat().replace("+00:00", "Z")
    wire = {"type": f"workflow.{kind}", "at": at, "run_id": "r", "data": {}} | more
    return Frame(more.get("seq"), kind, json.dumps(wire), "run")


def node(kind: str, second: float = 0, visit: int = 1, **more: Any) -> Frame:
    return frame(f"node.{kind}", second, node_id="ask", visit=visit, **more)


def view_of(*frames: Frame) -> RunView:
    view = RunView()
    for each in frames:
        view.apply(read_event(each))
    return view


def drawn(view: RunView, height: int = 30) -> list[str]:
    console = Console(width=120, height=height, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(RunTree("flow", view, FixedClock()))
    return [line.rstrip() for line in captured.get().splitlines()]


FAILURE = {"error": {"type": "TIMEOUT", "message": "no result within 1 s"}}


def test_a_visit_is_told_from_its_events() -> None:
    view = view_of(
        frame("run.started", attempt=1),
        node("started", 1, attempt=1),
        node("attempt_failed", 2, attempt=1, data=FAILURE),
        node("retrying", 2, attempt=2, data={"delay_seconds": 0.5}),
    )
    (visit,) = view.visits.values()
    assert view.status is RunStatus.RUNNING
    assert (visit.status, visit.attempt) == (NodeStatus.RETRYING, 2)
    assert visit.note == "again in 0.5 s"
    assert visit.seconds(BEGIN + timedelta(seconds=4)) == 3


def test_a_completed_visit_keeps_its_words_and_its_time() -> None:
    view = view_of(
        node("started", 1),
        node("token", 2, data={"text": "Hello "}),
        node("progress", 2, data={"progress": 0.5, "message": "half"}),
        node("token", 3, data={"text": "you"}),
        node("completed", 4, data={"output": 1, "usage": None}),
    )
    (visit,) = view.visits.values()
    assert (visit.text, visit.note) == ("Hello you", "")
    assert visit.seconds(BEGIN + timedelta(hours=1)) == 3


def test_the_tree_has_a_line_for_each_visit() -> None:
    view = view_of(
        node("started", 8),
        node("failed", 9, data=FAILURE | {"handled": False}),
        node("started", 9, visit=2),
        frame("run.failed", 9, data=FAILURE),
    )
    assert drawn(view) == [
        "flow  failed",
        "├── ✗ ask                      failed         1.00 s  TIMEOUT: no result within 1 s",
        "└── ● ask #2                   running        1.00 s",
    ]


def test_what_waits_says_for_what() -> None:
    task: dict[str, Any] = {
        "task_id": "t1",
        "prompt": "Refund?",
        "form": {},
        "assignee": None,
        "due_at": None,
    }
    due = {"due_at": "2026-11-01T18:00:00Z"}
    view = view_of(
        node("started", 8),
        frame("task.created", 9, node_id="ask", visit=1, data=task),
        node("waiting", 9, data={"kind": "task", "due_at": None}),
        node("waiting", 9, visit=2, data={"kind": "timer", **due}),
        node("waiting", 9, visit=3, data={"kind": "signal", "name": "paid", "key": "7", **due}),
        frame("run.waiting", 9, data=due),
    )
    assert drawn(view) == [
        "flow  waiting",
        "├── ◔ ask                      waiting        2.00 s  task t1: Refund?",
        "├── ◔ ask #2                   waiting                until 2026-11-01 18:00:00",
        "└── ◔ ask #3                   waiting                for the signal 'paid', '7'",
    ]
    view.apply(read_event(frame("run.resumed", 10, data={"reason": "due"})))
    assert view.status is RunStatus.RUNNING


def test_a_tree_higher_than_the_terminal_shows_what_is_open_and_what_came_last() -> None:
    frames = [node("started", visit=1)]
    for visit in range(2, 20):
        frames += [node("started", visit=visit), node("completed", visit=visit)]
    lines = drawn(view_of(*frames), height=7)
    assert len(lines) == 5
    assert "… 16 more" in lines[1]
    assert ["running" in line for line in lines[2:]] == [True, False, False]
    assert "ask #19" in lines[-1]


def test_only_the_end_of_a_long_text_is_kept() -> None:
    view = view_of(*(node("token", data={"text": "x" * 300}) for _ in range(3)))
    (visit,) = view.visits.values()
    assert len(visit.text) == 400
