"""Who is on the other end of a socket, and what they may see.

Whoever sets up the server may say how visitors are known; by default it is by their API keys.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, Protocol, TypeAlias

from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import HTTPConnection

LOOK_SECONDS: Final = 15.0
"""How often it is looked whether whoever has a stream open still has a valid key."""


class Visitor(Protocol):
    """Somebody, as far as it matters what they may see."""

    @property
    def id(self) -> str:
        """What tells them from others: how often each may come is counted by it."""

    def sees(self, project_id: str) -> bool:
        """Whether there is such a project for them."""


class Authenticate(Protocol):
    """Knows visitors by their keys; it is asked again and again while they stay."""

    async def __call__(self, connection: HTTPConnection, key: str | None, /) -> Visitor | None:
        """Who this is: by the key that was said, or by the request's headers where none was.

        Returns:
            None where the key is wrong, or where there has to be one and is none.
        """


class Rules(Protocol):
    """How those are treated who have a line open, whatever kind of line it is."""

    @property
    def authenticate(self) -> Authenticate:
        """Who they are."""

    @property
    def patience_seconds(self) -> float:
        """How long they may take nothing."""

    @property
    def look_seconds(self) -> float:
        """How often it is looked whether their key is still valid."""


def rules_of(connection: HTTPConnection) -> Rules:
    """The rules of the application: those of its socket."""
    rules: Rules = connection.app.state.live
    return rules


Known: TypeAlias = Callable[[], Awaitable[Visitor | None]]
"""Who it is, looked up anew."""


async def until_unknown(known: Known, look_seconds: float) -> None:
    """Return when the key of a visitor is not valid any more: revoked, or over.

    While the database does not answer nobody can say so, and nothing new is told either.
    """
    is_known = True
    while is_known:
        await asyncio.sleep(look_seconds)
        with suppress(SQLAlchemyError):
            is_known = await known() is not None
