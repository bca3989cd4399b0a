"""Runs as spans of a trace, out of their log: what has a beginning and an end, and who asked."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, TypeAlias

from services.domain.events.base import NodeEvent
from services.domain.events.runs import (
    RunCancelled,
    RunCancelling,
    RunCompleted,
    RunCreated,
    RunFailed,
    RunMigrated,
    RunPaused,
    RunResumed,
    RunWaiting,
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
from services.domain.events.waits import NodeWaiting, SignalReceived, TaskCompleted, TimerFired
from services.domain.traces import SpanRef, span_of_run, span_of_visit
from workflow_compiler.history import VisitKey
from workflow_compiler.trace import within
from workflow_compiler.usage import Usage

Attribute: TypeAlias = str | int | float | bool

_AGENT: Final = "agent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """Something that happened in the middle of a span."""

    name: str
    at: datetime
    attributes: Mapping[str, Attribute]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Something that is over; `error` is there when it did not end well."""

    name: str
    ref: SpanRef
    parent: SpanRef | None
    start: datetime
    end: datetime
    attributes: Mapping[str, Attribute]
    notes: tuple[Note, ...]
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a run is a run of; `nodes` are those of the definition, by their ids."""

    run_id: str
    project_id: str
    workflow_id: str
    workflow: str
    version: int
    nodes: Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class _Open:
    event: NodeStarted
    notes: list[Note] = field(default_factory=list)


class Story:
    """The log of one run, as far as it was heard: it gives out each span when it is over.

    The events that a run has kept of another one are no part of its story.
    """

    def __init__(self, about: About) -> None:
        self.seq = 0
        self._about = about
        self._created: RunCreated | None = None
        self._notes: list[Note] = []
        self._open: defaultdict[str, dict[VisitKey, _Open]] = defaultdict(dict)

    def hear(self, event: RunEvent) -> Iterator[Span]:
        """Take in the next entry of the log."""
        self.seq += 1
        if self.seq <= self._kept:
            return
        match event:
            case RunCreated():
                self._created = event
            case RunResumed() | RunWaiting() | RunPaused() | RunCancelling() | RunMigrated():
                self._notes.append(_note_of_run(event))
            case RunCompleted() | RunFailed() | RunCancelled():
                yield self._of_run(event)
            case NodeStarted():
                self._open[event.node_id][_key(event)] = _Open(event)
            case NodeCompleted() | NodeFailed() | NodeCancelled():
                yield from self._of_visit(event)
            case NodeEvent():
                self._noted(event)
            case _:
                pass

    @property
    def _kept(self) -> int:
        """The last seq that tells of another run; the first entry is always its own."""
        source = self._created and self._created.source
        return source.kept + 1 if source else 0

    @property
    def _ref(self) -> SpanRef:
        return span_of_run(self._about.run_id, self._traceparent)

    @property
    def _traceparent(self) -> str | None:
        return None if self._created is None else self._created.traceparent

    def _noted(self, event: NodeEvent) -> None:
        note, visit = _note_of_visit(event), self._open[event.node_id].get(_key(event))
        if note is not None and visit is not None:
            visit.notes.append(note)

    def _of_visit(self, event: NodeCompleted | NodeFailed | NodeCancelled) -> Iterator[Span]:
        visit = self._open[event.node_id].pop(_key(event), None)
        if visit is None:  # it was never begun
            return
        kind = str(self._about.nodes.get(event.node_id, {}).get("type", "node"))
        yield Span(
            name=f"{'invoke_agent' if kind == _AGENT else kind} {event.node_id}",
            ref=span_of_visit(self._ref, self._about.run_id, _key(event)),
            parent=self._around(visit.event) or self._ref,
            start=visit.event.at,
            end=event.at,
            attributes=self._attributes_of_visit(event, kind),
            notes=tuple(visit.notes),
            error=_error_of_visit(event),
        )

    def _attributes_of_visit(
        self, event: NodeCompleted | NodeFailed | NodeCancelled, kind: str
    ) -> dict[str, Attribute]:
        told: dict[str, Attribute] = {
            "workflow.run.id": self._about.run_id,
            "workflow.node.id": event.node_id,
            "workflow.node.type": kind,
            "workflow.node.visit": event.visit,
            "workflow.node.path": event.path,
            "workflow.node.attempts": event.attempt,
            "workflow.node.outcome": event.type.removeprefix("node."),
        }
        if isinstance(event, NodeFailed):
            told["error.type"] = event.error.type
        if kind == _AGENT:
            told |= {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": event.node_id}
            if not isinstance(event, NodeCancelled) and event.usage is not None:
                told |= _tokens(event.usage)
        return told

    def _around(self, event: NodeStarted) -> SpanRef | None:
        """The visit of the container that a visit is in."""
        container = self._about.nodes.get(event.node_id, {}).get("parent")
        if container is None:
            return None
        visits = (key for key in self._open[container] if _is_inside(event.path, key))
        return next((span_of_visit(self._ref, self._about.run_id, key) for key in visits), None)

    def _of_run(self, event: RunCompleted | RunFailed | RunCancelled) -> Span:
        about, created = self._about, self._created
        status = event.type.removeprefix("run.")
        told: dict[str, Attribute] = {
            "gen_ai.operation.name": "invoke_workflow",
            "gen_ai.workflow.name": about.workflow,
            "workflow.run.id": about.run_id,
            "workflow.run.status": status,
            "workflow.id": about.workflow_id,
            "workflow.version": about.version,
            "workflow.project.id": about.project_id,
        }
        if created is not None and created.source is not None:
            told["workflow.source_run.id"] = created.source.run_id
        if isinstance(event, RunFailed):
            told["error.type"] = event.error.type
        return Span(
            name=f"invoke_workflow {about.workflow}",
            ref=self._ref,
            parent=SpanRef.parse(self._traceparent),
            start=created.at if created is not None else event.at,
            end=event.at,
            attributes=told,
            notes=tuple(self._notes),
            error=event.error.message if isinstance(event, RunFailed) else None,
        )


def _key(event: NodeEvent) -> VisitKey:
    return (event.node_id, event.path, event.visit)


def _is_inside(path: str, container: VisitKey) -> bool:
    """Whether what has this path is in a body of the visit, such as `loop[3]` or `loop#2.2[3]`."""
    node_id, around, visit = container
    name = re.escape(within(around, node_id))
    found = re.fullmatch(rf"{name}(?:#(?P<visit>\d+)(?:\.\d+)?)?[\[.].*", path)
    return found is not None and int(found["visit"] or 1) == visit


def _error_of_visit(event: NodeCompleted | NodeFailed | NodeCancelled) -> str | None:
    return event.error.message if isinstance(event, NodeFailed) else None


def _tokens(usage: Usage) -> dict[str, Attribute]:
    told: dict[str, Attribute] = {
        "gen_ai.usage.input_tokens": usage.input_tokens,
        "gen_ai.usage.output_tokens": usage.output_tokens,
    }
    return told | ({"gen_ai.request.model": usage.model} if usage.model else {})


def _note_of_run(
    event: RunResumed | RunWaiting | RunPaused | RunCancelling | RunMigrated,
) -> Note:
    told: dict[str, Attribute] = {}
    match event:
        case RunResumed(attempt=attempt, reason=reason):
            told = {"attempt": attempt, "reason": reason}
        case RunCancelling(reason=why):
            told = {"reason": why}
        case RunMigrated(version=version):
            told = {"version": version}
        case _:
            pass
    return Note(name=event.type, at=event.at, attributes=told)


def _note_of_visit(event: NodeEvent) -> Note | None:
    told: dict[str, Attribute] = {"attempt": event.attempt}
    match event:
        case NodeAttemptFailed(error=error):
            told |= {"error.type": error.type, "exception.message": error.message}
        case NodeRetrying(delay_seconds=seconds):
            told |= {"delay_seconds": seconds}
        case NodeWaiting(kind=kind):
            told |= {"kind": kind}
        case TaskCompleted() | TimerFired() | SignalReceived():
            pass
        case _:
            return None
    return Note(name=event.type, at=event.at, attributes=told)
