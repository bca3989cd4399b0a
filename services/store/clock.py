"""The time of the database in a process, whatever the clock of its machine says.

Moments that one process writes down and another one acts upon, such as when a timer is due, must be
of one clock. Leases are judged by that of the database, so it is the one.
"""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta
from typing import Final, Self

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.exc import SQLAlchemyError
from typing_extensions import override

from services.lasting import Lasting
from services.ports import Ahead, as_it_is
from services.store.database import Database
from services.store.dialects import DatabaseTime
from workflow_compiler.ports import SystemClock

ASK_SECONDS: Final = 10.0
"""Between two looks at the clock of the database: in between even a poor clock loses little."""

_TOLERANCE: Final = timedelta(milliseconds=50)
"""What an answer may take: a clock that seems to be ahead by no more than this is not set back."""

_NOW: Final = select(DatabaseTime().label("now"))

_log = structlog.get_logger(__name__)


class DatabaseClock(Lasting, SystemClock):
    """Goes on by itself from the moment that the database told it last, inside `async with`.

    It is behind by what the answer took, so nothing is due before its time. Where the database was
    opened ahead of its time, so is this, and follows at once.
    """

    def __init__(self, database: Database, ahead: Ahead | None = None) -> None:
        super().__init__("clock")
        self._database = database
        self._ahead = ahead or as_it_is
        # One value, since it is told in a thread of the database and asked in the loop.
        self._told = (super().now(), time.monotonic())

    @override
    async def __aenter__(self) -> Self:
        await self._database.read(self._ask)
        return await super().__aenter__()

    @override
    def now(self) -> datetime:
        """The moment, in UTC."""
        return self._moment(time.monotonic()) + self._ahead()

    def hear(self, moment: datetime, at: float) -> None:
        """Take over what the database said, which came when `time.monotonic()` was `at`."""
        ahead = self._moment(at) - moment
        if not timedelta() <= ahead <= _TOLERANCE:
            self._told = (moment, at)

    @override
    async def _work(self) -> None:
        while True:
            await asyncio.sleep(ASK_SECONDS)
            try:
                await self._database.read(self._ask)
            except SQLAlchemyError as error:
                _log.debug("clock.unheard", error=str(error))

    def _ask(self, connection: Connection) -> None:
        told = connection.execute(_NOW).scalar_one() - self._ahead()
        self.hear(told, time.monotonic())

    def _moment(self, at: float) -> datetime:
        moment, told_at = self._told
        return moment + timedelta(seconds=at - told_at)
