"""What guards a server beside its keys: names, origins, rates, and the log of who did what."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api.app import create_app
from api.gate import names_of
from api.live.messages import PROTOCOL
from api.server import listen, serving
from services.bootstrap import Services
from services.domain.access import LOCAL, Scope
from tests.integration.api.site import GREETING, PROJECT
from tests.support.clients import client_of
from tests.support.service import service

ADMIN = "a-bootstrap-key-of-tests"
FRIEND = "https://flows.example"


@asynccontextmanager
async def site(folder: Path, **settings: Any) -> AsyncIterator[tuple[httpx.AsyncClient, Services]]:
    """A server that wants keys, and somebody who has the first one."""
    async with service(folder, api_key=ADMIN, **settings) as services:
        names = names_of(services.settings.host, services.settings.hosts)
        app = create_app(services, names=names)
        async with (
            serving(app, listen("127.0.0.1", 0)) as url,
            client_of(url, headers={"x-api-key": ADMIN}) as client,
        ):
            yield client, services


async def test_changes_are_kept_with_who_made_them_and_nothing_they_said(tmp_path: Path) -> None:
    async with site(tmp_path) as (client, services):
        await client.post(f"{PROJECT}/workflows", json={"definition": GREETING})
        stored = (await client.get(f"{PROJECT}/workflows")).json()["items"][0]
        key, text = await services.access.create_key(LOCAL, "ci", "default", frozenset({Scope.RUN}))
        ci = {"authorization": f"Bearer {text}"}
        body = {"workflow_id": stored["id"], "input": {"name": "whisper"}}
        address = f"{PROJECT}/workflows/runs"
        run = (await client.post(address, json=body, headers=ci)).json()
        await client.post(f"/api/v1/runs/{run['id']}/cancel", headers=ci)
        await client.post(f"/api/v1/runs/{run['id']}/cancel", headers=ci)  # refused: it is over
        await client.post(f"{PROJECT}/workflows:validate", json={"definition": GREETING})
        audit = await client.get("/api/v1/audit")
    seen = [(e["who"], e["action"], e["project_id"], e["address"]) for e in audit.json()["items"]]
    assert seen == [
        (key.id, "cancel_run", "default", f"/api/v1/runs/{run['id']}/cancel"),
        (key.id, "create_run", "default", address),
        ("bootstrap", "create_workflow", "default", f"{PROJECT}/workflows"),
    ]
    assert "whisper" not in audit.text
    assert text not in audit.text
    assert {e["client"] for e in audit.json()["items"]} == {"127.0.0.1"}


async def test_who_asks_too_often_is_told_when_to_come_back(tmp_path: Path) -> None:
    async with site(tmp_path, rate_limit=0.5) as (client, services):
        assert (await client.get("/api/v1/runs")).status_code == 200
        refused = await client.get("/api/v1/runs")
        assert (refused.status_code, refused.headers["retry-after"]) == (429, "2")
        _, text = await services.access.create_key(LOCAL, "x", None, frozenset({Scope.READ}))
        other = {"x-api-key": text}
        assert (await client.get("/api/v1/runs", headers=other)).status_code == 200
        wrong = {"x-api-key": "wrong"}
        guesses = [await client.get("/api/v1/runs", headers=wrong) for _ in range(2)]
        assert [answer.status_code for answer in guesses] == [401, 429]
        _, text = await services.access.create_key(LOCAL, "y", None, frozenset({Scope.READ}))
        third = {"x-api-key": text}
        assert (await client.get("/api/v1/runs", headers=third)).status_code == 200
        assert (await client.get("/healthz")).status_code == 200


async def test_sockets_too_are_opened_at_a_rate(tmp_path: Path) -> None:
    async with site(tmp_path, rate_limit=0.5) as (client, services):
        address = str(client.base_url).replace("http", "ws", 1) + "/api/v1/ws"
        _, text = await services.access.create_key(LOCAL, "x", None, frozenset({Scope.READ}))

        async def told(key: str) -> str | int | None:
            """What somebody with this key is answered, or with what the socket is closed."""
            async with connect(
                address,
                subprotocols=[Subprotocol(PROTOCOL)],
                additional_headers={"x-api-key": key},
            ) as socket:
                with suppress(ConnectionClosed):
                    await socket.send('{"type": "ping"}')
                    while (kind := json.loads(await socket.recv())["type"]) == "hello":
                        pass
                    if kind == "pong":
                        return str(kind)
                    await socket.wait_closed()
            return socket.close_code

        assert [await told("wrong") for _ in range(2)] == [4401, 4429]
        assert [await told(text) for _ in range(2)] == ["pong", 4429]


async def test_only_pages_of_named_sites_may_ask(tmp_path: Path) -> None:
    body = {"definition": GREETING}
    async with site(tmp_path, origins=(FRIEND,)) as (client, _):
        for origin, status in ((FRIEND, 201), (f"{FRIEND}:1", 403), ("https://x.example", 403)):
            headers = {"origin": origin}
            answer = await client.post(f"{PROJECT}/workflows", json=body, headers=headers)
            assert answer.status_code == status, origin
            allowed = answer.headers.get("access-control-allow-origin")
            assert allowed == (FRIEND if origin == FRIEND else None)
        preflight = {
            "origin": FRIEND,
            "access-control-request-method": "POST",
            "access-control-request-headers": "authorization",
        }
        assert (await client.options("/api/v1/keys", headers=preflight)).status_code == 200


async def test_without_named_sites_browsers_are_told_of_none(tmp_path: Path) -> None:
    async with site(tmp_path) as (client, _):
        answer = await client.get("/api/v1/runs", headers={"origin": FRIEND})
        assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(
    ("host", "status"),
    [("flows.example", 200), ("LOCALHOST", 200), ("127.0.0.1", 200), ("evil.example", 421)],
)
async def test_a_server_answers_to_its_own_names(tmp_path: Path, host: str, status: int) -> None:
    async with site(tmp_path, hosts=("Flows.example",)) as (client, _):
        answer = await client.get("/api/v1/runs", headers={"host": host})
        assert answer.status_code == status


def test_a_server_that_listens_everywhere_is_known_by_its_numbers() -> None:
    assert "*" in names_of("0.0.0.0", ())  # noqa: S104 - not listened on
    assert "*" not in names_of("192.0.2.1", ())
