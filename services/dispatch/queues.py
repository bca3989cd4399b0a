"""The queue of the settings: what tells workers of runs, and what they are told by."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import assert_never

from services.dispatch.celery import celery_consumer, celery_dispatcher
from services.dispatch.queued import Accepts, QueueDispatcher
from services.dispatch.saq import saq_consumer, saq_dispatcher
from services.settings import Dispatch, Settings


def queue_dispatcher(settings: Settings) -> AbstractAsyncContextManager[QueueDispatcher]:
    """What tells workers of runs, for settings that have a queue.

    Raises:
        DispatchError: the extra that the dispatch needs is not installed.
    """
    opened = saq_dispatcher if settings.dispatch is Dispatch.SAQ else celery_dispatcher
    return opened(settings.queue_url or "", settings.queue_name, settings.shutdown_grace_seconds)


@asynccontextmanager
async def consuming(settings: Settings, worker: Accepts) -> AsyncIterator[None]:
    """Have a worker told by the queue, if there is one, what to execute, while the block lasts.

    Raises:
        DispatchError: the extra that the dispatch needs is not installed.
    """
    url, name = settings.queue_url or "", settings.queue_name
    match settings.dispatch:
        case Dispatch.INPROCESS:
            yield
        case Dispatch.SAQ:
            async with saq_consumer(url, name, worker):
                yield
        case Dispatch.CELERY:
            async with celery_consumer(url, name, worker):
                yield
        case _:
            assert_never(settings.dispatch)
