"""The events of a run over the socket, each once and in order, whatever happens to the line."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from workflow_client.documents import Event
from workflow_client.errors import (
    ClientError,
    ProtocolError,
    UnreachableError,
    problem_error,
    said_on_socket,
)
from workflow_client.patience import Patience

PROTOCOL: Final = Subprotocol("workflow.v1")

_REFUSALS: Final = {4401: 401, 4403: 403, 4404: 404}
"""Close codes that asking again does not change, and the statuses that HTTP has for them."""

_BAD_MESSAGE: Final = 4400
_NO_WORD: Final = 1006
_SERVER_FAILS: Final = 500


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown, and where."""

    url: str
    headers: dict[str, str]
    run_id: str
    channels: Sequence[str] | None
    patience_seconds: float


async def follow(wanted: Wanted, after_seq: int) -> AsyncGenerator[Event, None]:
    """The events of a run after a place, to its last one.

    Raises:
        ProblemError: the server does not show it.
        UnreachableError: the server was silent for too long.
        ProtocolError: this is no such server.
    """
    seen, patience = after_seq, Patience(wanted.patience_seconds)
    while True:
        try:
            async with _line(wanted) as line, aclosing(_messages(line, wanted, seen)) as messages:
                async for message in messages:
                    patience.renew()
                    match message:
                        case {"type": "event", "event": event}:
                            shown = _event(event)
                            seen = seen if shown.seq is None else shown.seq
                            yield shown
                        case {"type": "resync", "from": int(head)}:
                            seen = head
                        case {"type": "end"}:
                            return
                        case _:
                            pass
        except UnreachableError as error:
            await patience.wait_after(error)


@asynccontextmanager
async def _line(wanted: Wanted) -> AsyncIterator[ClientConnection]:
    """An open socket; its own pings find out whether the server is still there.

    Raises:
        ProblemError: the server lets nobody in like that.
        UnreachableError: it cannot be opened now.
    """
    opening = connect(
        wanted.url,
        subprotocols=[PROTOCOL],
        additional_headers=wanted.headers,
        max_size=None,
        compression=None,
    )
    try:
        line = await opening
    except InvalidStatus as error:
        if error.response.status_code >= _SERVER_FAILS:
            raise UnreachableError(wanted.url, str(error)) from error
        raise problem_error(
            error.response.status_code, bytes(bytes(error.response.body or b""))
        ) from error
    except (OSError, TimeoutError, InvalidHandshake) as error:
        raise UnreachableError(wanted.url, str(error) or repr(error)) from error
    try:
        yield line
    finally:
        # To close politely is to read all that was sent; who leaves wants none of it.
        line.transport.abort()


async def _messages(
    line: ClientConnection, wanted: Wanted, after_seq: int
) -> AsyncGenerator[dict[str, Any], None]:
    """What the server says to a subscription.

    Raises:
        ProblemError: it is refused.
        UnreachableError: the line broke.
    """
    detail = ""
    try:
        await line.send(_request(wanted, after_seq))
        while True:
            message = json.loads(await line.recv())
            if message["type"] == "error":
                detail = message["detail"]  # what follows is the close, which has a code
            yield message
    except ConnectionClosed as closed:
        raise _refusal(wanted, closed, detail) from closed


def _request(wanted: Wanted, after_seq: int) -> str:
    request = {"type": "subscribe", "run_id": wanted.run_id, "after_seq": after_seq}
    return json.dumps(
        request if wanted.channels is None else request | {"channels": wanted.channels}
    )


def _event(document: Any) -> Event:
    try:
        return Event.model_validate(document)
    except ValidationError as error:
        raise ProtocolError(f"no event: {error}") from error


def _refusal(wanted: Wanted, closed: ConnectionClosed, detail: str) -> ClientError:
    """What a close says; most closes only say that one has to come back."""
    code, reason = (closed.rcvd.code, closed.rcvd.reason) if closed.rcvd else (_NO_WORD, "")
    if code == _BAD_MESSAGE:
        return ProtocolError(detail or reason)
    if code in _REFUSALS:
        return said_on_socket(_REFUSALS[code], reason, detail or reason)
    return UnreachableError(wanted.url, f"the line broke ({code} {reason})")
