"""Clients that begin to ask and do not come to the point."""

from __future__ import annotations

import asyncio

import pytest

from api.app import create_app
from api.limits import BodyLimits
from api.server import listen, serving
from api.timely import TimelyProtocol
from tests.integration.api.site import GREETING, Site

HEAD = b"POST /api/v1/projects HTTP/1.1\r\nHost: 127.0.0.1\r\n"
JSON = b"Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
WHOLE = b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


async def answer_to(url: str, sent: bytes) -> bytes:
    """All that the server says until it closes the connection."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


@pytest.mark.parametrize("before", [b"", WHOLE])
async def test_half_a_head_is_not_waited_for(
    site: Site, before: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TimelyProtocol, "head_seconds", 0.05)
    answer = await answer_to(site.url, before + HEAD)
    assert answer.count(b"HTTP/1.1 200") == (1 if before else 0)


async def test_half_a_body_is_not_waited_for(site: Site) -> None:
    app = BodyLimits(create_app(site.services), seconds=0.05)
    async with serving(app, listen("127.0.0.1", 0)) as url:
        answer = await answer_to(url, HEAD + JSON)
    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b"urn:workflow:problem:body-too-slow" in answer


async def test_sockets_and_answers_that_last_are_left_alone(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TimelyProtocol, "head_seconds", 0.5)
    address = "/api/v1/projects/default/events/stream"
    async with site.socket() as socket, site.http.stream("GET", address) as answer:
        pieces = answer.aiter_text()
        while "subscribed" not in await anext(pieces):
            pass
        over = asyncio.get_running_loop().time() + 2 * TimelyProtocol.head_seconds
        while asyncio.get_running_loop().time() < over:
            await (await socket.ping())
        await site.pending(GREETING)
        while "workflow.run.created" not in await anext(pieces):
            pass
