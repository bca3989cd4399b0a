"""The logs of the runs, to be read. What is in them is written by `services.store.appends`."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from sqlalchemy import bindparam, func, select

from services.domain.debugging import COMMANDS
from services.domain.events.frames import Frame, StoredEvent, to_frame
from services.store.database import Database
from services.store.rows import EVENT_COLUMNS, event_of
from services.store.tables import workflow_run_events, workflow_runs
from workflow_compiler.history import VisitKey

EVENTS_LIMIT = 1_000
_MAX_SEQ = 2**31 - 1

_LOG = workflow_run_events.c
_OF_RUN = _LOG.run_id == bindparam("run")
_AFTER = (
    select(*EVENT_COLUMNS)
    .where(_OF_RUN, _LOG.seq > bindparam("seen"))
    .order_by(_LOG.seq)
    .limit(bindparam("most"))
)
_COMMAND_TYPES = [command.type for command in COMMANDS]
_COMMANDS = (
    select(*EVENT_COLUMNS)
    .where(
        _OF_RUN,
        _LOG.seq > bindparam("seen"),
        _LOG.type.in_(bindparam("types", expanding=True)),
    )
    .order_by(_LOG.seq)
)
_LAST_OF = (
    select(*EVENT_COLUMNS)
    .where(
        _OF_RUN,
        _LOG.node_id == bindparam("node"),
        _LOG.path == bindparam("at"),
        _LOG.visit == bindparam("number"),
        _LOG.type == bindparam("kind"),
    )
    .order_by(_LOG.seq.desc())
    .limit(1)
)
_HEAD = select(func.coalesce(func.max(_LOG.seq), 0)).where(_OF_RUN)
_PROJECT = select(workflow_runs.c.project_id).where(workflow_runs.c.id == bindparam("run"))


class EventLog:
    """Reads the logs in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def after(self, run_id: str, seq: int, limit: int = EVENTS_LIMIT) -> list[StoredEvent]:
        """The next entries after a place in a run's log, at most `limit`."""
        values = {"run": run_id, "seen": min(seq, _MAX_SEQ), "most": min(limit, EVENTS_LIMIT)}
        return [event_of(row) for row in await self._database.rows(_AFTER, values)]

    async def commands_after(self, run_id: str, seq: int) -> list[StoredEvent]:
        """What was asked after a place in a run's log by those who debug it."""
        values = {"run": run_id, "seen": min(seq, _MAX_SEQ), "types": _COMMAND_TYPES}
        return [event_of(row) for row in await self._database.rows(_COMMANDS, values)]

    async def last_of(self, run_id: str, visit: VisitKey, type_: str) -> StoredEvent | None:
        """The last entry of a type that is about a visit."""
        node_id, path, number = visit
        values = {"run": run_id, "node": node_id, "at": path, "number": number, "kind": type_}
        rows = await self._database.rows(_LAST_OF, values)
        return event_of(rows[0]) if rows else None

    async def all(self, run_id: str) -> AsyncGenerator[StoredEvent, None]:
        """A run's whole log, read page by page."""
        page = await self.after(run_id, 0)
        while page:
            for entry in page:
                yield entry
            page = await self.after(run_id, page[-1].seq or 0)

    async def frames(self, run_id: str, seq: int, limit: int = EVENTS_LIMIT) -> list[Frame]:
        """The same, as clients get them."""
        return [to_frame(run_id, stored) for stored in await self.after(run_id, seq, limit)]

    async def project_of(self, run_id: str) -> str | None:
        """The project that a run is of."""
        rows = await self._database.rows(_PROJECT, {"run": run_id})
        return rows[0].project_id if rows else None

    async def head(self, run_id: str) -> int:
        """The last seq of a run's log, 0 where there is none."""
        rows = await self._database.rows(_HEAD, {"run": run_id})
        return int(rows[0][0])
