"""A cancel that a graph lost is not lost for what would begin in it."""

import asyncio
from collections.abc import Awaitable, Callable

import anyio
import pytest

from workflow_compiler.lower.cancelling import inner_graph, is_stopped, run_inside, stop

PATIENCE_SECONDS = 60.0


async def cancelled_while(work: Callable[[], Awaitable[None]], begun: asyncio.Event) -> None:
    """Cancel a task once, when it has begun."""
    task = asyncio.ensure_future(work())
    await begun.wait()
    task.cancel()
    async with asyncio.timeout(PATIENCE_SECONDS):
        with pytest.raises(asyncio.CancelledError):
            await task


async def lost_cancel(begun: asyncio.Event) -> None:
    """What `asyncio.wait_for` does with a cancel that comes when all is there."""
    begun.set()
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        return


async def test_nothing_begins_in_a_graph_that_lost_its_cancel():
    begun, visits = asyncio.Event(), list[str]()

    async def visit() -> None:
        if is_stopped():
            await stop()
        visits.append("began")

    async def graph() -> None:
        with inner_graph():
            await lost_cancel(begun)
            await asyncio.ensure_future(visit())

    await cancelled_while(graph, begun)
    assert visits == []


async def test_a_graph_that_lost_its_cancel_has_no_result():
    begun = asyncio.Event()

    async def graph() -> None:
        with inner_graph():
            await lost_cancel(begun)

    await cancelled_while(graph, begun)


async def test_a_cancel_from_before_the_graph_is_no_cancel_of_it():
    begun, visits = asyncio.Event(), list[str]()

    async def clean_up() -> None:
        await lost_cancel(begun)
        with inner_graph():
            if is_stopped():
                await stop()
            visits.append("began")

    task = asyncio.ensure_future(clean_up())
    await begun.wait()
    task.cancel()
    await task
    assert visits == ["began"]


async def test_a_graph_that_is_asked_again_and_again_leaves_nothing_behind():
    """As AnyIO asks: at every turn of the loop, until what it asked has come to its end."""
    begun, closed = asyncio.Event(), list[str]()

    async def node() -> None:
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            closed.append("node")

    async def graph() -> None:
        """Like one of LangGraph: it closes in a task of its own, which is what stops its nodes."""
        nodes = asyncio.ensure_future(node())

        async def close() -> None:
            nodes.cancel()
            await asyncio.wait([nodes])

        try:
            await asyncio.wait([nodes])
        finally:
            await asyncio.ensure_future(close())

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(run_inside, graph())
        await begun.wait()
        tasks.cancel_scope.cancel()
    assert closed == ["node"]
