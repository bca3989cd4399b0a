"""The events of a run as parts of the streams that clients know. Nothing here waits or looks up."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from api.langgraph.checkpoints import Checkpoint
from api.langgraph.messages import Messages
from api.langgraph.snapshots import snapshot
from api.langgraph.sse import Part
from api.langgraph.values import INTERRUPTS, as_state, values_of, written
from services.domain.debug.moment import Unfolding
from services.domain.events.base import NodeEvent
from services.domain.events.frames import wire_time
from services.domain.events.runs import RunCompleted, RunFailed, RunStarted
from services.domain.events.vocabulary import (
    Custom,
    NodeCompleted,
    NodeFailed,
    NodeStarted,
    RunEvent,
    Token,
)
from services.domain.interrupts import visit_id
from services.domain.marks import Marks
from services.domain.runs import Run
from services.domain.waits import VisitRef
from workflow_compiler import Plan


@dataclass(slots=True, kw_only=True)
class Translation:
    """Turns the events of one run into parts, from the place on up to which it is unfolded.

    `modes` are the streams that are wanted. What happens in containers is told under their path,
    to those who want subgraphs.
    """

    run: Run
    plan: Plan
    unfolding: Unfolding
    modes: Collection[str]
    subgraphs: bool = False
    _marks: Marks = field(default_factory=Marks)
    _parent: Checkpoint | None = None
    _messages: Messages = field(init=False)

    def __post_init__(self) -> None:
        self._messages = Messages(self.run, self.plan, self.modes)

    def begin(self) -> Part:
        """What every stream begins with."""
        run = self.run
        return Part("metadata", {"run_id": run.id, "attempt": 1, "thread_id": run.thread_id})

    def take(self, event: RunEvent | Token) -> list[Part]:
        """What an event tells."""
        if isinstance(event, Token):
            return [*self._messages.token(event), *self._events(event)]
        checkpoints = self._checkpoint() if self._marks.closes_before(event) else []
        self.unfolding.take([event])
        return [*checkpoints, *self._told(event)]

    def values(self, values: Mapping[str, Any]) -> Iterator[Part]:
        """All the values that there are."""
        yield from self._part("values", dict(values))

    def rest(self, interrupts: list[dict[str, Any]]) -> list[Part]:
        """The run has stopped until somebody answers these, or lets it go on."""
        values = {**self._values(), INTERRUPTS: interrupts}
        return [
            *self._checkpoint(),
            *self._part("updates", {INTERRUPTS: interrupts}),
            *self._part("values", values),
        ]

    def _told(self, event: RunEvent) -> Iterator[Part]:
        match event:
            case RunStarted():
                yield from self._part("values", self._values())
            case RunCompleted():
                yield from self._checkpoint()
                yield from self._part("values", values_of(self.unfolding.variables, self._now))
            case RunFailed(error=error):
                yield from self._checkpoint()
                yield Part("error", {"error": error.type, "message": error.message})
            case NodeEvent():
                yield from self._of_visit(event)
            case _:
                return

    def _of_visit(self, event: NodeEvent) -> Iterator[Part]:
        if event.path and not self.subgraphs:
            return
        match event:
            case NodeStarted():
                yield from self._task(event, _task(self.run, event))
            case NodeCompleted():
                yield from self._messages.completed(event)
                yield from self._task(event, _result(self.run, event))
                yield from self._part("updates", {event.node_id: _update(event)}, event.path)
                if event.writes and not event.path:
                    yield from self._part("values", self._values())
            case NodeFailed():
                yield from self._task(event, _result(self.run, event))
            case Custom(name=name, payload=payload):
                yield from self._part("custom", {"name": name, "payload": payload}, event.path)
            case _:
                return
        yield from self._events(event)

    @property
    def _now(self) -> Run:
        return self.unfolding.chronicle.run

    def _values(self) -> dict[str, Any]:
        return values_of(self.unfolding.variables, None)

    def _part(self, mode: str, data: Any, path: str = "") -> Iterator[Part]:
        if mode in self.modes:
            yield Part(f"{mode}|{path}" if path else mode, data)

    def _task(self, event: NodeEvent, task: Mapping[str, Any]) -> Iterator[Part]:
        yield from self._part("tasks", task, event.path)
        kind = "task" if isinstance(event, NodeStarted) else "task_result"
        yield from self._debug(kind, wire_time(event.at), task)

    def _checkpoint(self) -> list[Part]:
        """The checkpoint at the place that has been unfolded, for those who want to see it."""
        if not {"checkpoints", "debug"}.intersection(self.modes):
            return []
        moment = self.unfolding.moment()
        state = snapshot(moment, self._parent)
        self._parent = Checkpoint(self.run.id, moment.seq)
        shown = {
            **{name: state[name] for name in ("values", "next", "tasks", "metadata")},
            "config": {"configurable": state["checkpoint"]},
            "parent_config": state["parent_checkpoint"]
            and {"configurable": state["parent_checkpoint"]},
        }
        return [
            *self._part("checkpoints", shown),
            *self._debug("checkpoint", wire_time(moment.at), shown),
        ]

    def _debug(self, kind: str, at: str, payload: Mapping[str, Any]) -> Iterator[Part]:
        seq = self.unfolding.chronicle.seq
        told = {"step": seq, "timestamp": at, "type": kind, "payload": payload}
        yield from self._part("debug", told)

    def _events(self, event: RunEvent | Token) -> Iterator[Part]:
        if "events" in self.modes and (told := _as_event(self.run, event)) is not None:
            yield Part("events", told)


def _as_event(run: Run, event: RunEvent | Token) -> dict[str, Any] | None:
    """An event as LangChain's `astream_events` tells it."""
    match event:
        case NodeStarted(input=config):
            kind, data = "on_chain_start", {"input": config}
        case NodeCompleted(output=output):
            kind, data = "on_chain_end", {"output": output}
        case Token(text=text):
            kind, data = "on_chat_model_stream", {"chunk": {"content": text}}
        case Custom(name=name, payload=payload):
            kind, data = "on_custom_event", {"name": name, "data": payload}
        case _:
            return None
    return {
        "event": kind,
        "name": event.node_id,
        "run_id": _id(run, event),
        "data": data,
        "tags": [],
        "metadata": {"langgraph_node": event.node_id, "langgraph_path": event.path},
        "parent_ids": [run.id],
    }


def _update(event: NodeCompleted) -> dict[str, Any]:
    """What a visit gave: its output, and over it what it wrote into variables."""
    return {**as_state(event.output), **written(event.writes)}


def _task(run: Run, event: NodeStarted) -> dict[str, Any]:
    task_id = _id(run, event)
    return {"id": task_id, "name": event.node_id, "input": event.input, "triggers": []}


def _result(run: Run, event: NodeCompleted | NodeFailed) -> dict[str, Any]:
    return {"id": _id(run, event), "name": event.node_id, **_end(event), "interrupts": []}


def _end(event: NodeCompleted | NodeFailed) -> dict[str, Any]:
    match event:
        case NodeCompleted():
            return {"error": None, "result": _update(event)}
        case NodeFailed(error=error):
            return {"error": f"{error.type}: {error.message}", "result": {}}


def _id(run: Run, event: NodeEvent | Token) -> str:
    return visit_id(
        VisitRef(run_id=run.id, node_id=event.node_id, path=event.path, visit=event.visit)
    )
