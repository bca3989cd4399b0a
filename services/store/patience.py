"""Waits while the database is busy or away."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from services.store.transience import is_transient

T = TypeVar("T")

_FIRST_DELAY: Final = 0.05
_LONGEST_DELAY: Final = 2.0

_log = structlog.get_logger(__name__)


async def patiently(ask: Callable[[], Awaitable[T]], seconds: float) -> T:
    """What `ask` gives; it is called again and again while it fails with what passes.

    Raises:
        SQLAlchemyError: it failed with something else, or still after these seconds.
    """
    clock = asyncio.get_running_loop().time
    give_up_at, delay = clock() + seconds, _FIRST_DELAY
    while True:
        try:
            return await ask()
        except SQLAlchemyError as error:
            if not is_transient(error) or clock() > give_up_at:
                raise
            _log.warning("database.retry", error=str(error), delay_seconds=delay)
        await asyncio.sleep(delay)
        delay = min(delay * 2, _LONGEST_DELAY)
