"""Plain functions, in threads of their own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import anyio
import anyio.lowlevel
import anyio.to_thread

MAX_THREADS = 40
"""Plain functions that an event loop waits for at once; those that it gave up do not count."""

_LIMITER: anyio.lowlevel.RunVar[anyio.CapacityLimiter] = anyio.lowlevel.RunVar("function_threads")
"""Functions have a limiter of their own, so that they never keep the program's threads busy."""


async def in_thread(
    function: Callable[..., Any],
    arguments: Mapping[str, Any],
    left: Callable[[], None] = lambda: None,
) -> Any:
    """Call a blocking function without stopping the loop.

    A timeout or a cancel does not wait for it: the thread goes on and its result is thrown away.
    `left` is called when that happens.
    """
    at_work = False

    def call() -> Any:
        nonlocal at_work
        at_work = True
        try:
            return function(**arguments)
        finally:
            at_work = False

    try:
        return await anyio.to_thread.run_sync(call, abandon_on_cancel=True, limiter=_threads())
    except anyio.get_cancelled_exc_class():
        if at_work:
            left()
        raise


def _threads() -> anyio.CapacityLimiter:
    limiter = _LIMITER.get(None)
    if limiter is None:
        limiter = anyio.CapacityLimiter(MAX_THREADS)
        _LIMITER.set(limiter)
    return limiter


Function = Callable[..., Awaitable[Any]] | Callable[..., Any]
