"""Retries, re-runs and changes of version over HTTP."""

from __future__ import annotations

import httpx

from tests.integration.api.site import FAILING, GREETING, Site, Wire
from tests.integration.api.test_waits import ASKING, waiting


def address(run: Wire, what: str) -> str:
    return f"/api/v1/runs/{run['id']}/{what}"


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def test_a_failed_run_is_retried(site: Site) -> None:
    failed = await site.run(FAILING)

    answer = await site.http.post(address(failed, "retry"))

    assert answer.status_code == 201
    run = answer.json()
    assert (run["source_run_id"], run["status"]) == (failed["id"], "pending")
    assert answer.headers["Location"] == f"/api/v1/runs/{run['id']}"
    (found,) = (await site.http.get(address(failed, "retries"))).json()["items"]
    assert found["id"] == run["id"]


async def test_a_finished_run_begins_anew_where_it_is_told(site: Site) -> None:
    done = await site.run(GREETING, {"name": "Ada"})
    body = {"from_node": "greet", "input": {"name": "Bob"}}
    run = (await site.http.post(address(done, "retry"), json=body)).json()
    async with site.services.runs.watch(run["id"]) as frames:
        async for _ in frames:
            pass
    assert (await site.http.get(f"/api/v1/runs/{run['id']}")).json()["output"] == {
        "shout": "HI BOB"
    }


async def test_a_double_click_makes_one_run(site: Site) -> None:
    failed = await site.run(FAILING)
    once = {"Idempotency-Key": "click"}
    one = await site.http.post(address(failed, "retry"), headers=once)
    two = await site.http.post(address(failed, "retry"), headers=once)
    assert one.json()["id"] == two.json()["id"]
    body = {"from_node": "break"}
    other = await site.http.post(address(failed, "retry"), json=body, headers=once)
    assert problem(other) == (422, "idempotency-key-reused")


async def test_what_cannot_be_is_refused(site: Site) -> None:
    done = await site.run(GREETING, {"name": "Ada"})
    pending = await site.pending(GREETING)
    assert problem(await site.http.post(address(done, "retry"))) == (409, "run-is-completed")
    assert problem(await site.http.post(address(pending, "retry"))) == (409, "run-is-not-over")
    never = await site.http.post(address(done, "retry"), json={"from_node": "nope"})
    assert problem(never) == (422, "not-visited")
    assert never.json()["errors"][0]["hint"] == "visited nodes: 'greet', 'shout'"
    odd = await site.http.post(address(done, "retry"), json={"visit": 1})
    assert problem(odd) == (422, "invalid-request")
    gone = await site.http.post(address(done, "retry"), json={"from_node": "greet", "version": 9})
    assert problem(gone) == (404, "version-not-found")
    ended = await site.http.post(address(done, "migrate"), json={"version": 1})
    assert problem(ended) == (409, "run-is-not-at-rest")


async def test_a_waiting_run_is_told_why_a_version_does_not_fit(site: Site) -> None:
    run = await waiting(site, ASKING)
    async with site.services.runs.watch(run["id"]) as frames:
        async for frame in frames:
            if frame.type == "run.waiting":
                break
    node = {"id": "ask", "type": "human", "config": {"prompt": "Really?"}}
    await site.stored(ASKING | {"nodes": [node]})
    answer = await site.http.post(address(run, "migrate"), json={"version": 2})
    assert problem(answer) == (409, "incompatible-version")
    assert [(found["code"], found["node_id"]) for found in answer.json()["errors"]] == [
        ("node-config", "ask")
    ]
