"""Which workflow a run is of, remembered: that never changes."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, select

from services.store.database import Database
from services.store.tables import workflow_graphs, workflow_runs

_REMEMBERED: Final = 10_000

_RUN: Final = workflow_runs.c
_ONE: Final = (
    select(
        _RUN.project_id, _RUN.workflow_id, workflow_graphs.c.name.label("workflow"), _RUN.version
    )
    .join(workflow_graphs, workflow_graphs.c.id == _RUN.workflow_id)
    .where(_RUN.id == bindparam("run"))
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """The version of the workflow that a run executes."""

    project_id: str
    workflow_id: str
    workflow: str
    version: int


class Origins:
    """The origins of the runs in the database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: OrderedDict[str, Origin] = OrderedDict()

    async def of(self, run_id: str) -> Origin | None:
        """What a run is a run of; None when it is gone."""
        if run_id not in self._known:
            rows = await self._database.rows(_ONE, {"run": run_id})
            if not rows:
                return None
            self._known[run_id] = Origin(**rows[0]._asdict())
            if len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return self._known[run_id]
