"""Cuts connections whose clients take nothing of what is left to be sent before they are closed.

asyncio closes a connection only when all that was written has been taken, which a client that never
reads can put off for ever, together with the memory that it takes.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable
from typing import Final, NoReturn

_LOOKS: Final = 4
"""How often patience is looked at until it is at its end."""


async def cut_stuck(
    transports: Callable[[], Iterable[asyncio.Transport]], patience_seconds: float
) -> NoReturn:
    """Cut those that are closing and of which nothing was taken for so long."""
    stuck: dict[asyncio.Transport, tuple[int, float]] = {}
    while True:
        await asyncio.sleep(patience_seconds / _LOOKS)
        now, before = time.monotonic(), stuck
        stuck = {}
        for transport in [each for each in transports() if each.is_closing()]:
            left = transport.get_write_buffer_size()
            left_before, since = before.get(transport, (left, now))
            stuck[transport] = (left, since if left >= left_before else now)
            if now - stuck[transport][1] >= patience_seconds:
                transport.abort()
