"""The socket: everything once and in order, whatever happens to the line."""

from __future__ import annotations

import asyncio
import json
import socket as sockets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import HTTPConnection
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from api.live.messages import PROTOCOL
from tests.integration.api.site import (
    GREETING,
    HOLDING,
    TALKING,
    Site,
    events_until_end,
    heard,
    open_site,
    say,
)


async def close_code(socket: Any) -> int:
    """The code with which the server closes, after whatever it still has to say."""
    with suppress(ConnectionClosed):
        while True:
            await socket.recv()
    return int(socket.close_code)


def narrow(site: Site) -> dict[str, Any]:
    """The options of a socket through which little goes as long as nobody reads."""
    connection = sockets.create_connection(("127.0.0.1", int(site.url.rpartition(":")[2])))
    connection.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 65_536)
    connection.setblocking(False)
    return {"sock": connection, "max_queue": 1, "max_size": None, "compression": None}


async def test_a_run_is_followed_from_its_first_event_to_its_last(site: Site) -> None:
    run = await site.pending(GREETING, {"name": "Ada"})
    async with site.socket() as socket:
        await say(socket, type="subscribe", id=7, run_id=run["id"])
        assert await heard(socket) == {
            "type": "subscribed",
            "id": 7,
            "run_id": run["id"],
            "head_seq": 1,
        }
        await site.http.post(f"/api/v1/runs/{run['id']}/execute")
        followed = await events_until_end(socket)
    logged = (await site.http.get(f"/api/v1/runs/{run['id']}/events")).json()["items"]
    assert followed == logged
    assert followed[-1]["type"] == "workflow.run.completed"


async def test_a_run_that_is_over_is_replayed_from_any_place(site: Site) -> None:
    run = await site.run(GREETING, {"name": "Ada"})
    total = (await site.services.log.head(run["id"])) + 1
    async with site.socket() as socket:
        for after in (0, 2, total - 1, total + 100):
            await say(socket, type="subscribe", run_id=run["id"], after_seq=after)
            assert (await heard(socket))["head_seq"] == total - 1
            seqs = [event["seq"] for event in await events_until_end(socket)]
            assert seqs == list(range(after + 1, total))


async def test_after_a_cut_each_event_comes_once(site: Site) -> None:
    run = await site.pending(HOLDING)
    seen: list[int] = []
    async with site.socket() as socket:
        await say(socket, type="subscribe", run_id=run["id"])
        await site.http.post(f"/api/v1/runs/{run['id']}/execute")
        while (message := await heard(socket)).get("event", {}).get("node_id") != "hold":
            if message["type"] == "event":
                seen.append(message["event"]["seq"])
        seen.append(message["event"]["seq"])
        socket.transport.abort()
        await socket.wait_closed()
    site.hold.released.set()
    async with site.socket() as socket:
        await say(socket, type="subscribe", run_id=run["id"], after_seq=seen[-1])
        seen += [event["seq"] for event in await events_until_end(socket)]
    assert seen == list(range(1, await site.services.log.head(run["id"]) + 1))


async def test_watchers_do_not_share_their_events(site: Site) -> None:
    run = await site.pending(GREETING, {"name": "Ada"})
    async with site.socket() as first, site.socket() as second:
        for socket in (first, second):
            await say(socket, type="subscribe", run_id=run["id"])
            assert (await heard(socket))["type"] == "subscribed"
        await site.http.post(f"/api/v1/runs/{run['id']}/execute")
        assert await events_until_end(first) == await events_until_end(second)


async def test_one_socket_follows_several_runs(site: Site) -> None:
    done = await site.run(GREETING, {"name": "Ada"})
    holding = await site.pending(HOLDING)
    async with site.socket() as socket:
        await say(socket, type="subscribe", run_id=holding["id"])
        assert (await heard(socket))["run_id"] == holding["id"]
        assert (await heard(socket))["event"]["type"] == "workflow.run.created"
        await say(socket, type="subscribe", run_id=done["id"])
        assert {event["run_id"] for event in await events_until_end(socket)} == {done["id"]}
        await say(socket, type="subscribe", run_id=holding["id"])
        assert (await heard(socket))["code"] == "already-subscribed"


