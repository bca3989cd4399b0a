"""The client against a real server, over a cable that is cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api import schemas
from tests.integration.api.site import FAILING, GREETING, HOLDING, TALKING, Site, open_site
from tests.support.proxies import Cable, cable_to
from workflow_client import (
    Client,
    ConflictError,
    Event,
    InvalidError,
    NotFoundError,
    ProtocolError,
    Run,
    Task,
    UnauthorizedError,
    UnreachableError,
    Visit,
)

ASKING = {
    "name": "asking",
    "nodes": [
        {
            "id": "ask",
            "type": "human",
            "config": {
                "prompt": "Go on?",
                "form": {"type": "object", "properties": {"yes": {"type": "boolean"}}},
            },
        }
    ],
    "edges": [],
}


KEY = "a-bootstrap-key-of-tests"


@dataclass(frozen=True)
class Ends:
    """A server, the cable to it, and a client at the other end."""

    site: Site
    cable: Cable
    client: Client


@pytest.fixture
async def ends(tmp_path: Path) -> AsyncIterator[Ends]:
    async with (
        open_site(tmp_path) as site,
        cable_to(int(site.url.rpartition(":")[2])) as cable,
        Client(f"http://127.0.0.1:{cable.port}") as client,
    ):
        yield Ends(site, cable, client)


async def test_a_workflow_is_stored_run_and_read(ends: Ends) -> None:
    client = ends.client
    stored = await client.store(GREETING)
    assert (await client.workflow("greeting")).id == stored.id
    run = await client.create(stored.id, {"name": "Ada"}, execute=True)
    ended = await client.wait(run.id)
    assert (ended.status, ended.output) == ("completed", {"shout": "HI ADA"})
    assert [found.id for found in await client.runs(statuses=["completed"])] == [run.id]
    assert [visit.node_id for visit in await client.visits(run.id)] == ["greet", "shout"]
    logged = [event async for event in client.events(run.id)]
    assert logged == [event async for event in client.follow(run.id)]
    assert logged[-1].is_last


async def test_a_run_that_fails_says_why(ends: Ends) -> None:
    stored = await ends.client.store(FAILING)
    run = await ends.client.create(stored.id, {}, execute=True)
    ended = await ends.client.wait(run.id)
    assert ended.error is not None
    assert (ended.status, ended.error.node_id) == ("failed", "break")


async def test_a_run_is_paused_resumed_and_cancelled(ends: Ends) -> None:
    run = await ends.client.create((await ends.client.store(HOLDING)).id, {}, execute=True)
    await ends.site.hold.called.wait()
    await ends.client.pause(run.id)
    await ends.client.resume(run.id)
    await ends.client.cancel(run.id, "enough")
    assert (await ends.client.wait(run.id)).status == "cancelled"


async def test_a_task_is_answered(ends: Ends) -> None:
    run = await ends.client.create((await ends.client.store(ASKING)).id, {}, execute=True)
    async with ends.client.following(run.id) as events:
        while (await anext(events)).type != "workflow.task.created":
            pass
    (task,) = await ends.client.tasks(run_id=run.id)
    with pytest.raises(InvalidError) as refused:
        await ends.client.answer(task.id, {"yes": 1})
    assert [found.pointer for found in refused.value.findings] == ["/yes"]
    await ends.client.answer(task.id, {"yes": True}, by="Ada")
    assert (await ends.client.wait(run.id)).status == "completed"


async def test_what_the_server_refuses_is_a_typed_error(ends: Ends) -> None:
    client = ends.client
    with pytest.raises(NotFoundError, match="no run 'nothing'") as missing:
        await client.get("nothing")
    assert missing.value.kind == "run-not-found"
    with pytest.raises(NotFoundError, match="no run 'nothing'"):
        await anext(client.follow("nothing"))
    with pytest.raises(NotFoundError):
        await client.workflow("nothing")
    with pytest.raises(InvalidError) as broken:
        await client.store({"name": "x", "nodes": [{"id": "a", "type": "nonsense"}], "edges": []})
    assert broken.value.findings[0].pointer == "/nodes/0/type"
    run = await client.create((await client.store(GREETING)).id, {"name": "Ada"}, execute=True)
    with pytest.raises(ConflictError):
        await client.execute(run.id)
    with pytest.raises(ProtocolError):
        await anext(client.follow(run.id, channels=["noise"]))


async def test_a_run_whose_creation_was_answered_into_the_void_is_one(ends: Ends) -> None:
    stored = await ends.client.store(GREETING)
    ends.cable.cut_after = b"/workflows/runs"
    run = await ends.client.create(stored.id, {"name": "Ada"})
    assert ends.cable.cuts == 1
    assert [found.id for found in await ends.client.runs()] == [run.id]


async def test_a_stream_goes_on_after_every_cut(ends: Ends) -> None:
    run = await ends.client.create((await ends.client.store(HOLDING)).id, {}, execute=True)
    seen = []
    async with ends.client.following(run.id) as events:
        async for event in events:
            seen.append(event.seq)
            if event.node_id == "hold" and event.type == "workflow.node.started":
                await ends.cable.cut()
                ends.site.hold.released.set()
            elif len(seen) % 2:
                await ends.cable.cut()
    assert seen == list(range(1, await ends.site.services.log.head(run.id) + 1))


REFUSED = b"HTTP/1.1 %d No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
NO_SOCKETS = [REFUSED % status for status in (200, 400, 403, 404, 426, 502)] + [b""]


@pytest.mark.parametrize("answer", NO_SOCKETS)
async def test_where_no_socket_is_let_through_the_stream_is_read_over_http(
    ends: Ends, answer: bytes
) -> None:
    ends.cable.upgrade_answer = answer
    run = await ends.client.create((await ends.client.store(HOLDING)).id, {}, execute=True)
    seen = []
    async with ends.client.following(run.id) as events:
        async for event in events:
            seen.append(event)
            if event.node_id == "hold" and event.type == "workflow.node.started":
                ends.site.hold.released.set()
            if event.seq in (2, 4):
                await ends.cable.cut()
    assert seen == [event async for event in ends.client.events(run.id)]
    assert seen[-1].is_last


async def test_a_stream_over_http_shows_what_a_socket_shows(ends: Ends) -> None:
    run = await ends.client.create((await ends.client.store(TALKING)).id, {}, execute=True)
    for channels in (["tokens", "custom"], ["lifecycle"], None):
        ends.cable.upgrade_answer = None
        sent = [event async for event in ends.client.follow(run.id, channels=channels)]
        ends.cable.upgrade_answer = b""
        again = [event async for event in ends.client.follow(run.id, channels=channels)]
        assert [event for event in again if event.seq] == [event for event in sent if event.seq]
    last = [event.seq async for event in ends.client.follow(run.id, 3)]
    assert last == list(range(4, await ends.site.services.log.head(run.id) + 1))
    assert [event async for event in ends.client.follow(run.id, 99)] == []


async def test_what_the_stream_over_http_refuses_is_a_typed_error(ends: Ends) -> None:
    run = await ends.site.run(GREETING, {"name": "Ada"})
    ends.cable.upgrade_answer = REFUSED % 403
    with pytest.raises(NotFoundError, match="no run 'nothing'"):
        await anext(ends.client.follow("nothing"))
    with pytest.raises(InvalidError):
        await anext(ends.client.follow(run["id"], channels=["noise"]))


async def test_where_a_socket_has_spoken_what_breaks_is_only_the_line(ends: Ends) -> None:
    run = await ends.client.create((await ends.client.store(HOLDING)).id, {}, execute=True)
    ends.cable.cut_after = b"/events/stream"
    async with ends.client.following(run.id) as events, asyncio.TaskGroup() as tasks:
        assert await anext(events)
        ends.cable.upgrade_answer = b""
        await ends.cable.cut()
        rest = tasks.create_task(collected(events))
        for _ in range(2):
            await ends.cable.refusals.get()
        ends.cable.upgrade_answer = None
        ends.site.hold.released.set()
    assert ((await rest)[-1].is_last, ends.cable.cuts) == (True, 0)


async def collected(events: AsyncIterator[Event]) -> list[Event]:
    return [event async for event in events]


async def test_a_server_that_lets_nobody_in_for_now_is_asked_again(tmp_path: Path) -> None:
    """Many clients come back at once when a server was away: those who are told to wait do so."""
    async with open_site(tmp_path, api_key=KEY, rate_limit=2.0) as site:
        async with Client(site.url, key=KEY) as client:
            stored = await client.store(GREETING)
            run = await client.create(stored.id, {"name": "Ada"}, execute=True)
            for _ in range(6):
                assert await anext(client.follow(run.id))
        assert {site.sockets.closings.get_nowait() for _ in range(2)} >= {4429}


async def test_patience_has_an_end(tmp_path: Path) -> None:
    async with open_site(tmp_path) as site:
        run, url = await site.pending(GREETING, {"name": "Ada"}), site.url
    async with Client(url, patience_seconds=0.3) as client:
        with pytest.raises(UnreachableError):
            await client.get(run["id"])
        with pytest.raises(UnreachableError):
            await anext(client.follow(run["id"]))


async def test_a_key_goes_with_every_request(tmp_path: Path) -> None:
    async def by_key(connection, _key):
        return None if connection.headers.get("authorization") != "Bearer k" else Everything()

    async with open_site(tmp_path, authenticate=by_key) as site:
        run = await site.run(TALKING)
        async with Client(site.url, key="k") as client:
            assert [event async for event in client.follow(run["id"])]
        async with Client(site.url, key="other", patience_seconds=0.2) as client:
            with pytest.raises(UnauthorizedError):
                await anext(client.follow(run["id"]))


class Everything:
    id = "everything"

    def sees(self, _project_id: str) -> bool:
        return True


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Run, schemas.Run),
        (Visit, schemas.NodeVisit),
        (Task, schemas.Task),
        (Event, schemas.Event),
    ],
)
def test_the_client_reads_what_the_server_says(ours, theirs) -> None:
    said = theirs.model_json_schema(mode="serialization")["properties"].keys()
    assert ours.model_fields.keys() <= said


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(cuts=st.sets(st.integers(1, 10), max_size=4))
async def test_no_pattern_of_cuts_loses_or_repeats_an_event(ends: Ends, cuts: set[int]) -> None:
    run = await ends.client.create((await ends.client.store(GREETING)).id, {"name": "x"})
    await ends.client.execute(run.id)
    seen = []
    async for event in ends.client.follow(run.id):
        seen.append(event.seq)
        if event.seq in cuts:
            await ends.cable.cut()
    assert seen == list(range(1, await ends.site.services.log.head(run.id) + 1))
