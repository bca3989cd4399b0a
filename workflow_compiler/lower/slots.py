"""How many nodes of a run are at work at once, over all the graphs that it consists of."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar

_AT_WORK: ContextVar[bool] = ContextVar("at_work", default=False)


@asynccontextmanager
async def slot(limiter: AbstractAsyncContextManager[object] | None) -> AsyncIterator[None]:
    """Take a place among those that are at work, for the time of this block.

    What an attempt runs inside itself is part of it and takes no place of its own: if it waited for
    one while the attempt around it holds the last, neither would ever end.
    """
    if limiter is None or _AT_WORK.get():
        yield
        return
    async with limiter:
        token = _AT_WORK.set(True)
        try:
            yield
        finally:
            _AT_WORK.reset(token)
