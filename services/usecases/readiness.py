"""Whether this process can work, and how it does: asked by whoever sends it requests."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.domain.backlog import Backlog
from services.errors import NotReadyError
from services.ports import Load
from services.store.backlog import backlog_of
from services.store.database import Database

PATIENCE_SECONDS: Final = 2.0
"""A database that takes longer for a few rows is as good as away."""

STUCK_SECONDS: Final = 2.0
"""A loop that is late by so much answers nobody in time."""

_SWEEPS: Final = 3
"""Looks that a dispatcher may miss, since the database may have been away for them."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part that this process needs; `why` not, where it is not ready, and numbers about it."""

    name: str
    why: str | None = None
    facts: Mapping[str, float] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Asks the parts that no request can do without.

    `load` is that of this process, where it executes runs; `delay` by how much the event loop
    is late again and again.
    """

    database: Database
    sweep_seconds: float
    delay: Callable[[], float]
    load: Callable[[], Load | None]
    patience_seconds: float = PATIENCE_SECONDS

    async def check(self) -> tuple[Part, ...]:
        """What is ready, with some numbers.

        Raises:
            NotReadyError: something is not; it names all that is not.
        """
        parts = (*await self._of_database(), self._of_loop(), *self._of_dispatcher())
        if missing := {part.name: part.why for part in parts if part.why is not None}:
            raise NotReadyError(missing)
        return parts

    async def _of_database(self) -> tuple[Part, ...]:
        try:
            async with asyncio.timeout(self.patience_seconds):
                is_outdated = await self.database.is_outdated()
                backlog = await backlog_of(self.database)
        except TimeoutError:
            return (Part(name="database", why="it is too slow"),)
        except SQLAlchemyError as error:
            # What exactly is wrong may hold names of hosts and users: that is for the log.
            _log.warning("readiness.database", error=str(error))
            return (Part(name="database", why="it does not answer"),)
        why = "its tables are of an older version" if is_outdated else None
        return (Part(name="database", why=why), _queue(backlog))

    def _of_loop(self) -> Part:
        delay = self.delay()
        why = f"it is late by {delay:.1f} s" if delay > STUCK_SECONDS else None
        return Part(name="event_loop", why=why, facts={"delay_seconds": round(delay, 3)})

    def _of_dispatcher(self) -> tuple[Part, ...]:
        if (load := self.load()) is None:
            return ()
        late = load.looked_seconds_ago > _SWEEPS * self.sweep_seconds + STUCK_SECONDS
        why = f"it looked for due runs {load.looked_seconds_ago:.0f} s ago" if late else None
        facts = {"places": load.places, "taken": load.taken, "waiting": load.waiting}
        return (Part(name="dispatcher", why=why, facts=facts),)


def _queue(backlog: Backlog) -> Part:
    """How far those who execute are behind: worth knowing, but no reason to refuse requests."""
    due = backlog.due
    return Part(
        name="queue", facts={"due": due.number, "lag_seconds": round(due.oldest_seconds, 3)}
    )
