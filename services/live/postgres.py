"""Brings to this process what others write about their runs, and what they ask of its own.

PostgreSQL says that a log has grown; the new frames are read once and shown through the hub, as if
they had been written here. When the connection is lost nobody knows what was said meanwhile: then
the readers of runs look at the log, and those of projects, which have no single log, are told.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Final, Protocol

import structlog
from typing_extensions import override

from services.domain.events.frames import Frame
from services.domain.news import Asked, Growth, News, Spoken
from services.lasting import Lasting
from services.live.bell import Bell
from services.live.hub import Hub

RECONNECT_SECONDS: Final = 1.0

SILENCE_SECONDS: Final = 30.0
"""How long a feed trusts that it hears of everything; its log is read once after such a silence."""

_PAGE: Final = 500
_REMEMBERED: Final = 10_000

_log = structlog.get_logger(__name__)


class Source(Protocol):
    """The database, as far as others can be heard in it."""

    def news(self) -> AsyncGenerator[News | None, None]:
        """What all processes say, after None when it can be heard; raises when it breaks off."""

    def is_mine(self, sender: int) -> bool:
        """Whether this process said it, so that its hub has shown it already."""


class Log(Protocol):
    """The logs of the runs."""

    async def frames(self, run_id: str, seq: int, limit: int) -> Sequence[Frame]:
        """The next frames of a run after `seq`, at most `limit`."""

    async def project_of(self, run_id: str) -> str | None:
        """The project that a run is of."""


class Listener(Lasting):
    """Listens inside `async with`, and again when the connection was lost."""

    def __init__(self, source: Source, log: Log, hub: Hub, bell: Bell) -> None:
        super().__init__("listener")
        self._source = source
        self._log = log
        self._hub = hub
        self._bell = bell
        self._shown: OrderedDict[str, int] = OrderedDict()
        self._hears = asyncio.Event()

    async def hears(self) -> None:
        """Wait until it hears what others say."""
        await self._hears.wait()

    @override
    async def _work(self) -> None:
        while True:
            try:
                async with aclosing(self._source.news()) as news:
                    await self._listen(news)
            except Exception as error:  # noqa: BLE001 - whatever it was, watchers want to hear on
                _log.warning("listener.lost", error=str(error))
            self._hears.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self, news: AsyncGenerator[News | None, None]) -> None:
        async for told in news:
            if told is None:
                self._hub.lose_track()
                self._bell.ring()
                self._hears.set()
            elif not self._source.is_mine(told.sender):
                await self._take(told)

    async def _take(self, told: News) -> None:
        match told:
            case Asked():
                self._bell.ring()
            case Spoken(message=message):
                self._hub.hear(message)
            case Growth(run_id=run_id) if self._hub.is_watched(run_id):
                await self._show(told)
            case Growth():
                pass  # nobody wants to see it

    async def _show(self, growth: Growth) -> None:
        """Show what is new of a run, and nothing after it: text may be told before that."""
        run_id = growth.run_id
        project_id = await self._log.project_of(run_id)
        seen = max(growth.first - 1, self._shown.get(run_id, 0))
        while (
            project_id is not None
            and seen < growth.last
            and (page := await self._log.frames(run_id, seen, min(_PAGE, growth.last - seen)))
        ):
            self._hub.publish(run_id, project_id, page)
            seen = page[-1].seq or seen
        self._shown[run_id] = seen
        self._shown.move_to_end(run_id)
        if len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)
