"""Brings runs to workers through SAQ, which keeps its queue in Redis."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from services.dispatch.queued import Accepts, QueueDispatcher, load_client

_FUNCTION: Final = "execute"

_WAIT_SECONDS: Final = 60
"""A message whose worker has no place for so long, or has died, is thrown away: the run is due in
the database, and whoever has a place finds it."""

_KEEP_NOTHING: Final = -1

_FIRST_PAUSE_SECONDS: Final = 0.05
_LONGEST_PAUSE_SECONDS: Final = 5.0
_RETRIES: Final = 20
"""Before a call to a Redis that is away is given up: a minute or so."""

_UPKEEP: Final = {"schedule": 60, "worker_info": 30, "sweep": 60, "abort": 60}
"""Seconds between looks at what we do not use: scheduled and aborted messages."""


@asynccontextmanager
async def saq_dispatcher(
    url: str, name: str, grace_seconds: float
) -> AsyncIterator[QueueDispatcher]:
    """A dispatcher over a queue of this name in the Redis at this URL.

    Raises:
        DispatchError: the extra is not installed.
    """
    async with _opened(url, name) as queue:

        async def put(run_id: str) -> None:
            await queue.enqueue(
                _FUNCTION, run_id=run_id, timeout=_WAIT_SECONDS, ttl=_KEEP_NOTHING, retries=1
            )

        async with QueueDispatcher(put, grace_seconds) as dispatcher:
            yield dispatcher


@asynccontextmanager
async def saq_consumer(url: str, name: str, worker: Accepts) -> AsyncIterator[None]:
    """Have a worker execute the runs of which the queue tells, while the block lasts.

    Raises:
        DispatchError: the extra is not installed.
    """

    async def execute(_context: Any, *, run_id: str) -> None:
        await worker.accept(run_id)

    async with _opened(url, name) as queue, asyncio.TaskGroup() as tasks:
        consumer = _quiet_worker(queue, execute)
        tasks.create_task(consumer.start(), name="saq")
        try:
            yield
        finally:
            consumer.event.set()
            for task in tuple(consumer.tasks):  # all that they do is wait
                task.cancel()
            await consumer.stop()


@asynccontextmanager
async def _opened(url: str, name: str) -> AsyncIterator[Any]:
    redis = load_client("saq", "redis.asyncio")
    backoff = load_client("saq", "redis.backoff").ExponentialWithJitterBackoff(
        base=_FIRST_PAUSE_SECONDS, cap=_LONGEST_PAUSE_SECONDS
    )
    # SAQ's worker asks again at once when Redis is away: let the client be the patient one.
    client = redis.from_url(url, retry=redis.retry.Retry(backoff, _RETRIES))
    try:
        yield load_client("saq", "saq.queue.redis").RedisQueue(client, name=name)
    finally:
        await client.aclose()


def _quiet_worker(queue: Any, execute: Any) -> Any:
    """One message at a time: it is done when its run has a place, so the next may go elsewhere."""
    base = load_client("saq", "saq.worker").Worker
    # Whoever started the process listens to signals.
    quiet = type("Worker", (base,), {"SIGNALS": ()})
    return quiet(
        queue, [(_FUNCTION, execute)], concurrency=1, timers=_UPKEEP, shutdown_grace_period_s=1
    )
