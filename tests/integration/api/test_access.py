"""What is not yours is not there: on every route and on the socket, whoever writes the next one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api.access import Needs
from api.app import create_app
from api.live.endpoint import LiveEndpoint
from api.live.messages import PROTOCOL
from api.server import listen, serving
from api.static import is_page
from services.bootstrap import Services
from services.domain.access import LOCAL, Scope
from tests.integration.api.site import GREETING, heard, say
from tests.support.clients import client_of
from tests.support.service import service

OPEN = {"/healthz", "/readyz", "/api/v1/openapi.json"}
READING = frozenset({Scope.READ})
QUESTION = {
    "name": "question",
    "nodes": [{"id": "ask", "type": "human", "config": {"prompt": "Well?"}}],
}
TAKING_ANY_BODY: dict[str, Any] = {
    "create_run": {"workflow_id": "x", "input": {}},
    "cancel_runs": {"ids": ["x"]},
    "retry_runs": {"ids": ["x"]},
    "prune_runs": {"older_than_seconds": 1},
    "complete_task": {"answer": {}},
    "send_signal": {"name": "go"},
    "migrate_run": {"version": 1},
    "set_breakpoints": {"breakpoints": []},
    "keep_breakpoints": {"breakpoints": []},
    "skip_visit": {"output": 1},
    "edit_run_state": {"output": 1},
    "create_webhook": {"url": "https://a.example", "event_types": ["*"]},
    "create_workflow": {"definition": GREETING},
    "replace_workflow": {"definition": GREETING},
    "validate_definition": {"definition": GREETING},
    "plan_definition": {"definition": GREETING},
    "create_project": {"id": "more"},
    "create_schedule": {"name": "s", "workflow": "greeting", "cron": "0 0 * * *"},
}


@dataclass(frozen=True, slots=True)
class House:
    """A server with two projects, and the keys to them."""

    url: str
    services: Services
    ours: str
    theirs: str
    names: dict[str, str]
    """What the places in addresses stand for; all of it is ours."""
    routes: list[RouteContext]
    """Those that only somebody with a key may ask."""

    def client(self, key: str | None) -> httpx.AsyncClient:
        headers = {} if key is None else {"authorization": f"Bearer {key}"}
        return client_of(self.url, headers=headers)

    async def key(self, *scopes: Scope, project: str | None = "ours") -> str:
        made = await self.services.access.create_key(LOCAL, "k", project, frozenset(scopes))
        return made[1]


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    async with service(tmp_path, shutdown_grace_seconds=0.0, rate_limit=10_000) as services:
        for project in ("ours", "theirs"):
            await services.projects.create(LOCAL, project)
        admin = frozenset({Scope.ADMIN})
        keys = [
            (await services.access.create_key(LOCAL, project, project, admin))[1]
            for project in ("ours", "theirs")
        ]
        names = await furnished(services)
        app = create_app(services, live=LiveEndpoint(look_seconds=0.05))
        async with serving(app, listen("127.0.0.1", 0)) as url:
            yield House(url, services, keys[0], keys[1], names, programs(app))


async def furnished(services: Services) -> dict[str, str]:
    """One of each thing in the project `ours`."""
    published = await services.workflows.publish("ours", GREETING)
    workflow_id = published.version.workflow_id
    run = await services.runs.create("ours", workflow_id, {})
    hook, _ = await services.webhooks.create("ours", "https://a.example", ["*"])
    return {
        "project_id": "ours",
        "workflow_id": workflow_id,
        "number": "1",
        "run_id": run.id,
        "other_id": run.id,
        "thread_id": run.id,
        "node_id": "greet",
        "webhook_id": hook.id,
        "delivery_id": "d",
        "schedule_id": "s",
        "task_id": "t",
        "key_id": "k",
        "breakpoint_id": "b",
        "run": run.id,
        "name": workflow_id,
        "workflow": workflow_id,
        "checkpoint_id": "c",
        "namespace": "n",
        "rest": "items",
        "cron_id": "s",
    }


def programs(app: FastAPI) -> list[RouteContext]:
    """The routes that only somebody with a key may ask."""
    return [
        route
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute)
        and not is_page(route.path)
        and route.path not in OPEN
    ]


def declared(route: RouteContext) -> list[Scope]:
    calls = [dependency.dependency for dependency in route.dependencies]
    return [call.scope for call in calls if isinstance(call, Needs)]


async def test_every_route_says_which_scope_it_needs(house: House) -> None:
    routes = house.routes
    assert len(routes) > 40
    assert not [route.path for route in routes if len(declared(route)) != 1]


async def test_nobody_gets_anywhere_without_a_key(house: House) -> None:
    async with house.client(None) as nobody, house.client("wfk_" + "0" * 56) as stranger:
        for route in house.routes:
            for client in (nobody, stranger):
                answer = await asked(client, route, house.names)
                assert answer.status_code == 401, route.path
                assert answer.headers["www-authenticate"].startswith("Bearer")
        assert (await nobody.get("/healthz")).status_code == 200
        assert (await nobody.get("/", headers={"accept": "text/html"})).status_code == 200
        assert (await nobody.get("/api/v1/nowhere")).status_code == 401


async def test_what_is_of_another_project_is_not_there(house: House) -> None:
    """A foreign key sees as much of our things as of things that there are not."""
    async with house.client(house.theirs) as client:
        for route in house.routes:
            if not re.search(r"\{(project|run|other|thread|key)_id\}|/agui/", route.path):
                continue
            foreign = await asked(client, route, house.names)
            lost = await asked(client, route, house.names | dict.fromkeys(house.names, "1"))
            # LangGraph's clients are told of an unknown workflow by a 422.
            status = 404 if foreign.status_code != 422 else lost.status_code
            assert foreign.status_code == status, (route.path, foreign.text)
            assert foreign.json().get("type") == lost.json().get("type"), route.path
        ours = await client.get("/api/v1/runs", params={"project_id": "ours"})
        assert ours.status_code == 404
        thread = f"/api/v1/threads/{house.names['thread_id']}"
        assert (await client.get(thread, params={"project_id": "ours"})).status_code == 404


async def test_lists_show_what_is_of_the_keys_project(house: House) -> None:
    seen = {}
    for key in (house.ours, house.theirs):
        async with house.client(key) as client:
            seen[key] = [
                (await client.get(f"/api/v1/{name}")).json()["items"]
                for name in ("runs", "projects", "keys")
            ]
    assert [[len(items) for items in lists] for lists in seen.values()] == [[1, 1, 1], [0, 1, 1]]
    assert seen[house.ours][1][0]["id"] == "ours"


async def test_a_scope_opens_what_needs_it_and_less(house: House) -> None:
    for held in Scope:
        key = await house.key(held)
        async with house.client(key) as client:
            for route in house.routes:
                answer = await asked(client, route, house.names | {"run_id": "1"})
                is_refused = answer.status_code == 403
                may = list(Scope).index(declared(route)[0]) <= list(Scope).index(held)
                of_all = route.name in {"create_project", "get_metrics"}
                assert is_refused is (not may or of_all), (held, route.path, answer.text)


async def test_to_run_something_is_not_yet_to_debug_it(house: House) -> None:
    url = "/api/v1/projects/ours/workflows/runs"
    body = {"workflow_id": house.names["workflow_id"], "debug": {}}
    async with house.client(await house.key(Scope.RUN)) as client:
        assert (await client.post(url, json=body)).status_code == 403
    async with house.client(await house.key(Scope.DEBUG)) as client:
        assert (await client.post(url, json=body)).status_code == 201


@pytest.mark.parametrize("way", ["", "/stream", "/wait", "/batch"])
@pytest.mark.parametrize(
    "wish",
    [
        {"interrupt_before": ["greet"]},
        {"interrupt_after": "*"},
        {"command": {"update": {"name": "Eve"}}},
    ],
)
async def test_to_run_something_by_another_protocol_is_not_yet_to_debug_it(
    house: House, way: str, wish: dict[str, Any]
) -> None:
    body = {"assistant_id": "greeting", "if_not_exists": "create", "input": {}, **wish}
    async with house.client(await house.key(Scope.RUN)) as client:
        sent = [body | {"interrupt_before": []}, body] if way == "/batch" else body
        answer = await client.post(f"/langgraph/runs{way}", json=sent)
        assert answer.status_code == 403, answer.text
        if way != "/batch":
            answer = await client.post(f"/langgraph/threads/new/runs{way}", json=body)
            assert answer.status_code == 403, answer.text
            assert (await client.get("/langgraph/threads/new")).status_code == 404
        assert len((await client.get("/api/v1/runs")).json()["items"]) == 1


async def test_whoever_may_run_answers_threads_and_leaves_their_past_alone(house: House) -> None:
    url = "/langgraph/threads/talk"
    body = {"assistant_id": "greeting", "if_not_exists": "create"}
    async with (
        house.client(await house.key(Scope.DEBUG)) as debugger,
        house.client(await house.key(Scope.RUN)) as client,
    ):
        stopping = body | {"input": {"name": "Ada"}, "interrupt_before": ["shout"]}
        assert (await debugger.post(f"{url}/runs/wait", json=stopping)).status_code == 200
        states = (await client.get(f"{url}/history")).json()
        begin = states[-1]["checkpoint"]
        for wish in ({}, {"checkpoint": begin}, {"checkpoint": begin, "input": {}}):
            answer = await client.post(f"{url}/runs/wait", json=body | wish)
            assert answer.status_code == 403, wish
        assert (await debugger.post(f"{url}/runs/wait", json=body)).status_code == 200
        end = (await client.get(f"{url}/state")).json()["checkpoint"]
        for wish in ({"checkpoint": end}, {"checkpoint": end, "input": {"name": "Eve"}}):
            assert (await client.post(f"{url}/runs/wait", json=body | wish)).status_code == 200
        assert len((await client.get(f"{url}/runs")).json()) == 2


async def test_a_key_is_shown_once_and_revoked_for_good(house: House) -> None:
    async with house.client(house.ours) as client:
        body = {"name": "ci", "project_id": "ours", "scopes": ["run"], "expires_in_seconds": 60}
        made = (await client.post("/api/v1/keys", json=body)).json()
        text = made.pop("key")
        listed = await client.get("/api/v1/keys")
        assert made in listed.json()["items"]
        assert text not in listed.text
        async with house.client(text) as ci:
            assert (await ci.get("/api/v1/runs")).status_code == 200
            assert (await client.delete(f"/api/v1/keys/{made['id']}")).status_code == 200
            assert (await ci.get("/api/v1/runs")).status_code == 401


async def test_a_revoked_key_takes_its_sockets_with_it(house: House) -> None:
    key, text = await house.services.access.create_key(LOCAL, "k", "ours", READING)
    async with (
        socket(house, None) as said,
        socket(house, text) as sent,
        socket(house, house.ours) as other,
    ):
        await say(said, type="auth", key=text)
        for line in (said, sent, other):
            await say(line, type="subscribe", project_id="ours")
            assert (await heard(line))["type"] == "subscribed"
        await house.services.access.revoke(LOCAL, key.id)
        for line in (said, sent):
            assert (await heard(line))["code"] == "wrong-key"
            assert await close_code(line) == 4401
        await say(other, type="ping")
        assert (await heard(other))["type"] == "pong"


@pytest.mark.parametrize("name", ["run_id", "project_id"])
async def test_a_revoked_key_takes_its_streams_with_it(house: House, name: str) -> None:
    key, text = await house.services.access.create_key(LOCAL, "k", "ours", READING)
    url = f"/api/v1/{name.removesuffix('_id')}s/{house.names[name]}/events/stream"
    async with house.client(text) as client, client.stream("GET", url) as stream:
        pieces = stream.aiter_text()
        while "subscribed" not in await anext(pieces):
            pass
        await house.services.access.revoke(LOCAL, key.id)
        assert "event: end" not in "".join([piece async for piece in pieces])
    async with house.client(text) as client:
        assert (await client.get(url)).status_code == 401


@pytest.mark.parametrize("how", ["stream", "wait"])
async def test_a_revoked_key_takes_what_it_waits_for_with_it(house: House, how: str) -> None:
    scopes = frozenset({Scope.READ, Scope.RUN})
    key, text = await house.services.access.create_key(LOCAL, "k", "ours", scopes)
    body = {"assistant_id": house.names["workflow_id"], "after_seconds": 3_600}
    url = f"/langgraph/runs/{how}"
    async with house.client(text) as client, client.stream("POST", url, json=body) as stream:
        assert stream.status_code == 200
        await house.services.access.revoke(LOCAL, key.id)
        with pytest.raises(httpx.RemoteProtocolError):  # cut, so that nobody takes it for all
            [piece async for piece in stream.aiter_text()]


async def test_what_other_clients_change_is_noted_with_their_project(house: House) -> None:
    async with house.client(house.ours) as client:
        assert (await client.post("/langgraph/threads", json={})).status_code == 200
        (entry,) = (await client.get("/api/v1/audit")).json()["items"]
    assert (entry["action"], entry["project_id"]) == ("create_thread", "ours")


async def test_nobody_makes_a_key_that_opens_more_than_his_own(house: House) -> None:
    async with house.client(house.ours) as client:
        for project, status in ((None, 403), ("theirs", 404), ("nowhere", 404)):
            body = {"name": "x", "project_id": project, "scopes": ["read"]}
            assert (await client.post("/api/v1/keys", json=body)).status_code == status
        assert (await client.post("/api/v1/projects", json={"id": "more"})).status_code == 403


@pytest.mark.parametrize("project_id", ["", "Ä", "a b", "../x", "-a", "A", "a" * 65])
async def test_a_project_has_a_plain_id(house: House, project_id: str) -> None:
    key = await house.key(Scope.ADMIN, project=None)
    async with house.client(key) as client:
        answer = await client.post("/api/v1/projects", json={"id": project_id})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == "/id"
        assert (await client.post("/api/v1/projects", json={"id": "ours"})).status_code == 409
        assert (await client.post("/api/v1/projects", json={"id": "b-2"})).status_code == 201


async def test_a_socket_shows_nothing_of_another_project(house: House) -> None:
    async with socket(house, house.theirs) as line:
        for topic in ({"run_id": house.names["run_id"]}, {"run_id": "nowhere"}):
            assert await refused(line, topic) in {"run-not-found", 4404}
    for topic in ({"project_id": "ours"}, {"project_id": "nowhere"}):
        async with socket(house, house.theirs) as line:
            assert await refused(line, topic) == "project-not-found"
    async with socket(house, house.ours) as line:
        await say(line, type="subscribe", run_id=house.names["run_id"])
        assert (await heard(line))["type"] == "subscribed"


@pytest.mark.parametrize("key", [None, "wrong"])
async def test_a_socket_without_a_valid_key_is_closed(house: House, key: str | None) -> None:
    async with socket(house, None) as line:
        first = {"type": "auth", "key": key} if key else {"type": "ping"}
        await say(line, **first)
        assert await close_code(line) == 4401


async def test_a_browser_gives_its_key_in_the_first_message(house: House) -> None:
    async with socket(house, None) as line:
        await say(line, type="auth", key=house.ours)
        await say(line, type="subscribe", project_id="ours")
        assert (await heard(line))["type"] == "subscribed"


async def asked(
    client: httpx.AsyncClient, route: RouteContext, names: dict[str, str]
) -> httpx.Response:
    """The answer to a request that would be fine, if it were allowed."""
    path = re.sub(r"\{(\w+)(?::\w+)?\}", lambda match: names[match[1]], route.path)
    method = min(route.methods)
    of_langgraph = (route.path or "").startswith("/langgraph/")
    body = {"assistant_id": "x"} if of_langgraph else TAKING_ANY_BODY.get(route.name)
    if of_langgraph and route.body_field is None:
        body = None
    if body is None and route.body_field is not None:
        body = {}
    headers = {"if-match": "*"} if method == "PUT" else {}
    async with client.stream(method, path, json=body, headers=headers) as answer:
        if answer.is_error:  # some answers never end
            await answer.aread()
    return answer


@asynccontextmanager
async def socket(house: House, key: str | None) -> AsyncIterator[ClientConnection]:
    """A socket after the server's greeting."""
    headers = {} if key is None else {"authorization": f"Bearer {key}"}
    async with connect(
        house.url.replace("http", "ws", 1) + "/api/v1/ws",
        subprotocols=[Subprotocol(PROTOCOL)],
        additional_headers=headers,
    ) as line:
        assert (await heard(line))["type"] == "hello"
        yield line


async def refused(line: ClientConnection, topic: dict[str, str]) -> str | int:
    """With what a subscription is refused: a word, or the code that closes the line."""
    try:
        await say(line, type="subscribe", **topic)
        message = await heard(line)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else 1006
    assert message["type"] == "error"
    return str(message["code"])


async def close_code(line: ClientConnection) -> int | None:
    await line.wait_closed()
    return line.close_code
