"""The stream of a whole thread: what its runs do, one after the other. It has no end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Final

from api.langgraph.checkpoints import Checkpoint, parse_checkpoint
from api.langgraph.following import translated, translation_of
from api.langgraph.parts import Translation
from api.langgraph.requests import modes_of
from api.langgraph.sse import Part, framed
from services.bootstrap import Services
from services.domain.events.frames import from_stored
from services.domain.events.runs import RunCancelled, RunCreated, RunStarted
from services.domain.runs import Run, RunStatus
from services.errors import RunNotFoundError
from services.live.subscription import Subscription
from services.store.paging import every
from services.store.threads import PAGE_LIMIT

FROM_THE_BEGINNING: Final = "-1"

_DONE: Final = ".done"
"""The end of the id with which a client is told that a run is done, after all of its events."""

_BEGINS: Final = frozenset({RunStarted.type, RunCancelled.type})
"""What happens to a run first; one that is cancelled may never have been started."""


@dataclass(slots=True, kw_only=True)
class ThreadStream:
    """One client's stream of a thread; it has seen the log of `run_id` up to `seq`.

    `has_seen_rest`: and that this run had nothing more to tell then.
    """

    services: Services
    project_id: str
    thread_id: str
    is_brief: bool
    turn: int = 0
    run_id: str = ""
    seq: int = 0
    has_seen_rest: bool = True

    async def begin(self, last_event_id: str | None) -> None:
        """Go on after the event that the client has seen last; by default, with what comes now."""
        if last_event_id == FROM_THE_BEGINNING:
            return
        conversations = self.services.conversations
        place = last_event_id or ""
        seen = parse_checkpoint(place.removesuffix(_DONE))
        if seen is not None:
            with suppress(RunNotFoundError):
                run = await conversations.run(self.project_id, self.thread_id, seen.run_id)
                self._see(run, seen.seq)
                self.has_seen_rest = place.endswith(_DONE)
                return
        current = await conversations.current(self.project_id, self.thread_id)
        if current is not None:
            self._see(current, await self.services.log.head(current.id))
            stop = await self.services.interrupts.stop(current.id)
            self.has_seen_rest = current.is_over or stop is not None

    async def pieces(self) -> AsyncGenerator[str, None]:
        """What there is to tell, for as long as somebody listens."""
        while True:
            for run in await self._due():
                if run.id != self.run_id:
                    self._see(run, await _begins_after(self.services, run))
                async with aclosing(self._told(run)) as told:
                    async for text in told:
                        yield text

    def _see(self, run: Run, seq: int) -> None:
        self.turn, self.run_id, self.seq = run.turn, run.id, seq
        self.has_seen_rest = False

    async def _due(self) -> list[Run]:
        """The runs that have done something new, the oldest first, as soon as there are any."""
        async with self.services.hub.subscribe(project_id=self.project_id) as heard:
            while not (due := await self._found()):
                await self._stirred(heard)
        return due

    async def _found(self) -> list[Run]:
        found = []
        threads = self.services.threads
        pages = every(
            lambda cursor: threads.runs(
                self.project_id, self.thread_id, cursor=cursor, limit=PAGE_LIMIT
            )
        )
        async for run in pages:
            if run.turn < self.turn or (run.id == self.run_id and self._has_seen(run)):
                break
            # What was asked of a run is kept when it has been created, and before it begins.
            if run.status is not RunStatus.PENDING and not (run.is_rolled_back and run.is_over):
                found.append(run)
        return found[::-1]

    def _has_seen(self, run: Run) -> bool:
        return self.has_seen_rest and run.event_count <= self.seq

    async def _stirred(self, heard: Subscription) -> None:
        """Wait until a run of the thread may have begun, or the one that was seen last goes on."""
        while (frame := await heard.next_within(None)) is not None and not heard.take_holes():
            if frame.type in _BEGINS or frame.run_id == self.run_id:
                return

    async def _told(self, run: Run) -> AsyncGenerator[str, None]:
        """What a run does, until it is over or has stopped for somebody."""
        translation = await self._translation(run)
        yield framed([translation.begin()], None)
        async with aclosing(translated(self.services, translation, self.seq)) as told:
            async for parts, seq in told:
                self.seq = seq or self.seq
                if not self.is_brief:
                    yield framed(parts, self._place if seq else None)
        done = {"run_id": run.id, "thread_id": run.thread_id, "status": "run_done"}
        self.has_seen_rest = True
        yield framed([Part("metadata", done)], self._place + _DONE)

    @property
    def _place(self) -> str:
        return Checkpoint(self.run_id, self.seq).id

    async def _translation(self, run: Run) -> Translation:
        """A translation into the streams that were wanted when the run was asked for."""
        requests = await self.services.conversations.records.requests([run.id])
        request = requests.get(run.id, {})
        modes = modes_of(request.get("stream_mode"))
        subgraphs = bool(request.get("stream_subgraphs"))
        return await translation_of(self.services, run, self.seq, modes, subgraphs=subgraphs)


async def _begins_after(services: Services, run: Run) -> int:
    """The place in the log of a run where its own begins, behind what it took over from another."""
    (created,) = await services.log.after(run.id, 0, 1)
    match from_stored(created):
        case RunCreated(source=source) if source is not None:
            return 1 + source.kept
        case _:
            return 1
