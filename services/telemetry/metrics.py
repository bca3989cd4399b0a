"""What a process counts and measures, in the form that Prometheus reads.

It only hears what the service says anyway: frames as they are shown, the trace of the runs that are
executed here, the journal's commits. What can be looked up instead (places, caches, what waits in
the database) is looked up when somebody asks. Labels are bounded: names of workflows are one only
where the settings say so.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    PlatformCollector,
    ProcessCollector,
    generate_latest,
)
from pydantic_core import from_json

from services.domain.events.frames import Frame
from services.domain.events.runs import (
    RunCancelled,
    RunCompleted,
    RunCreated,
    RunFailed,
    RunResumed,
    RunStarted,
)
from services.domain.events.vocabulary import NodeCancelled
from services.ports import Execution, Tap
from services.telemetry.visits import Outcome, VisitTap
from workflow_compiler.ports import WallClock

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_UNKNOWN: Final = "unknown"
_SHORT: Final = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_LONG: Final = (0.01, 0.05, 0.1, 0.5, 1, 5, 15, 60, 300, 1_800, 7_200, 86_400, 604_800)
_BATCHES: Final = (1, 2, 4, 8, 16, 32, 64, 128, 256)

_OUTCOMES: Final = {
    RunCompleted.type: "completed",
    RunFailed.type: "failed",
    RunCancelled.type: "cancelled",
}


@dataclass(frozen=True, slots=True)
class Declared:
    """A metric as the documentation lists it."""

    name: str
    kind: str
    meaning: str
    labels: tuple[str, ...]


class Metrics:
    """The metrics of one process, in a registry of their own; `declared` lists them.

    `by_workflow` adds the names of workflows to what is said of runs.
    """

    def __init__(self, clock: WallClock, *, by_workflow: bool = False) -> None:
        self.registry = CollectorRegistry()
        self.declared: list[Declared] = []
        self._clock = clock
        self._by_workflow = by_workflow
        self._executions: dict[str, Execution] = {}
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self._declare_runs()
        self._declare_visits()
        self._declare_service()

    def text(self) -> bytes:
        """All of them, as Prometheus reads them."""
        return generate_latest(self.registry)

    def counter(self, name: str, meaning: str, *labels: str) -> Counter:
        """A number that only rises."""
        self._declare(f"{name}_total", "counter", meaning, labels)
        return Counter(name, meaning, labels, namespace="workflow", registry=self.registry)

    def gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        """A number that rises and falls."""
        self._declare(name, "gauge", meaning, labels)
        return Gauge(name, meaning, labels, namespace="workflow", registry=self.registry)

    def histogram(
        self, name: str, meaning: str, *labels: str, buckets: Sequence[float] = _SHORT
    ) -> Histogram:
        """How often a number was how large."""
        self._declare(name, "histogram", meaning, labels)
        return Histogram(
            name, meaning, labels, namespace="workflow", registry=self.registry, buckets=buckets
        )

    def _declare(self, name: str, kind: str, meaning: str, labels: tuple[str, ...]) -> None:
        self.declared.append(Declared(f"workflow_{name}", kind, meaning, labels))

    def _declare_runs(self) -> None:
        self._created = self.counter("runs_created", "Runs that this process accepted.")
        self._begun = self.counter(
            "run_executions", "Executions of runs that began here, or went on.", "kind"
        )
        self._ended = self.counter("runs_ended", "Runs that ended.", "outcome", "workflow")
        self._run_seconds = self.histogram(
            "run_duration_seconds",
            "From the acceptance of a run to its end, waits included.",
            "outcome",
            "workflow",
            buckets=_LONG,
        )
        self._lag = self.histogram(
            "claim_lag_seconds", "How long a run was due before this process claimed it."
        )

    def _declare_visits(self) -> None:
        labels = ("type", "outcome", "workflow")
        self._visits = self.counter("node_visits", "Visits of nodes that ended here.", *labels)
        self._visit_seconds = self.histogram(
            "node_duration_seconds",
            "What a visit took in the execution in which it ended.",
            *labels,
            buckets=_LONG,
        )
        self._attempts = self.counter(
            "node_attempts_failed", "Attempts of visits that failed.", "type", "error"
        )
        self._tokens = self.counter("model_tokens", "Tokens of chat models.", "direction")

    def _declare_service(self) -> None:
        self._commit_seconds = self.histogram(
            "journal_commit_seconds", "What a transaction of the journal took."
        )
        self._commit_batches = self.histogram(
            "journal_commit_batches", "Batches that it wrote together.", buckets=_BATCHES
        )
        self._loop_delay = self.histogram(
            "event_loop_delay_seconds", "How late the event loop wakes who has slept."
        )
        self._in_progress = self.gauge("executions_in_progress", "Runs that are executed here now.")

    def committed(self, batches: int, seconds: float) -> None:
        """The journal has written a transaction."""
        self._commit_seconds.observe(seconds)
        self._commit_batches.observe(batches)

    def delayed(self, seconds: float) -> None:
        """The event loop was so late."""
        self._loop_delay.observe(seconds)

    def publish(self, run_id: str, project_id: str, frames: Sequence[Frame]) -> None:
        """Count what happened to a run, of which most is no matter here."""
        del project_id
        # What comes with the first event is what a run has kept of another one: old news.
        for frame in frames[:1] if frames and frames[0].seq == 1 else frames:
            match frame.type:
                case RunCreated.type:
                    self._created.inc()
                case RunStarted.type:
                    self._begun.labels("started").inc()
                case RunResumed.type:
                    self._begun.labels("resumed").inc()
                case RunCompleted.type | RunFailed.type | RunCancelled.type:
                    self._run_ended(run_id, _OUTCOMES[frame.type])
                case NodeCancelled.type:
                    self._visit_cancelled(run_id, from_json(frame.text))
                case _:
                    pass

    @asynccontextmanager
    async def follow(self, execution: Execution) -> AsyncIterator[Tap]:
        """Measure the visits of an execution."""
        if execution.lag_seconds is not None:
            self._lag.observe(execution.lag_seconds)
        self._executions[execution.run.id] = execution
        self._in_progress.inc()
        try:
            yield VisitTap(execution.plan, self._measured(execution)).hear
        finally:
            self._in_progress.dec()
            del self._executions[execution.run.id]

    def _measured(self, execution: Execution) -> Callable[[Outcome], None]:
        workflow = self._name_of(execution.run.id)

        def measure(outcome: Outcome) -> None:
            if outcome.error is not None:
                self._attempts.labels(outcome.type, outcome.error).inc()
                return
            self._visits.labels(outcome.type, outcome.name, workflow).inc()
            if outcome.seconds is not None:
                seconds = self._visit_seconds.labels(outcome.type, outcome.name, workflow)
                seconds.observe(outcome.seconds)
            if outcome.usage is not None:
                self._tokens.labels("input").inc(outcome.usage.input_tokens)
                self._tokens.labels("output").inc(outcome.usage.output_tokens)

        return measure

    def _run_ended(self, run_id: str, outcome: str) -> None:
        labels = (outcome, self._name_of(run_id))
        self._ended.labels(*labels).inc()
        age = self._clock.now().timestamp() - _created_at(run_id)
        self._run_seconds.labels(*labels).observe(max(age, 0.0))

    def _visit_cancelled(self, run_id: str, event: dict[str, object]) -> None:
        if not event["visit"]:  # it never began
            return
        kind = _type_of(self._executions.get(run_id), str(event["node_id"]))
        self._visits.labels(kind, "cancelled", self._name_of(run_id)).inc()

    def _name_of(self, run_id: str) -> str:
        """The label of a run's workflow; of a run that ends without a process nobody has it."""
        execution = self._executions.get(run_id)
        return execution.plan.name if self._by_workflow and execution is not None else ""


def _type_of(execution: Execution | None, node_id: str) -> str:
    if execution is None:
        return _UNKNOWN
    return next((n.type.name for n in execution.plan.nodes if n.id == node_id), _UNKNOWN)


def _created_at(run_id: str) -> float:
    """When a run was accepted: its id begins with the milliseconds (RFC 9562, version 7)."""
    return (UUID(run_id).int >> 80) / 1_000
