"""The places in a run's log where nothing is half done, page by page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.domain.events.frames import StoredEvent, from_stored
from services.domain.events.vocabulary import NodeCompleted, NodeFailed, RunEvent
from services.domain.marks import Marks
from services.store.paging import Page, from_cursor, page_of
from services.usecases.looks import LookUseCases
from workflow_compiler.history import VisitKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """A place after an entry of a log, and which visits have ended since the one before."""

    seq: int
    at: datetime
    ended: tuple[VisitKey, ...]


async def checkpoints_of(
    looks: LookUseCases, run_id: str, *, cursor: str | None = None, limit: int = 200
) -> Page[Checkpoint]:
    """The checkpoints of a run in the order of its log.

    Raises:
        RunNotFoundError: no such run.
        CursorError: no page gave this cursor.
        UnreadableEventError: the log is not what this version writes.
    """
    run = await looks.store.require(run_id)
    (seen,) = (0,) if cursor is None else from_cursor(cursor, int)
    reading, found = _Reading(), list[Checkpoint]()
    while len(found) <= limit and (page := await looks.log.after(run.id, seen)):
        found += await looks.computing.run(partial(reading.take, page))
        seen = page[-1].seq or 0
    if len(found) <= limit:
        found += reading.rest()
    return page_of(found[: limit + 1], limit, _same, lambda one: [one.seq])


class _Reading:
    """Goes through a log that begins at a checkpoint, or at its start."""

    def __init__(self) -> None:
        self._marks = Marks()
        self._ended: list[VisitKey] = []
        self._last: StoredEvent | None = None

    def take(self, page: Sequence[StoredEvent]) -> list[Checkpoint]:
        found: list[Checkpoint] = []
        for stored in page:
            event = from_stored(stored)
            if self._marks.closes_before(event):
                found += self._closed()
            self._note(event)
            self._last = stored
        return found

    def rest(self) -> list[Checkpoint]:
        return [*self._closed()] if self._marks.is_open else []

    def _note(self, event: RunEvent) -> None:
        if isinstance(event, NodeCompleted | NodeFailed) and not event.path:
            self._ended.append((event.node_id, event.path, event.visit))

    def _closed(self) -> Iterator[Checkpoint]:
        if self._last is not None and self._last.seq is not None:
            ended, self._ended = tuple(self._ended), []
            yield Checkpoint(seq=self._last.seq, at=self._last.at, ended=ended)


def _same(checkpoint: Checkpoint) -> Checkpoint:
    return checkpoint
