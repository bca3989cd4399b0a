"""A receiver of webhooks on a port of its own: notes what it gets, answers as it is told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from services.bootstrap import Services
from services.domain.webhooks import Delivery, Webhook
from tests.support.web import Seen, answer, read_request

Respond = Callable[[Seen], bytes]


def taking(_seen: Seen) -> bytes:
    """The answer of a receiver that takes everything."""
    return answer(status="204 No Content")


@dataclass
class Receiver:
    """What came so far is in `came`; `b""` as an answer keeps silent until the sender goes away."""

    respond: Respond = taking
    port: int = 0
    came: asyncio.Queue[Seen] = field(default_factory=asyncio.Queue)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def bodies(self, number: int) -> list[dict[str, Any]]:
        """The next so many deliveries."""
        return [json.loads((await self.came.get()).body) for _ in range(number)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            seen = await read_request(reader)
            self.came.put_nowait(seen)
            writer.write(said := self.respond(seen))
            await writer.drain()
            if not said:
                await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def receiver(respond: Respond = taking) -> AsyncIterator[Receiver]:
    """A receiver, as long as the block lasts."""
    running = Receiver(respond)
    server = await asyncio.start_server(running.serve, "127.0.0.1", 0)
    running.port = server.sockets[0].getsockname()[1]
    async with server:
        yield running


async def settled(services: Services, webhook: Webhook, number: int) -> list[Delivery]:
    """The deliveries of a webhook when so many have had an answer, in the order of their events."""
    while True:
        page = await services.webhooks.deliveries("default", webhook.id, limit=200)
        done = [each for each in page.items if each.response_status or each.error]
        if len(done) >= number:
            return sorted(done, key=lambda each: (each.run_id, each.seq))
        await asyncio.sleep(0.01)  # nobody is told of an answer that is written down
