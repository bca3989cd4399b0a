"""Brings events to subscribers, each in a task and at a pace of its own.

Every subscriber hears of what this process has written, each event at most once and those of a run
in order. Whoever is slow or hangs waits alone: what it has not heard is bounded in memory, and is
read from the logs later.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import TracebackType
from typing import Final, Protocol, Self

import structlog
from pydantic import TypeAdapter
from pydantic_core import from_json

from services.domain.events.frames import Frame
from services.domain.webhooks import wants
from services.hooks.backlog import Backlog, Live, Stored
from services.hooks.subscribers import Happening, Subscriber
from services.store.origins import Origin

_PAGE: Final = 500
_HAPPENING: Final = TypeAdapter(Happening)

_log = structlog.get_logger(__name__)


class Frames(Protocol):
    """The logs of the runs."""

    async def frames(self, run_id: str, seq: int, limit: int) -> Sequence[Frame]:
        """The next frames of a run after `seq`, at most `limit`."""


class Whence(Protocol):
    """Knows which workflow a run is of."""

    async def of(self, run_id: str) -> Origin | None:
        """What a run is a run of."""


class Bus:
    """Works inside `async with`; leaving it gives subscribers a while to hear the rest."""

    def __init__(
        self, subscribers: Sequence[Subscriber], log: Frames, origins: Whence, grace_seconds: float
    ) -> None:
        self._lines = tuple(_Line(subscriber, log, origins) for subscriber in subscribers)
        self._grace_seconds = grace_seconds
        self._tasks = asyncio.TaskGroup()
        self._running: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._running = {
            self._tasks.create_task(line.run(), name=f"subscriber {line.name}")
            for line in self._lines
        }
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for line in self._lines:
            line.close()
        if self._running:
            await asyncio.wait(self._running, timeout=self._grace_seconds)
        for task in self._running:
            task.cancel()
        await self._tasks.__aexit__(None, None, None)

    def publish(self, run_id: str, project_id: str, frames: Sequence[Frame]) -> None:
        """Take in what happened to a run."""
        del project_id
        # What comes with the first event is what a run has kept of another one: old news.
        news = frames[:1] if frames and frames[0].seq == 1 else frames
        for line in self._lines:
            line.offer(run_id, news)


class _Line:
    """One subscriber and what it has still to hear."""

    def __init__(self, subscriber: Subscriber, log: Frames, origins: Whence) -> None:
        self.name = subscriber.name
        self._subscriber = subscriber
        self._log = log
        self._origins = origins
        self._backlog = Backlog()
        self._more = asyncio.Event()
        self._closing = False

    def offer(self, run_id: str, frames: Sequence[Frame]) -> None:
        """Take in events, without waiting."""
        wanted = [frame for frame in frames if self._wants(frame)]
        if not wanted:
            return
        was_behind = self._backlog.is_stored
        for lost in self._backlog.add(run_id, wanted):
            self._missed(lost)
        if self._backlog.is_stored and not was_behind:
            _log.warning("subscriber.behind", subscriber=self.name)
        self._more.set()

    def close(self) -> None:
        """Nothing comes any more; end when all is heard."""
        self._closing = True
        self._more.set()

    async def run(self) -> None:
        """Hear one event after another."""
        try:
            while self._backlog or not self._closing:
                await self._more.wait()
                while self._backlog:
                    await self._take(self._backlog.next())
                if not self._closing:
                    self._more.clear()
        finally:
            if self._backlog:
                _log.warning("subscriber.stopped", subscriber=self.name)

    async def _take(self, waiting: Live | Stored) -> None:
        try:
            async for frame in self._frames_of(waiting):
                await self._tell(waiting.run_id, frame)
        except Exception:  # noqa: BLE001 - logged with its traceback
            # The database is away: one subscriber's loss, and no run's trouble.
            _log.exception("subscriber.cut_off", subscriber=self.name, run_id=waiting.run_id)

    async def _frames_of(self, waiting: Live | Stored) -> AsyncIterator[Frame]:
        match waiting:
            case Live(frame=frame):
                yield frame
            case Stored(run_id=run_id, ranges=ranges):
                for wanted in ranges:
                    async for frame in self._read(run_id, wanted):
                        yield frame

    async def _read(self, run_id: str, wanted: range) -> AsyncIterator[Frame]:
        seen = wanted.start - 1
        while seen < wanted.stop - 1:
            page = await self._log.frames(run_id, seen, min(_PAGE, wanted.stop - 1 - seen))
            if not page:  # the run was removed meanwhile
                return
            for frame in page:
                if self._wants(frame):
                    yield frame
            seen = page[-1].seq or wanted.stop

    async def _tell(self, run_id: str, frame: Frame) -> None:
        origin = await self._origins.of(run_id)
        if origin is None or not self._is_of_interest(origin):
            return
        happening = _happening(origin, frame)
        try:
            await self._subscriber.hear(happening)
        except asyncio.CancelledError:
            if _is_asked_to_stop():
                raise
            _log.warning("subscriber.cancelled", subscriber=self.name, **_place(happening))
        except Exception:  # noqa: BLE001 - logged with its traceback
            # Whatever somebody else's code raises is no matter of the run.
            _log.exception("subscriber.failed", subscriber=self.name, **_place(happening))

    def _wants(self, frame: Frame) -> bool:
        return wants(self._subscriber.event_types, frame.type)

    def _is_of_interest(self, origin: Origin) -> bool:
        workflows = self._subscriber.workflows
        return not workflows or bool(workflows & {origin.workflow, origin.workflow_id})

    def _missed(self, lost: Stored) -> None:
        seqs = [(wanted.start, wanted.stop - 1) for wanted in lost.ranges]
        _log.warning("subscriber.missed", subscriber=self.name, run_id=lost.run_id, seqs=seqs)


def _happening(origin: Origin, frame: Frame) -> Happening:
    return _HAPPENING.validate_python(
        from_json(frame.text)
        | {
            "project_id": origin.project_id,
            "workflow_id": origin.workflow_id,
            "workflow": origin.workflow,
            "version": origin.version,
        }
    )


def _place(happening: Happening) -> dict[str, object]:
    return {"run_id": happening.run_id, "seq": happening.seq, "type": happening.type}


def _is_asked_to_stop() -> bool:
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
