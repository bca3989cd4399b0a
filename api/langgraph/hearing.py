"""Who waits for an answer, and hears a run from before it does anything: no log has its tokens."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Annotated, TypeAlias

from fastapi import Depends

from api.deps import ServicesDep
from services.live.hub import Hub
from services.live.subscription import Subscription

Hear: TypeAlias = Callable[[str], Awaitable[None]]
"""Is told which run a request is about, before that run does anything for it."""


async def unheard(run_id: str) -> None:
    """Do nothing: nobody wants to hear more of it than is kept."""


class Listener:
    """Somebody who waits for an answer that lasts: hears the run until that has been sent."""

    def __init__(self, hub: Hub, until_sent: AsyncExitStack) -> None:
        self.heard: Subscription | None = None
        self._hub = hub
        self._until_sent = until_sent

    async def hear(self, run_id: str) -> None:
        """Hear this run from now on."""
        subscribing = self._hub.subscribe(run_id=run_id)
        self.heard = await self._until_sent.enter_async_context(subscribing)


async def _listener(services: ServicesDep) -> AsyncIterator[Listener]:
    async with AsyncExitStack() as until_sent:
        yield Listener(services.runs.hub, until_sent)


ListenerDep = Annotated[Listener, Depends(_listener)]
"""Whoever asks; the framework ends this when the answer has been sent."""
