"""Who cancels: somebody from outside, or the behaviour itself; and cancels that get lost.

Until Python 3.12 `asyncio.wait_for` swallows a cancel that comes in the moment in which what it
waits for is there, and LangGraph waits like that after every superstep. The graph would go on as if
nothing had been. So every graph of ours is known to what runs in it, which asks before it begins.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TypeVar

import anyio

T = TypeVar("T")

CancelledError = asyncio.CancelledError

_Around = tuple[asyncio.Task[object], int]
"""The task of a graph, and how often it had been asked to stop before the graph began."""

_AROUND: ContextVar[tuple[_Around, ...]] = ContextVar("graphs_around", default=())


def is_being_cancelled() -> bool:
    """Whether somebody has asked this task to stop.

    A `CancelledError` alone does not tell: a behaviour that awaits a future which others cancel
    gets one too, and so does one that raises it.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def begin_outermost() -> None:
    """From here on this task runs the graph of a whole workflow."""
    _AROUND.set(_this_task())


@contextmanager
def inner_graph() -> Iterator[None]:
    """Run a graph inside another one.

    Raises:
        CancelledError: it was asked to stop, and came to its end all the same.
    """
    own = _this_task()
    token = _AROUND.set((*_AROUND.get(), *own))
    try:
        yield
    finally:
        _AROUND.reset(token)
    if any(task.cancelling() > before for task, before in own):
        raise CancelledError


async def run_inside(graph: Awaitable[T]) -> T:
    """Run a graph inside another one, where it may be asked to stop again and again.

    That is how AnyIO cancels. LangGraph closes in a task of its own: asked once more before that
    has begun, it leaves behind all that ran in it. So the graph is asked once, and waited for.

    Raises:
        CancelledError: it was asked to stop.
    """
    task = asyncio.create_task(_inside(graph))  # noqa: TID251 - never left before it is done
    try:
        return await asyncio.shield(task)
    except CancelledError:
        task.cancel()
        while not task.done():
            with suppress(CancelledError):
                await asyncio.wait([task])
        raise


async def _inside(graph: Awaitable[T]) -> T:
    with inner_graph():
        return await graph


def is_stopped() -> bool:
    """Whether a graph around this was asked to stop, so that nothing may begin in it any more."""
    for task, before in _AROUND.get():  # noqa: SIM110 - a generator costs as much as the rest
        if task.cancelling() > before:
            return True
    return False


async def stop() -> None:
    """Ask the graphs again that were asked to stop, and wait until they do."""
    for task, before in _AROUND.get():
        if task.cancelling() > before:
            task.cancel()
            task.uncancel()  # it has been counted already
    await anyio.sleep_forever()


def _this_task() -> tuple[_Around, ...]:
    task = asyncio.current_task()
    return () if task is None else ((task, task.cancelling()),)