async def test_a_project_shows_what_all_its_runs_do_from_now_on(site: Site) -> None:
    await site.run(GREETING, {"name": "before"})
    async with site.socket() as socket:
        await say(socket, type="subscribe", project_id="default")
        assert await heard(socket) == {
            "type": "subscribed",
            "project_id": "default",
            "head_seq": 0,
        }
        run = await site.pending(HOLDING)
        event = (await heard(socket))["event"]
        assert (event["type"], event["run_id"]) == ("workflow.run.created", run["id"])
        await say(socket, type="unsubscribe", project_id="default")
        await say(socket, type="ping")
        assert await heard(socket) == {"type": "pong"}
        await site.pending(HOLDING | {"name": "unseen"})
        await say(socket, type="ping")
        assert await heard(socket) == {"type": "pong"}


@pytest.mark.parametrize(
    "message",
    [
        "no json",
        "[]",
        "{}",
        '{"type": "shout"}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "run_id": "a", "project_id": "b"}',
        '{"type": "subscribe", "run_id": "a", "after_seq": -1}',
        '{"type": "subscribe", "run_id": "a", "after_seq": NaN}',
        '{"type": "subscribe", "run_id": "a", "after_seq": "1"}',
        '{"type": "subscribe", "run_id": "a", "after_seq": true}',
        '{"type": "subscribe", "project_id": "default", "after_seq": 1}',
        '{"type": "subscribe", "run_id": "a", "channels": ["noise"]}',
        '{"type": "subscribe", "run_id": "a", "channels": []}',
        '{"type": "auth"}',
        '{"type": "ping", "type": "ping"}',
        '{"type": "ping", "loud": true}',
        "[" * 10_000,
        b'{"type": "ping"}',
    ],
)
async def test_a_bad_message_ends_the_line(site: Site, message: str | bytes) -> None:
    async with site.socket() as socket:
        await socket.send(message)
        error = await heard(socket)
        assert error["type"] == "error"
        assert error["code"]
        assert error["detail"]
        assert await close_code(socket) == 4400


@pytest.mark.parametrize(
    ("topic", "code"),
    [({"run_id": "nope"}, "run-not-found"), ({"project_id": "nope"}, "project-not-found")],
)
async def test_what_is_not_there_is_told_and_the_line_goes_on(
    site: Site, topic: dict[str, str], code: str
) -> None:
    run = await site.pending(GREETING, {"name": "Ada"})
    async with site.socket() as socket:
        await say(socket, type="subscribe", run_id=run["id"])
        assert (await heard(socket))["type"] == "subscribed"
        assert (await heard(socket))["type"] == "event"
        for number in range(2):  # it may be asked again, since it may be there by then
            await say(socket, type="subscribe", id=number, **topic)
            error = await heard(socket)
            assert error == error | topic | {"type": "error", "code": code, "id": number}
        await site.http.post(f"/api/v1/runs/{run['id']}/execute")
        assert (await events_until_end(socket))[-1]["type"] == "workflow.run.completed"


@pytest.mark.parametrize("topic", [{"run_id": "nope"}, {"project_id": "nope"}])
async def test_a_line_that_has_nothing_to_show_is_closed(site: Site, topic: dict[str, str]) -> None:
    async with site.socket() as socket:
        await say(socket, type="subscribe", **topic)
        assert (await heard(socket))["type"] == "error"
        assert await close_code(socket) == 4404


async def test_one_line_has_only_so_many_subscriptions(site: Site) -> None:
    workflow_id = await site.stored(GREETING)
    runs = [await site.services.runs.create("default", workflow_id, {}) for _ in range(101)]
    async with site.socket() as socket:
        for run in runs:
            await say(socket, type="subscribe", run_id=run.id)
        assert await close_code(socket) == 4429


async def test_a_message_has_at_most_64_kib(site: Site) -> None:
    async with site.socket() as socket:
        await socket.send(json.dumps({"type": "ping", "id": "x" * 65_536}))
        assert await close_code(socket) == 1009


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_foreign_page_is_sent_away(site: Site, origin: Any) -> None:
    address = site.url.replace("http", "ws", 1) + "/api/v1/ws"
    async with connect(address, subprotocols=[Subprotocol(PROTOCOL)], origin=origin) as socket:
        assert await close_code(socket) == 4403


