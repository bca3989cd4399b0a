"""Threads over HTTP: joined, refused, read."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from services.bootstrap import Services
from tests.integration.api.site import GREETING, HOLDING, PROJECT, Site, Wire
from tests.support.service import service

RUNS = f"{PROJECT}/workflows/runs"
NOTING: Wire = {
    "name": "noting",
    "variables": {"notes": {"reducer": "append"}},
    "nodes": [{"id": "note", "type": "set", "config": {"values": {"notes": "input.text"}}}],
}
AT_ONCE = 50


async def ended(site: Site, run: Wire) -> Wire:
    async with site.services.runs.watch(run["id"]) as frames:
        async for _ in frames:
            pass
    return dict((await site.http.get(f"/api/v1/runs/{run['id']}")).json())


async def joined(site: Site, run: Wire, **body: Any) -> httpx.Response:
    wanted = {"workflow_id": run["workflow_id"], "thread_id": run["thread_id"]}
    return await site.http.post(RUNS, json=wanted | body)


def kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:workflow:problem:")


async def test_a_run_goes_on_with_the_variables_of_its_thread(site: Site) -> None:
    first = await site.run(NOTING, {"text": "a"})
    assert (first["thread_id"], first["turn"]) == (first["id"], 1)
    assert first["variables"] == {"notes": ["a"]}
    answer = await joined(site, first, input={"text": "b"}, multitask="enqueue")
    assert answer.status_code == 201
    second = await ended(site, answer.json())
    assert (second["thread_id"], second["turn"]) == (first["id"], 2)
    assert second["variables"] == {"notes": ["a", "b"]}

    thread = (await site.http.get(f"/api/v1/threads/{first['id']}")).json()
    assert thread == (await site.http.get(f"{PROJECT}/threads/{first['id']}")).json()
    assert (thread["status"], thread["active_run_id"]) == ("idle", None)
    assert thread["variables"] == {"notes": ["a", "b"]}
    assert thread["runs"] == {"items": [second, first], "next_cursor": None}
    (listed,) = (await site.http.get(f"{PROJECT}/threads")).json()["items"]
    assert listed == {"id": first["id"], "project_id": "default", "last_run": second}


async def test_a_thread_that_is_busy_rejects_runs_and_names_the_active_one(site: Site) -> None:
    run = await site.pending(HOLDING)
    await site.http.post(f"/api/v1/runs/{run['id']}/execute")
    await site.hold.called.wait()
    refused = await joined(site, run)
    assert kind(refused) == (409, "thread-busy")
    assert run["id"] in refused.json()["detail"]
    thread = (await site.http.get(f"/api/v1/threads/{run['id']}")).json()
    assert (thread["status"], thread["active_run_id"]) == ("busy", run["id"])

    newest = (await joined(site, run, multitask="rollback")).json()
    await site.hold.called.wait()
    site.hold.released.set()
    assert (await ended(site, newest))["status"] == "completed"
    over = await ended(site, run)
    assert (over["status"], over["rolled_back"]) == ("cancelled", True)


async def test_what_is_not_there_is_not_found(site: Site) -> None:
    run = await site.pending(GREETING)
    strange = run | {"thread_id": "nowhere"}
    assert kind(await joined(site, strange)) == (404, "thread-not-found")
    assert kind(await site.http.get(f"{PROJECT}/threads/nowhere")) == (404, "thread-not-found")
    elsewhere = await site.http.get(f"/api/v1/threads/{run['id']}", params={"project_id": "other"})
    assert kind(elsewhere) == (404, "project-not-found")
    assert (await joined(site, run, multitask="never")).status_code == 422
    alone = {"workflow_id": run["workflow_id"], "multitask": "enqueue"}
    assert kind(await site.http.post(RUNS, json=alone)) == (422, "invalid-request")


@pytest.fixture
async def processes(tmp_path: Path, database_url: str) -> AsyncIterator[list[Services]]:
    async with (
        service(tmp_path, database_url=database_url) as one,
        service(tmp_path, database_url=database_url) as other,
    ):
        yield [one, other]


async def test_fifty_equal_posts_with_one_key_make_one_run(processes: list[Services]) -> None:
    """At once, through two servers on one database."""
    published = await processes[0].workflows.publish("default", GREETING)
    body = {"workflow_id": published.version.workflow_id, "input": {"name": "Ada"}}
    clients = [
        httpx.AsyncClient(transport=httpx.ASGITransport(create_app(each)), base_url="http://test")
        for each in processes
    ]

    async def post(client: httpx.AsyncClient) -> httpx.Response:
        headers = {"Idempotency-Key": "once"}
        return await client.post(f"{RUNS}?execute=true", json=body, headers=headers)

    answers = await asyncio.gather(*(post(client) for client in clients * (AT_ONCE // 2)))
    for client in clients:
        await client.aclose()
    assert {answer.status_code for answer in answers} == {201}
    (run_id,) = {answer.json()["id"] for answer in answers}
    assert [run.id for run in (await processes[0].runs.page("default")).items] == [run_id]
