"""One socket: reads what the client asks, and sends what it is subscribed to.

Everything that ends a line raises, whichever task notices it: `LineClosedError` when the server
ends it, `WebSocketDisconnect` when the client did. The task group then takes all tasks down.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final, NoReturn, assert_never

from starlette.websockets import WebSocket, WebSocketDisconnect

from api.access import check_rate, key_in
from api.errors import JsonError, TooManyRequestsError
from api.live import messages
from api.live.messages import Auth, Message, Ping, Subscribe, Topic, Unsubscribe
from api.live.stream import check_visible, stream
from api.live.visitor import Authenticate, Visitor, until_unknown
from api.problems import kind_of
from services.bootstrap import Services
from services.errors import NotFoundError

MAX_SUBSCRIPTIONS: Final = 100
MAX_MESSAGE_BYTES: Final = 65_536

BAD_MESSAGE: Final = 4400
NO_KEY: Final = 4401
FOREIGN_ORIGIN: Final = 4403
NOTHING_THERE: Final = 4404
TOO_MANY: Final = 4429
TOO_BIG: Final = 1009
TRY_LATER: Final = 1013

_LOOKS: Final = 4
"""How often patience is looked at until it is at its end."""


class LineClosedError(Exception):
    """The server ends the line, with a close code and a reason for it."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"{code} {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class House:
    """What every line of a server has: whom it shows to, and how long it waits for a client."""

    services: Services
    authenticate: Authenticate
    patience_seconds: float
    look_seconds: float


class Line:
    """One client and what it is subscribed to; its tasks belong to the group that it is given."""

    def __init__(self, socket: WebSocket, house: House, tasks: asyncio.TaskGroup) -> None:
        self._socket = socket
        self._house = house
        self._tasks = tasks
        self._subscriptions: dict[Topic, asyncio.Task[None]] = {}
        self._key: str | None = None
        self._turn = asyncio.Lock()
        self._sending_since: float | None = None

    async def serve(self) -> NoReturn:
        """Greet the client, find out who it is, then do what it asks.

        Raises:
            LineClosedError: the client broke the protocol.
            WebSocketDisconnect: the client went away.
        """
        self._tasks.create_task(self._lose_patience())
        visitor = await self._look()
        await self._send(messages.text_of(messages.Hello()))
        if visitor is not None:
            self._count(visitor)
        elif key_in(self._socket.headers) is not None:
            await self._turn_away("wrong-key", "nobody has the key of the request's headers")
        else:
            visitor = await self._introduction()
        self._tasks.create_task(self._lose_trust())
        while True:
            match await self._heard():
                case Subscribe() as request:
                    await self._subscribe(request, visitor)
                case Unsubscribe(topic=topic):
                    self._unsubscribe(topic)
                case Ping():
                    await self._send(messages.text_of(messages.Pong()))
                case Auth() as auth:
                    visitor = await self._known(auth)
                case never:
                    assert_never(never)

    async def _introduction(self) -> Visitor:
        """The first message, which has to say who comes."""
        try:
            async with asyncio.timeout(self._house.patience_seconds):
                message = await self._heard()
        except TimeoutError:
            await self._turn_away("no-key", "nobody said who they are")
        if not isinstance(message, Auth):
            await self._turn_away("no-key", 'begin with {"type": "auth", "key": "..."}')
        return await self._known(message)

    async def _known(self, auth: Auth) -> Visitor:
        self._key = auth.key.get_secret_value()
        if (visitor := await self._look()) is None:
            await self._turn_away("wrong-key", "nobody has this key")
        self._count(visitor)
        return visitor

    async def _turn_away(self, code: str, detail: str) -> NoReturn:
        self._count(None)
        await self._refuse(NO_KEY, code, detail)

    def _count(self, visitor: Visitor | None) -> None:
        """Let a visitor come, or somebody unknown be told so, unless that happens too often."""
        try:
            check_rate(self._socket, None if visitor is None else visitor.id)
        except TooManyRequestsError as error:
            raise LineClosedError(TOO_MANY, "too many sockets; come back later") from error

    async def _look(self) -> Visitor | None:
        """Who it is by the key that was said last, or by the headers."""
        return await self._house.authenticate(self._socket, self._key)

    async def _lose_trust(self) -> NoReturn:
        """End the line when its key is revoked or expires, whatever it is subscribed to.

        Raises:
            LineClosedError: the key is not valid any more.
        """
        await until_unknown(self._look, self._house.look_seconds)
        await self._refuse(NO_KEY, "wrong-key", "there is no valid key here any more")

    async def _heard(self) -> Message:
        try:
            return messages.read_message(await self._receive())
        except JsonError as error:
            await self._refuse(BAD_MESSAGE, error.code, error.detail)

    async def _receive(self) -> str:
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1006), message.get("reason"))
        text: str | None = message.get("text")
        if text is None:
            await self._refuse(BAD_MESSAGE, "no-text", "send text frames that hold JSON")
        if len(text.encode(errors="surrogatepass")) > MAX_MESSAGE_BYTES:
            raise LineClosedError(TOO_BIG, f"a message has at most {MAX_MESSAGE_BYTES:,} bytes")
        return text

    async def _send(self, text: str) -> None:
        """Hand one message to the network; nobody has more than one message waiting here."""
        async with self._turn:
            self._sending_since = time.monotonic()
            await self._socket.send_text(text)
            self._sending_since = None

    async def _lose_patience(self) -> NoReturn:
        """End the line when the client takes nothing any more.

        It looks now and then: a timer for each message would cost as much as the message.

        Raises:
            LineClosedError: a message has waited for too long.
        """
        patience = self._house.patience_seconds
        while True:
            await asyncio.sleep(patience / _LOOKS)
            since = self._sending_since
            if since is not None and time.monotonic() - since > patience:
                raise LineClosedError(
                    TRY_LATER, "the client reads too slowly; come back with after_seq"
                )

    async def _refuse(self, close_code: int, code: str, detail: str) -> NoReturn:
        await self._send(messages.text_of(messages.Error(code=code, detail=detail)))
        raise LineClosedError(close_code, code)

    async def _subscribe(self, request: Subscribe, visitor: Visitor) -> None:
        name, value = topic = request.topic
        if topic in self._subscriptions:
            detail = f"{name} {value!r} is subscribed already; unsubscribe first"
            await self._send(messages.refused(request, "already-subscribed", detail))
            return
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            detail = f"one socket has at most {MAX_SUBSCRIPTIONS} subscriptions"
            await self._refuse(TOO_MANY, "too-many-subscriptions", detail)
        self._subscriptions[topic] = self._tasks.create_task(self._follow(request, visitor))

    def _unsubscribe(self, topic: Topic) -> None:
        if (following := self._subscriptions.pop(topic, None)) is not None:
            following.cancel()

    async def _follow(self, request: Subscribe, visitor: Visitor) -> None:
        try:
            await check_visible(self._house.services, request.wanted, visitor)
            async with aclosing(stream(self._house.services, request.wanted)) as told:
                async for item in told:
                    await self._send(messages.told(request, item))
        except NotFoundError as error:
            await self._tell_missing(request, error)
        else:
            # First gone, then said: who hears it may subscribe again at once.
            del self._subscriptions[request.topic]
            await self._send(messages.text_of(messages.End(run_id=request.topic[1])))

    async def _tell_missing(self, request: Subscribe, error: NotFoundError) -> None:
        """Say that there is no such thing; a line that shows nothing else has no use any more."""
        del self._subscriptions[request.topic]
        name = kind_of(error).name
        await self._send(messages.refused(request, name, str(error)))
        if not self._subscriptions:
            raise LineClosedError(NOTHING_THERE, name)
