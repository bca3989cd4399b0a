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
from services.lasting import Lasting
from services.live.bell import Bell
from services.live.hub import Hub

RECONNECT_SECONDS: Final = 1.0

SILENCE_SECONDS: Final = 30.0
"""How long a feed trusts that it hears of everything; its log is read once after such a silence."""

_PAGE: Final = 500
_REMEMBERED: Final = 10_000

_log = structlog.get_logger(__name__)


class Told(Protocol):
    """What a process said about a run: its log is new from `seq` on."""

    @property
    def run_id(self) -> str | None:
        """The run; None where something was asked of runs."""

    @property
    def seq(self) -> int:
        """The first seq that is new."""

    @property
    def sender(self) -> int:
        """Who said it; `Source.is_mine` knows whether that was this process."""


class Source(Protocol):
    """The database, as far as others can be heard in it."""

    def growth(self) -> AsyncGenerator[Told | None, None]:
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
                async with aclosing(self._source.growth()) as told:
                    await self._listen(told)
            except Exception as error:  # noqa: BLE001 - whatever it was, watchers want to hear on
                _log.warning("listener.lost", error=str(error))
            self._hears.clear()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self, told: AsyncGenerator[Told | None, None]) -> None:
        async for growth in told:
            if growth is None:
                self._hub.lose_track()
                self._bell.ring()
                self._hears.set()
            elif self._source.is_mine(growth.sender):
                continue
            elif growth.run_id is None:
                self._bell.ring()
            elif self._hub.is_watched(growth.run_id):
                await self._show(growth.run_id, growth.seq)

    async def _show(self, run_id: str, seq: int) -> None:
        """Show what is new of a run; one look at the log may bring what is said only later."""
        project_id = await self._log.project_of(run_id)
        seen = max(seq - 1, self._shown.get(run_id, 0))
        while project_id is not None and (page := await self._log.frames(run_id, seen, _PAGE)):
            self._hub.publish(run_id, project_id, page)
            seen = page[-1].seq or seen
        self._shown[run_id] = seen
        self._shown.move_to_end(run_id)
        if len(self._shown) > _REMEMBERED:
            self._shown.popitem(last=False)
