"""Who cancels: somebody from outside, or the behaviour itself."""

from __future__ import annotations

import asyncio

CancelledError = asyncio.CancelledError


def is_being_cancelled() -> bool:
    """Whether somebody has asked this task to stop.

    A `CancelledError` alone does not tell: a behaviour that awaits a future which others cancel
    gets one too, and so does one that raises it.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
