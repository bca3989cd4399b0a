"""A moment of a run as a thread state: its values, what comes next, and what it waits for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from api.langgraph.checkpoints import Checkpoint
from api.langgraph.values import values_of
from services.domain.chronicle import Visited, Waiting
from services.domain.debug.moment import Moment
from services.domain.events.frames import wire_time
from services.domain.events.waits import WaitKind
from services.domain.interrupts import Interrupt, visit_id
from services.domain.runs import Run, RunStatus
from services.domain.waits import VisitRef


def snapshot(moment: Moment, parent: Checkpoint | None) -> dict[str, Any]:
    """The thread state of this moment; `parent` is the checkpoint before it."""
    run = moment.run
    checkpoint = Checkpoint(run.id, moment.seq)
    tasks = list(_tasks(moment))
    return {
        "values": values_of(moment.variables, run),
        "next": _next(moment),
        "tasks": tasks,
        "metadata": {
            "source": "input" if parent is None else "loop",
            "step": moment.seq,
            "run_id": run.id,
            "thread_id": run.thread_id,
            "assistant_id": run.workflow_id,
            "parents": {},
        },
        "created_at": wire_time(moment.at),
        "checkpoint": checkpoint.on(run.thread_id),
        "parent_checkpoint": parent.on(run.thread_id) if parent is not None else None,
        "interrupts": [interrupt for task in tasks for interrupt in task["interrupts"]],
        "checkpoint_id": checkpoint.id,
        "parent_checkpoint_id": parent.id if parent is not None else None,
    }


def empty_snapshot(thread_id: str, variables: Mapping[str, Any]) -> dict[str, Any]:
    """The state of a thread on which nothing has run."""
    return {
        "values": dict(variables),
        "next": [],
        "tasks": [],
        "metadata": {},
        "created_at": None,
        "checkpoint": {"thread_id": thread_id, "checkpoint_ns": "", "checkpoint_id": None},
        "parent_checkpoint": None,
        "interrupts": [],
        "checkpoint_id": None,
        "parent_checkpoint_id": None,
    }


def interrupt_json(interrupt: Interrupt) -> dict[str, Any]:
    """An interrupt as clients read it."""
    return {"id": interrupt.id, "value": dict(interrupt.value)}


def with_interrupts(state: dict[str, Any], interrupts: list[dict[str, Any]]) -> dict[str, Any]:
    """A state with interrupts that its own log does not tell of: those of sub-runs."""
    known = {interrupt["id"] for interrupt in state["interrupts"]}
    more = [interrupt for interrupt in interrupts if interrupt["id"] not in known]
    tasks = [_task(each["id"], "subworkflow", [], interrupts=[each]) for each in more]
    together = [*state["interrupts"], *more]
    return {**state, "tasks": [*state["tasks"], *tasks], "interrupts": together}


def _next(moment: Moment) -> list[str]:
    if moment.run.status is RunStatus.FAILED:
        error = moment.run.error
        return [error.node_id] if error is not None and error.node_id else []
    if moment.run.is_over:
        return []
    held = {(join.path, join.node_id) for join in moment.joins}
    coming = (t.target for t in moment.tokens if not t.path and ("", t.target) not in held)
    at_work = (v.state.node_id for v in moment.nodes if v.is_open and not v.state.path)
    return list(dict.fromkeys((*at_work, *coming)))


def _tasks(moment: Moment) -> Iterator[dict[str, Any]]:
    run = moment.run
    for visited in moment.nodes:
        if visited.is_open and (not visited.state.path or _asks(visited)):
            yield _task_of(run, visited)
    if run.status is RunStatus.FAILED and run.error is not None and run.error.node_id:
        place = VisitRef(
            run_id=run.id, node_id=run.error.node_id, path="", visit=run.error.visit or 1
        )
        message = f"{run.error.type}: {run.error.message}"
        yield _task(visit_id(place), run.error.node_id, [], error=message)


def _task_of(run: Run, visited: Visited) -> dict[str, Any]:
    state = visited.state
    place = VisitRef(run_id=run.id, node_id=state.node_id, path=state.path, visit=state.visit)
    found = _asked(visited)
    interrupts = [{"id": visit_id(place), "value": found}] if found is not None else []
    path = [state.path] if state.path else []
    return _task(visit_id(place), state.node_id, path, interrupts=interrupts)


def _task(
    task_id: str,
    name: str,
    path: list[str],
    *,
    interrupts: list[dict[str, Any]] | None = None,
    error: str | None = None,
) -> dict[str, Any]:
    return {
        "id": task_id,
        "name": name,
        "path": path,
        "error": error,
        "interrupts": interrupts or [],
        "checkpoint": None,
        "state": None,
        "result": None,
    }


def _asks(visited: Visited) -> bool:
    return _asked(visited) is not None


def _asked(visited: Visited) -> Mapping[str, Any] | None:
    """What a visit waits for that somebody can answer, as its interrupt says it."""
    match visited.wait:
        case Waiting(kind=WaitKind.TASK, task_id=task_id):
            config = visited.state.input or {}
            return {
                "type": "task",
                "task_id": task_id,
                "prompt": config.get("prompt"),
                "form": config.get("form") or {},
                "assignee": config.get("assignee"),
            }
        case Waiting(kind=WaitKind.SIGNAL, name=name, key=key):
            return {"type": "signal", "name": name, "key": key or ""}
        case _:
            return None
