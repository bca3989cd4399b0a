"""The events of a run as those of AG-UI. Nothing here waits or looks up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ag_ui.core import (
    BaseEvent,
    CustomEvent,
    Interrupt,
    RunErrorEvent,
    RunFinishedCancelledOutcome,
    RunFinishedEvent,
    RunFinishedInterruptOutcome,
    RunFinishedSuccessOutcome,
    RunStartedEvent,
    StateDeltaEvent,
    StateSnapshotEvent,
    StepFinishedEvent,
    StepStartedEvent,
)

from api.agui.speech import Speech
from api.langgraph.values import as_state, written
from services.domain.debug.moment import Unfolding
from services.domain.events.base import NodeEvent
from services.domain.events.runs import RunCancelled, RunCompleted, RunFailed, RunStarted
from services.domain.events.vocabulary import (
    Custom,
    NodeAttemptFailed,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeStarted,
    RunEvent,
    Token,
)
from services.domain.interrupts import Interrupt as OpenInterrupt
from services.domain.runs import Run
from services.domain.waits import Task
from workflow_compiler import Plan


@dataclass(slots=True, kw_only=True)
class AgUiTranslation:
    """Turns the events of one run into those of AG-UI, from the place on that is unfolded.

    A step is a visit of a node outside of containers. `run_id` is what the client calls the run.
    """

    run: Run
    run_id: str
    plan: Plan
    unfolding: Unfolding
    _steps: dict[str, None] = field(default_factory=dict)
    _speech: Speech = field(init=False)

    def __post_init__(self) -> None:
        self._speech = Speech(self.run, self.plan)

    def begin(self) -> Iterator[BaseEvent]:
        """What every stream begins with; a run that goes on has steps that are open."""
        yield RunStartedEvent(
            thread_id=self.run.thread_id, run_id=self.run_id, metadata={"runId": self.run.id}
        )
        visits = self.unfolding.chronicle.visits.values()
        for visited in visits:
            if visited.is_open and not visited.state.path:
                yield from self._start(visited.state.node_id)

    def take(self, event: RunEvent | Token) -> list[BaseEvent]:
        """What an event tells."""
        if isinstance(event, Token):
            return list(self._speech.token(event))
        self.unfolding.take([event])
        return list(self._told(event))

    def rest(self, interrupts: Sequence[OpenInterrupt]) -> list[BaseEvent]:
        """The run has stopped until somebody answers these."""
        outcome = RunFinishedInterruptOutcome(interrupts=[_asked(each) for each in interrupts])
        return [*self._finish_all(), self._finished(outcome=outcome)]

    def _told(self, event: RunEvent) -> Iterator[BaseEvent]:
        match event:
            case RunStarted():
                yield StateSnapshotEvent(snapshot=dict(self.unfolding.variables))
            case RunCompleted(output=output):
                values = {**self.unfolding.variables, **as_state(output)}
                yield from self._finish_all()
                yield StateSnapshotEvent(snapshot=values)
                yield self._finished(output, RunFinishedSuccessOutcome())
            case RunFailed(error=error):
                yield RunErrorEvent(message=error.message, code=error.type)
            case RunCancelled():
                yield from self._finish_all()
                yield self._finished(outcome=RunFinishedCancelledOutcome())
            case NodeEvent():
                yield from self._of_visit(event)
            case _:
                return

    def _of_visit(self, event: NodeEvent) -> Iterator[BaseEvent]:
        match event:
            case NodeStarted():
                if not event.path:
                    yield from self._start(event.node_id)
                yield from self._speech.started(event)
            case NodeCompleted():
                yield from self._speech.completed(event)
                if event.writes and not event.path:
                    yield self._delta(event)
                yield from self._finish(event)
            case NodeFailed() | NodeCancelled() | NodeAttemptFailed():
                yield from self._speech.broken_off(event)
                if not isinstance(event, NodeAttemptFailed):
                    yield from self._finish(event)
            case Custom(name=name, payload=payload):
                yield CustomEvent(name=name, value=payload)
            case _:
                return

    def _delta(self, event: NodeCompleted) -> BaseEvent:
        """The variables that a visit wrote, as they are now: to add is to replace, in an object."""
        now = self.unfolding.variables
        names = written(event.writes)
        delta = [{"op": "add", "path": f"/{_escaped(name)}", "value": now[name]} for name in names]
        return StateDeltaEvent.model_validate({"delta": delta})

    def _start(self, node_id: str) -> Iterator[BaseEvent]:
        if node_id not in self._steps:
            self._steps[node_id] = None
            yield StepStartedEvent(step_name=node_id)

    def _finish(self, event: NodeEvent) -> Iterator[BaseEvent]:
        if not event.path and event.node_id in self._steps:
            del self._steps[event.node_id]
            yield StepFinishedEvent(step_name=event.node_id)

    def _finish_all(self) -> Iterator[BaseEvent]:
        """Clients want every message and step to be over when a run is."""
        yield from self._speech.end_all()
        for node_id in self._steps:
            yield StepFinishedEvent(step_name=node_id)
        self._steps = {}

    def _finished(self, result: Any = None, outcome: Any = None) -> BaseEvent:
        return RunFinishedEvent(
            thread_id=self.run.thread_id, run_id=self.run_id, result=result, outcome=outcome
        )


def _asked(interrupt: OpenInterrupt) -> Interrupt:
    """An interrupt as AG-UI tells it: a question with the form of its answer, or a signal."""
    match interrupt.source:
        case Task(prompt=prompt, form=form, due_at=due_at):
            expires = due_at.isoformat() if due_at is not None else None
            return Interrupt(
                id=interrupt.id,
                reason="input_required",
                message=prompt,
                response_schema=dict(form) or None,
                expires_at=expires,
            )
        case _:
            return Interrupt(id=interrupt.id, reason="signal", metadata=dict(interrupt.value))


def _escaped(name: str) -> str:
    """A name as a part of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")
