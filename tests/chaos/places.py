"""Databases to have a storm over: a file, or a server of its own that can be restarted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from sqlalchemy import make_url

from tests.chaos.storm import ON_A_SERVER, ON_ANY_DATABASE, Blow
from tests.support import postgres
from tests.support.proxies import Cable, cable_to


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A new database; each worker reaches a server by a line of its own."""

    url: str
    blows: Sequence[Blow]
    restart: Callable[[], Awaitable[None]]
    lines: Sequence[Cable] = ()

    def url_of(self, worker: int) -> str:
        """How a worker reaches it."""
        if not self.lines:
            return self.url
        there = make_url(self.url).set(port=self.lines[worker].port)
        return there.render_as_string(hide_password=False)


OpenPlace: TypeAlias = Callable[[int], AbstractAsyncContextManager[Place]]
"""Makes a database for so many workers."""


@asynccontextmanager
async def on_a_file(url: str) -> AsyncIterator[Place]:
    """A place at a URL of SQLite."""

    async def restart() -> None:
        raise AssertionError("nobody restarts a file")

    yield Place(url=url, blows=ON_ANY_DATABASE, restart=restart)


@asynccontextmanager
async def on_a_server(folder: Path, url: str, workers: int) -> AsyncIterator[Place]:
    """A database of its own on a server that `postgres.start` made with this folder."""

    async def restart() -> None:
        await asyncio.to_thread(postgres.halt, folder)
        await asyncio.to_thread(postgres.go_on, folder)

    with postgres.Server(url).database() as own:
        port = make_url(own).port or 5432
        async with AsyncExitStack() as stack:
            lines = [await stack.enter_async_context(cable_to(port)) for _ in range(workers)]
            yield Place(url=own, blows=ON_A_SERVER, restart=restart, lines=lines)
