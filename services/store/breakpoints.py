"""The breakpoints that are kept with workflows, for runs that are debugged from their beginning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import Connection, bindparam, delete, select

from services.domain.events.stops import Breakpoint
from services.store.database import Database
from services.store.dialects import upserts
from services.store.tables import workflow_breakpoints

_ALL: Final = TypeAdapter(tuple[Breakpoint, ...])
_OF_WORKFLOW = workflow_breakpoints.c.workflow_id == bindparam("workflow")
_GET = select(workflow_breakpoints.c.breakpoints).where(_OF_WORKFLOW)
_KEEP = upserts(workflow_breakpoints)
_FORGET = delete(workflow_breakpoints).where(_OF_WORKFLOW)


class Breakpoints:
    """The kept breakpoints in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, workflow_id: str) -> tuple[Breakpoint, ...]:
        """Those of a workflow; none where nobody keeps any."""
        rows = await self._database.rows(_GET, {"workflow": workflow_id})
        return _ALL.validate_python(rows[0].breakpoints) if rows else ()

    async def keep(self, workflow_id: str, breakpoints: Sequence[Breakpoint]) -> None:
        """Keep these with a workflow that there is, and no others."""
        row: dict[str, Any] = {
            "workflow_id": workflow_id,
            "breakpoints": _ALL.dump_python(tuple(breakpoints), mode="json"),
        }

        def write(connection: Connection) -> None:
            if breakpoints:
                connection.execute(_KEEP[connection.dialect.name], row)
            else:
                connection.execute(_FORGET, {"workflow": workflow_id})

        await self._database.write(write)
