"""Brings runs to workers through Celery, over RabbitMQ or Redis.

Celery does not run coroutines. So its consumer is a thread beside the event loop of the worker's
process; its one task hands the run over to the loop, and is done when the run has a place there.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import CancelledError as Cancelled
from concurrent.futures import Future
from contextlib import asynccontextmanager, suppress
from typing import Any, Final

from services.dispatch.queued import Accepts, QueueDispatcher, load_client

_TASK: Final = "workflow.execute"

_EXPIRES_SECONDS: Final = 60
"""A message that no worker takes for so long is thrown away: the run is due in the database."""

_CONNECT_SECONDS: Final = 4


@asynccontextmanager
async def celery_dispatcher(
    url: str, name: str, grace_seconds: float
) -> AsyncIterator[QueueDispatcher]:
    """A dispatcher over a queue of this name at a broker.

    Raises:
        DispatchError: the extra is not installed.
    """
    app = _app(url, name)

    def put_now(run_id: str) -> None:
        app.send_task(
            _TASK,
            kwargs={"run_id": run_id},
            retry=False,
            expiration=_EXPIRES_SECONDS,
            ignore_result=True,
        )

    async def put(run_id: str) -> None:
        await asyncio.to_thread(put_now, run_id)

    async with QueueDispatcher(put, grace_seconds) as dispatcher:
        yield dispatcher
    await asyncio.to_thread(app.close)


@asynccontextmanager
async def celery_consumer(url: str, name: str, worker: Accepts) -> AsyncIterator[None]:
    """Have a worker execute the runs of which the queue tells, while the block lasts.

    Raises:
        DispatchError: the extra is not installed.
    """
    app = _app(url, name)
    loop, waiting = asyncio.get_running_loop(), set[Future[None]]()

    def execute(run_id: str) -> None:
        accepted = asyncio.run_coroutine_threadsafe(worker.accept(run_id), loop)
        waiting.add(accepted)
        with suppress(Cancelled):  # the process stops; the run is for others
            accepted.result()
        waiting.discard(accepted)

    app.task(name=_TASK)(execute)
    consumer = app.WorkController(
        pool_cls="threads",
        concurrency=1,
        without_gossip=True,
        without_mingle=True,
        without_heartbeat=True,
        quiet=True,
    )
    consuming = loop.run_in_executor(None, consumer.start)
    try:
        yield
    finally:
        for accepted in tuple(waiting):
            accepted.cancel()
        consumer.state.should_stop = 0  # how it is told from another thread
        consumer.hub.call_soon(_nothing)  # so that it looks
        await consuming
        consumer.state.should_stop = None
        await asyncio.to_thread(app.close)


def _nothing() -> None:
    """What a loop is woken for."""


def _app(url: str, name: str) -> Any:
    app = load_client("celery", "celery").Celery(
        "workflow", broker=url, set_as_current=False, fixups=[]
    )
    app.conf.update(
        accept_content=["json"],
        broker_connection_retry_on_startup=True,
        broker_connection_timeout=_CONNECT_SECONDS,
        task_default_delivery_mode="transient",
        task_default_queue=name,
        task_ignore_result=True,
        worker_enable_remote_control=False,
        worker_prefetch_multiplier=1,
    )
    return app
