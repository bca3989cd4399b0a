"""Opens lines and closes them with the code that tells the client why."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

import structlog
from sqlalchemy.exc import OperationalError
from starlette.websockets import WebSocket, WebSocketDisconnect

from api.deps import services_of, visitor_of
from api.errors import ForeignOriginError
from api.gate import check_origin
from api.live.line import (
    BAD_MESSAGE,
    FOREIGN_ORIGIN,
    TRY_LATER,
    House,
    Line,
    LineClosedError,
)
from api.live.messages import PROTOCOL
from api.live.visitor import LOOK_SECONDS, Authenticate

_log = structlog.get_logger(__name__)

PATIENCE_SECONDS: Final = 10.0
"""A client that takes nothing for so long is told to come back later."""


@dataclass(frozen=True, slots=True)
class LiveEndpoint:
    """The ASGI endpoint of the socket."""

    patience_seconds: float = PATIENCE_SECONDS
    authenticate: Authenticate = visitor_of
    look_seconds: float = LOOK_SECONDS

    async def __call__(self, socket: WebSocket) -> None:
        """Serve one client until one of the two has had enough."""
        house = House(
            services=services_of(socket),
            authenticate=self.authenticate,
            patience_seconds=self.patience_seconds,
            look_seconds=self.look_seconds,
        )
        ending: LineClosedError | None = None
        try:
            await _accept(socket)
            async with asyncio.TaskGroup() as tasks:
                await Line(socket, house, tasks).serve()
        except* WebSocketDisconnect:
            pass  # whoever has gone needs no answer
        except* LineClosedError as endings:
            ending = _first(endings)
        except* OperationalError as errors:
            _log.warning("database.away", path=socket.url.path, error=str(errors.exceptions[0]))
            ending = LineClosedError(TRY_LATER, "the database is away; come back with after_seq")
        if ending is not None:
            await self._close(socket, ending)

    async def _close(self, socket: WebSocket, ending: LineClosedError) -> None:
        # Somebody who reads nothing cannot be told; then the connection is simply dropped.
        with suppress(TimeoutError, WebSocketDisconnect):
            async with asyncio.timeout(self.patience_seconds):
                await socket.close(ending.code, ending.reason)


async def _accept(socket: WebSocket) -> None:
    """Open the socket, or close it with a code, which only an open one can carry."""
    speaks = PROTOCOL in socket.scope["subprotocols"]
    await socket.accept(subprotocol=PROTOCOL if speaks else None)
    try:
        check_origin(socket.headers, services_of(socket).settings.origins)
    except ForeignOriginError as error:
        raise LineClosedError(FOREIGN_ORIGIN, "foreign origin") from error
    if not speaks:
        raise LineClosedError(BAD_MESSAGE, f"ask for the subprotocol {PROTOCOL}")


def _first(endings: ExceptionGroup[LineClosedError]) -> LineClosedError:
    match endings.exceptions[0]:
        case LineClosedError() as ending:
            return ending
        case inner:
            return _first(inner)
