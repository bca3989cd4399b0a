"""Tells of runs as traces: what is over as spans, and what begins in the task that does it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Final, Protocol

from langchain_core.callbacks import BaseCallbackHandler

from services.domain.events.frames import LAST_TYPES, StoredEvent, event_of, from_stored
from services.domain.events.runs import RunCreated
from services.domain.events.vocabulary import WIRE_PREFIX, RunEvent
from services.domain.spans import About, Span, Story
from services.domain.traces import SpanRef, span_of_run, span_of_visit
from services.hooks.subscribers import Happening, Subscriber
from services.ports import Execution, Tap
from services.store.workflows import StoredVersion
from services.telemetry.callbacks import calling_back
from services.telemetry.carrying import carry
from workflow_compiler.trace import Record, VisitStarted

_STORIES: Final = 10_000
"""Runs that are remembered; of others the log is read again."""

_PAGE: Final = 500


class Entries(Protocol):
    """The logs of the runs."""

    async def after(self, run_id: str, seq: int, limit: int) -> Sequence[StoredEvent]:
        """The next entries after a place in a run's log."""


class Definitions(Protocol):
    """The versions of workflows."""

    async def get(self, project_id: str, workflow_id: str, number: int) -> StoredVersion | None:
        """The version with this number."""


class Tracer(Protocol):
    """Where spans go."""

    callbacks: tuple[BaseCallbackHandler, ...]

    def send(self, span: Span) -> None:
        """Hand a span over."""

    def work_for(self, ref: SpanRef) -> None:
        """Have what this task begins be a part of a span."""


class Storyteller:
    """A subscriber that sends the spans of what this process writes.

    What other processes have written of a run is read from its log: so a visit that was begun by a
    process which is gone has its true beginning, and its attempts there.
    """

    def __init__(self, log: Entries, versions: Definitions, send: Callable[[Span], None]) -> None:
        self._log = log
        self._versions = versions
        self._send = send
        self._stories: OrderedDict[str, Story] = OrderedDict()

    @property
    def subscriber(self) -> Subscriber:
        """It, as the bus wants it."""
        return Subscriber(name="traces", hear=self.hear)

    async def hear(self, happening: Happening) -> None:
        """Take in one event."""
        story = await self._story(happening)
        await self._catch_up(story, happening)
        for span in story.hear(_event(happening)):
            self._send(span)
        if happening.type.removeprefix(WIRE_PREFIX) in LAST_TYPES:
            del self._stories[happening.run_id]

    async def _story(self, happening: Happening) -> Story:
        if happening.run_id not in self._stories:
            self._stories[happening.run_id] = Story(await self._about(happening))
            if len(self._stories) > _STORIES:
                self._stories.popitem(last=False)
        self._stories.move_to_end(happening.run_id)
        return self._stories[happening.run_id]

    async def _about(self, happening: Happening) -> About:
        of = (happening.project_id, happening.workflow_id, happening.version)
        version = await self._versions.get(*of)
        nodes = version.definition["nodes"] if version is not None else ()
        return About(
            run_id=happening.run_id,
            project_id=happening.project_id,
            workflow_id=happening.workflow_id,
            workflow=happening.workflow,
            version=happening.version,
            nodes={node["id"]: node for node in nodes},
        )

    async def _catch_up(self, story: Story, happening: Happening) -> None:
        """Hear what others have written in between; they have sent the spans of that."""
        while (missing := happening.seq - 1 - story.seq) > 0:
            page = await self._log.after(happening.run_id, story.seq, min(missing, _PAGE))
            if not page:  # the run was removed meanwhile
                return
            for entry in page:
                _ = tuple(story.hear(from_stored(entry)))


class TracedExecutions:
    """An observer: what a visit begins, in this process or by asking others, is in its trace."""

    def __init__(self, log: Entries, tracer: Tracer) -> None:
        self._log = log
        self._tracer = tracer

    @asynccontextmanager
    async def follow(self, execution: Execution) -> AsyncIterator[Tap]:
        """Hear where visits begin."""
        run_id = execution.run.id
        ref = span_of_run(run_id, await self._traceparent(run_id))

        def begin(record: Record) -> None:
            if isinstance(record, VisitStarted):
                key = (record.node_id, record.path, record.visit)
                visit = span_of_visit(ref, run_id, key)
                self._tracer.work_for(visit)
                carry(str(visit))

        with calling_back(*self._tracer.callbacks):
            yield begin

    async def _traceparent(self, run_id: str) -> str | None:
        first = await self._log.after(run_id, 0, 1)
        created = from_stored(first[0]) if first else None
        return created.traceparent if isinstance(created, RunCreated) else None


def _event(happening: Happening) -> RunEvent:
    """The event as the log has it."""
    place = {
        name: value
        for name in ("node_id", "visit", "attempt", "at")
        if (value := getattr(happening, name)) is not None
    }
    if happening.node_id is not None:
        place["path"] = happening.path
    return event_of(happening.type.removeprefix(WIRE_PREFIX), {**happening.data, **place})
