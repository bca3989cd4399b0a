"""Server-sent events: the stream of the socket for clients that have only HTTP."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from tests.integration.api.site import GREETING, HOLDING, TALKING, Site, open_site
from tests.support.clients import client_of
from tests.support.sse import Sent, sent_by

PROJECT_STREAM = "/api/v1/projects/default/events/stream"


def stream_of(run: dict[str, Any]) -> str:
    return f"/api/v1/runs/{run['id']}/events/stream"


async def all_sent(site: Site, path: str, **options: Any) -> list[Sent]:
    async with site.http.stream("GET", path, **options) as response:
        assert response.status_code == 200, await response.aread()
        assert response.headers["content-type"].startswith("text/event-stream")
        return [sent async for sent in sent_by(response)]


async def test_a_run_is_followed_from_its_first_event_to_its_last(site: Site) -> None:
    run = await site.pending(GREETING, {"name": "Ada"})
    async with site.http.stream("GET", stream_of(run)) as response:
        sent = sent_by(response)
        assert await anext(sent) == Sent("subscribed", None, {"head_seq": 1})
        await site.http.post(f"/api/v1/runs/{run['id']}/execute")
        *events, end = [one async for one in sent]
    logged = (await site.http.get(f"/api/v1/runs/{run['id']}/events")).json()["items"]
    assert [one.data for one in events] == logged
    assert [one.id for one in events] == [str(event["seq"]) for event in logged]
    assert end == Sent("end", None, {})


async def test_it_goes_on_after_the_last_event_that_came(site: Site) -> None:
    run = await site.run(GREETING, {"name": "Ada"})
    total = await site.services.log.head(run["id"])
    for options in (
        {"headers": {"Last-Event-ID": "3"}},
        {"params": {"after_seq": 3}},
        {"headers": {"Last-Event-ID": "3"}, "params": {"after_seq": 0}},
    ):
        sent = await all_sent(site, stream_of(run), **options)
        assert [int(one.id) for one in sent if one.id] == list(range(4, total + 1))
    beyond = await all_sent(site, stream_of(run), params={"after_seq": 99})
    assert beyond[1:] == [Sent("resync", None, {"from": total}), Sent("end", None, {})]


async def test_only_what_is_wanted_comes(site: Site) -> None:
    run = await site.run(TALKING)
    sent = await all_sent(site, stream_of(run), params={"channels": ["custom", "tokens"]})
    assert [one.data["type"] for one in sent if one.id] == ["workflow.custom"]
    sent = await all_sent(site, stream_of(run), params={"channels": "lifecycle"})
    assert "workflow.custom" not in [one.data["type"] for one in sent if one.id]


async def test_a_project_shows_what_all_its_runs_do_from_now_on(site: Site) -> None:
    async with site.http.stream("GET", PROJECT_STREAM) as response:
        sent = sent_by(response)
        assert (await anext(sent)).name == "subscribed"
        run = await site.run(GREETING, {"name": "Ada"})
        head = await site.services.log.head(run["id"])
        events = [await anext(sent) for _ in range(head)]
    assert [one.id for one in events] == [str(one.data["seq"]) for one in events]
    assert [one.data["seq"] for one in events] == list(range(1, head + 1))


async def test_whoever_comes_back_to_a_project_is_told_to_look_again(site: Site) -> None:
    came_back = {"Last-Event-ID": "7"}
    async with site.http.stream("GET", PROJECT_STREAM, headers=came_back) as response:
        sent = sent_by(response)
        assert (await anext(sent)).name == "subscribed"
        assert await anext(sent) == Sent("resync", None, {"from": None})


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/v1/runs/nothing/events/stream", {}, 404),
        ("/api/v1/projects/nothing/events/stream", {}, 404),
        ("/api/v1/runs/{run}/events/stream?channels=noise", {}, 422),
        ("/api/v1/runs/{run}/events/stream?after_seq=-1", {}, 422),
        ("/api/v1/runs/{run}/events/stream", {"Last-Event-ID": "yesterday"}, 422),
    ],
)
async def test_what_cannot_be_is_answered_with_a_problem(
    site: Site, path: str, headers: dict[str, str], status: int
) -> None:
    run = await site.pending(HOLDING)
    answer = await site.http.get(path.format(run=run["id"]), headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_client_that_vanishes_leaves_nothing_behind(site: Site) -> None:
    run = await site.pending(HOLDING)
    before = asyncio.all_tasks()
    async with client_of(site.url) as client:
        for path in (stream_of(run), PROJECT_STREAM):
            async with client.stream("GET", path) as response:
                assert (await anext(sent_by(response))).name == "subscribed"
                assert site.services.hub._subscriptions
            await asyncio.gather(*(asyncio.all_tasks() - before), return_exceptions=True)
    assert site.services.hub._subscriptions == {}


async def test_a_server_that_stops_does_not_wait_for_its_streams(tmp_path: Path) -> None:
    """One that it breaks off, when its grace is over, has no proper end."""
    async with client_of() as client:
        async with open_site(tmp_path) as site:
            run = await site.pending(HOLDING)
            answer = client.stream("GET", site.url + stream_of(run))
            response = await answer.__aenter__()
            sent = sent_by(response)
            assert (await anext(sent)).name == "subscribed"
            assert (await anext(sent)).data["type"] == "workflow.run.created"
        assert [one async for one in sent] == []  # no `end`: it is to be continued elsewhere