async def test_a_page_of_the_server_is_let_in(site: Site) -> None:
    async with site.socket(origin=site.url) as socket:
        await say(socket, type="ping")
        assert await heard(socket) == {"type": "pong"}


async def test_a_client_speaks_the_protocol_or_goes(site: Site) -> None:
    address = site.url.replace("http", "ws", 1) + "/api/v1/ws"
    async with connect(address) as socket:
        assert await close_code(socket) == 4400


async def test_a_reader_that_takes_nothing_is_told_to_come_back(tmp_path: Path) -> None:
    async with open_site(tmp_path, patience_seconds=1.0) as site:
        workflow_id = await site.stored(GREETING)
        big = {"name": "x" * 1_000_000}
        runs = [await site.services.runs.create("default", workflow_id, big) for _ in range(12)]
        async with site.socket(**narrow(site)) as socket:
            for run in runs:
                await say(socket, type="subscribe", run_id=run.id)
            assert await site.sockets.closings.get() == 1013
            assert await close_code(socket) == 1013
        assert site.services.hub._subscriptions == {}


@pytest.mark.parametrize("gone", ["workflow_api_keys", "workflow_runs"])
async def test_without_the_database_the_client_is_told_to_come_back(
    tmp_path: Path, gone: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_site(tmp_path) as site:
        run = await site.pending(GREETING)
        with closing(sqlite3.connect(tmp_path / "test.db")) as other:
            other.execute(f"ALTER TABLE {gone} RENAME TO gone")
        address = site.url.replace("http", "ws", 1) + "/api/v1/ws"
        async with connect(address, subprotocols=[Subprotocol(PROTOCOL)]) as socket:
            with suppress(ConnectionClosed):
                await say(socket, type="subscribe", run_id=run["id"])
            assert await close_code(socket) == 1013
    assert "Exception in ASGI application" not in caplog.text


async def test_a_reader_that_takes_nothing_is_in_nobodys_way(tmp_path: Path) -> None:
    """Whoever reads sees each run before the next one is asked for, while another one is stuck."""
    async with open_site(tmp_path, patience_seconds=3.0) as site:
        workflow_id = await site.stored(GREETING)
        big = {"name": "x" * 1_000_000}
        async with site.socket(**narrow(site)) as stuck, site.socket(max_size=None) as reading:
            for socket in (stuck, reading):
                await say(socket, type="subscribe", project_id="default")
            assert (await heard(reading))["type"] == "subscribed"
            for _ in range(12):
                run = await site.services.runs.create("default", workflow_id, big)
                assert (await heard(reading))["event"]["run_id"] == run.id
            assert site.sockets.closings.empty()
            assert await site.sockets.closings.get() == 1013
            await say(reading, type="ping")
            assert await heard(reading) == {"type": "pong"}


async def test_a_watcher_of_a_project_is_told_when_nobody_knows_what_it_missed(site: Site) -> None:
    async with site.socket() as socket:
        await say(socket, type="subscribe", project_id="default")
        assert (await heard(socket))["type"] == "subscribed"
        site.services.hub.lose_track()
        assert await heard(socket) == {"type": "resync", "project_id": "default", "from": None}


async def test_a_place_beyond_the_log_is_corrected(site: Site) -> None:
    run = await site.pending(GREETING, {"name": "Ada"})
    async with site.socket() as socket:
        await say(socket, type="subscribe", run_id=run["id"], after_seq=99)
        assert (await heard(socket))["head_seq"] == 1
        assert await heard(socket) == {"type": "resync", "run_id": run["id"], "from": 1}
        await site.http.post(f"/api/v1/runs/{run['id']}/execute")
        assert (await events_until_end(socket))[0]["seq"] == 2


async def test_a_subscription_is_to_the_channels_that_it_names(site: Site) -> None:
    run = await site.run(TALKING)
    async with site.socket() as socket:
        await say(socket, type="subscribe", run_id=run["id"], channels=["custom", "tokens"])
        assert [event["type"] for event in await events_until_end(socket)] == ["workflow.custom"]


@pytest.mark.parametrize("messages_before", [0, 1, 3, 5])
async def test_a_client_that_vanishes_leaves_nothing_behind(
    site: Site, messages_before: int
) -> None:
    run = await site.pending(HOLDING)
    await site.services.runs.execute(run["id"])
    await site.hold.called.wait()
    before = asyncio.all_tasks()
    async with site.socket() as socket:
        await say(socket, type="subscribe", run_id=run["id"])
        await say(socket, type="subscribe", project_id="default")
        for _ in range(messages_before):
            await socket.recv()
        socket.transport.abort()
        await site.sockets.ended.get()
    assert site.services.hub._subscriptions == {}
    assert {task for task in asyncio.all_tasks() - before if not task.done()} == set()


async def test_a_server_that_stops_takes_its_lines_down(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        run = await site.pending(HOLDING)
        opened = site.socket()
        socket = await opened.__aenter__()
        await say(socket, type="subscribe", run_id=run["id"])
        assert (await heard(socket))["type"] == "subscribed"
    assert await close_code(socket) == 1012
    await opened.__aexit__(None, None, None)


SECRET = "only-the-test-knows"  # noqa: S105 - it opens nothing


@dataclass(frozen=True)
class Friend:
    """Somebody who sees one project."""

    project_id: str
    id = "friend"

    def sees(self, project_id: str) -> bool:
        return project_id == self.project_id


async def by_key(connection: HTTPConnection, key: str | None) -> Friend | None:
    """A key in a message or a header names the project that it opens."""
    said = key or connection.headers.get("authorization", "").removeprefix("Bearer ")
    return Friend(said.partition(":")[2]) if said.startswith(SECRET) else None


@pytest.fixture
async def guarded(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path, authenticate=by_key) as site:
        yield site


@pytest.mark.parametrize(
    "message",
    [{"type": "auth", "key": "guessed"}, {"type": "ping"}, {"type": "subscribe", "run_id": "x"}],
)
async def test_a_line_begins_with_a_key_that_opens_it(guarded: Site, message: Any) -> None:
    async with guarded.socket() as socket:
        await say(socket, **message)
        error = await heard(socket)
        assert error["type"] == "error"
        assert "guessed" not in json.dumps(error)
        assert await close_code(socket) == 4401


async def test_a_key_comes_in_the_first_message_or_in_a_header(guarded: Site) -> None:
    run = await guarded.run(GREETING, {"name": "Ada"})
    key = f"{SECRET}:default"
    for options, first in (
        ({}, {"type": "auth", "key": key}),
        ({"additional_headers": {"Authorization": f"Bearer {key}"}}, None),
    ):
        async with guarded.socket(**options) as socket:
            if first is not None:
                await say(socket, **first)
            await say(socket, type="subscribe", run_id=run["id"])
            assert len(await events_until_end(socket)) == await guarded.services.log.head(run["id"])


@pytest.mark.parametrize("header", ["Authorization", "X-Api-Key"])
async def test_a_wrong_key_in_a_header_is_refused_at_once(guarded: Site, header: str) -> None:
    async with guarded.socket(additional_headers={header: "Bearer guessed"}) as socket:
        assert (await heard(socket))["code"] == "wrong-key"
        assert await close_code(socket) == 4401


async def test_what_is_not_yours_is_not_there(guarded: Site) -> None:
    run = await guarded.run(GREETING, {"name": "Ada"})
    for topic in ({"run_id": run["id"]}, {"project_id": "default"}):
        async with guarded.socket() as socket:
            await say(socket, type="auth", key=f"{SECRET}:other")
            await say(socket, type="subscribe", **topic)
            assert (await heard(socket))["code"].endswith("-not-found")
            assert await close_code(socket) == 4404


async def test_whoever_says_nothing_is_sent_away(tmp_path: Path) -> None:
    async with (
        open_site(tmp_path, authenticate=by_key, patience_seconds=0.05) as site,
        site.socket() as socket,
    ):
        assert (await heard(socket))["code"] == "no-key"
        assert await close_code(socket) == 4401
