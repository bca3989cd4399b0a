"""One socket: reads what the client asks, and sends what it is subscribed to.

Everything that ends a line raises, whichever task notices it: `LineClosedError` when the server
ends it, `WebSocketDisconnect` when the client did. The task group then takes all tasks down.
"""

from __future__ import annotations

import asyncio
from typing import Final, NoReturn, assert_never

from starlette.websockets import WebSocket, WebSocketDisconnect

from api.errors import JsonError
from api.live import messages
from api.live.messages import Ping, Subscribe, Topic, Unsubscribe
from api.problems import kind_of
from services.bootstrap import Services
from services.errors import NotFoundError

MAX_SUBSCRIPTIONS: Final = 100
MAX_MESSAGE_BYTES: Final = 65_536

BAD_MESSAGE: Final = 4400
FOREIGN_ORIGIN: Final = 4403
TOO_MANY: Final = 4429
TOO_BIG: Final = 1009
TOO_SLOW: Final = 1013


class LineClosedError(Exception):
    """The server ends the line, with a close code and a reason for it."""

    def __init__(self, code: int, reason: str) -> None:
        self.code = code
        self.reason = reason
        super().__init__(f"{code} {reason}")


class Line:
    """One client and what it is subscribed to; its tasks belong to the group that it is given."""

    def __init__(
        self,
        socket: WebSocket,
        services: Services,
        tasks: asyncio.TaskGroup,
        *,
        patience_seconds: float,
    ) -> None:
        self._socket = socket
        self._services = services
        self._tasks = tasks
        self._patience_seconds = patience_seconds
        self._subscriptions: dict[Topic, asyncio.Task[None]] = {}
        self._turn = asyncio.Lock()

    async def serve(self) -> NoReturn:
        """Greet the client, then do what it asks.

        Raises:
            LineClosedError: the client broke the protocol.
            WebSocketDisconnect: the client went away.
        """
        await self._send(messages.hello())
        while True:
            text = await self._receive()
            try:
                message = messages.read_message(text)
            except JsonError as error:
                await self._refuse(BAD_MESSAGE, error.code, error.detail)
            match message:
                case Subscribe():
                    await self._subscribe(message)
                case Unsubscribe():
                    self._unsubscribe(message.topic)
                case Ping():
                    await self._send(messages.pong())
                case _:
                    assert_never(message)

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
        """Hand one message to the network; nobody has more than one message waiting here.

        Raises:
            LineClosedError: the client takes nothing any more.
        """
        async with self._turn:
            try:
                async with asyncio.timeout(self._patience_seconds):
                    await self._socket.send_text(text)
            except TimeoutError as error:
                raise _too_slow() from error

    async def _refuse(self, close_code: int, code: str, detail: str) -> NoReturn:
        await self._send(messages.error(code, detail))
        raise LineClosedError(close_code, code)

    async def _subscribe(self, request: Subscribe) -> None:
        name, value = topic = request.topic
        if topic in self._subscriptions:
            detail = f"{name} {value!r} is subscribed already; unsubscribe first"
            await self._send(messages.refused(request, "already-subscribed", detail))
            return
        if len(self._subscriptions) >= MAX_SUBSCRIPTIONS:
            detail = f"one socket has at most {MAX_SUBSCRIPTIONS} subscriptions"
            await self._refuse(TOO_MANY, "too-many-subscriptions", detail)
        self._subscriptions[topic] = self._tasks.create_task(self._follow(request))

    def _unsubscribe(self, topic: Topic) -> None:
        if (following := self._subscriptions.pop(topic, None)) is not None:
            following.cancel()

    async def _follow(self, request: Subscribe) -> None:
        name, value = request.topic
        try:
            if name == "project_id":
                await self._follow_project(request, value)
            await self._follow_run(request, value)
            farewell = messages.end(value)
        except NotFoundError as error:
            farewell = messages.refused(request, kind_of(error).name, str(error))
        # First gone, then said: who hears it may subscribe again at once.
        del self._subscriptions[request.topic]
        await self._send(farewell)

    async def _follow_run(self, request: Subscribe, run_id: str) -> None:
        async with self._services.runs.watch(run_id, request.after_seq) as frames:
            head = await self._services.log.head(run_id)
            await self._send(messages.subscribed(request, head))
            async for frame in frames:
                await self._send(messages.event(frame))

    async def _follow_project(self, request: Subscribe, project_id: str) -> NoReturn:
        await self._services.projects.require(project_id)
        async with self._services.hub.subscribe(project_id=project_id) as subscription:
            await self._send(messages.subscribed(request, 0))
            while True:
                frame = await anext(subscription)
                if subscription.dropped:  # no single log to read the hole from
                    raise _too_slow()
                await self._send(messages.event(frame))


def _too_slow() -> LineClosedError:
    return LineClosedError(TOO_SLOW, "the client reads too slowly; come back with after_seq")
