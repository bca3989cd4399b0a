"""The metrics of a process, with what has to be looked up for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.ports import Load
from services.store.backlog import backlog_of
from services.store.database import Database
from services.telemetry.opening import Telemetry
from workflow_compiler.cache import CacheCounts

PATIENCE_SECONDS: Final = 2.0
"""A scrape goes without the numbers of a database that takes longer."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Shows what is measured; `load` is that of this process, where it executes runs."""

    telemetry: Telemetry
    database: Database
    compiled: Callable[[], CacheCounts]
    load: Callable[[], Load | None]

    async def text(self) -> bytes:
        """All metrics, as Prometheus reads them."""
        await self._look_into_database()
        self.telemetry.lookups.compiled(self.compiled())
        if (load := self.load()) is not None:
            self.telemetry.lookups.loaded(load)
        return self.telemetry.metrics.text()

    async def _look_into_database(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                self.telemetry.lookups.waiting(await backlog_of(self.database))
        except (TimeoutError, SQLAlchemyError) as error:
            _log.warning("metrics.database", error=repr(error))
            self.telemetry.lookups.away()
