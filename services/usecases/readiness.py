"""Whether this process can work: asked by whoever sends it requests."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.errors import NotReadyError
from services.store.events import EventLog

PATIENCE_SECONDS: Final = 2.0
"""A database that takes longer for one row is as good as away."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Asks the parts that no request can do without."""

    log: EventLog
    patience_seconds: float = PATIENCE_SECONDS

    async def check(self) -> None:
        """Return when everything is ready.

        Raises:
            NotReadyError: something is not; it names what.
        """
        try:
            async with asyncio.timeout(self.patience_seconds):
                await self.log.head("")
        except TimeoutError as error:
            raise NotReadyError("database", "it is too slow") from error
        except SQLAlchemyError as error:
            # What exactly is wrong may hold names of hosts and users: that is for the log.
            _log.warning("readiness.database", error=str(error))
            raise NotReadyError("database", "it does not answer") from error
