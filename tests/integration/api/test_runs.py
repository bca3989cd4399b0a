"""Runs over HTTP: created once, executed once, cancelled, and read in every detail."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.integration.api.site import FAILING, GREETING, HOLDING, PROJECT, Site

RUNS = f"{PROJECT}/workflows/runs"
RUN_FIELDS = {
    "id",
    "project_id",
    "workflow_id",
    "version",
    "status",
    "input",
    "output",
    "error",
    "progress",
    "attempt",
    "created_at",
    "started_at",
    "finished_at",
    "parent_run_id",
    "source_run_id",
    "thread_id",
    "turn",
    "rolled_back",
    "variables",
    "usage",
    "is_held",
    "event_count",
}


async def test_a_run_waits_until_it_is_executed(site: Site) -> None:
    run = await site.pending(GREETING, {"name": "Ada"})
    assert set(run) == RUN_FIELDS
    assert (run["status"], run["output"], run["started_at"]) == ("pending", None, None)
    nodes = (await site.http.get(f"/api/v1/runs/{run['id']}/nodes")).json()["items"]
    assert [(n["node_id"], n["visit"], n["status"]) for n in nodes] == [
        ("greet", 0, "pending"),
        ("shout", 0, "pending"),
    ]


async def test_an_executed_run_tells_everything(site: Site) -> None:
    run = await site.run(GREETING, {"name": "Ada"})
    assert (run["status"], run["output"]) == ("completed", {"shout": "HI ADA"})
    assert run["progress"] == 1.0
    nodes = (await site.http.get(f"/api/v1/runs/{run['id']}/nodes")).json()["items"]
    assert [(n["node_id"], n["visit"], n["output"]) for n in nodes] == [
        ("greet", 1, {"text": "Hi Ada"}),
        ("shout", 1, "HI ADA"),
    ]
    events = (await site.http.get(f"/api/v1/runs/{run['id']}/events")).json()["items"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["type"] == "workflow.run.created"
    assert events[-1] | {"at": ""} == {
        "seq": len(events),
        "type": "workflow.run.completed",
        "at": "",
        "run_id": run["id"],
        "data": {"output": {"shout": "HI ADA"}, "variables": None},
    }


async def test_the_log_is_read_in_pieces(site: Site) -> None:
    run = await site.run(GREETING, {"name": "Ada"})
    address = f"/api/v1/runs/{run['id']}/events"
    piece = await site.http.get(address, params={"after_seq": 2, "limit": 3})
    assert [event["seq"] for event in piece.json()["items"]] == [3, 4, 5]


async def test_a_failed_run_says_where_and_why(site: Site) -> None:
    run = await site.run(FAILING)
    assert run["status"] == "failed"
    assert run["error"]["node_id"] == "break"
    assert (run["error"]["visit"], run["error"]["attempt"]) == (1, 1)
    assert "printer" in run["error"]["message"]


async def test_executing_at_once_answers_while_the_run_goes_on(site: Site) -> None:
    body = {"workflow_id": await site.stored(HOLDING)}
    run = (await site.http.post(RUNS, params={"execute": "true"}, json=body)).json()
    await site.hold.called.wait()
    twice = await site.http.post(f"/api/v1/runs/{run['id']}/execute")
    assert (twice.status_code, twice.json()["type"]) == (
        409,
        "urn:workflow:problem:run-already-executed",
    )
    assert (await site.http.get(f"/api/v1/runs/{run['id']}")).json()["status"] == "running"


async def test_the_same_key_and_body_give_the_same_run(site: Site) -> None:
    body: dict[str, Any] = {"workflow_id": await site.stored(GREETING), "input": {"name": "Ada"}}
    key = {"Idempotency-Key": "order-17"}
    start = {"execute": "true"}
    first = await site.http.post(RUNS, json=body, headers=key, params=start)
    second = await site.http.post(RUNS, json=body, headers=key, params=start)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]
    assert len((await site.http.get("/api/v1/runs")).json()["items"]) == 1


@pytest.mark.parametrize(
    "other", [{"input": {"n": 2}}, {"input": {"n": True}}, {"version": 2}, {"workflow_id": "other"}]
)
async def test_a_key_stands_for_one_request(site: Site, other: dict[str, Any]) -> None:
    other_id = await site.stored(GREETING | {"name": "other"})
    body: dict[str, Any] = {"workflow_id": await site.stored(GREETING), "input": {"n": 1}}
    key = {"Idempotency-Key": "order-17"}
    first = await site.http.post(RUNS, json=body, headers=key)
    await site.stored(GREETING | {"input_schema": {"required": ["name"]}})
    again = await site.http.post(RUNS, json=body, headers=key)
    assert again.json() == first.json()

    changed = body | other
    if "workflow_id" in other:
        changed["workflow_id"] = other_id
    refused = await site.http.post(RUNS, json=changed, headers=key)
    assert (refused.status_code, refused.json()["type"]) == (
        422,
        "urn:workflow:problem:idempotency-key-reused",
    )


async def test_of_many_requests_at_once_with_one_key_one_makes_a_run(site: Site) -> None:
    body = {"workflow_id": await site.stored(GREETING)}
    key = {"Idempotency-Key": "order-17"}
    answers = await asyncio.gather(
        *(site.http.post(RUNS, json=body, headers=key) for _ in range(50))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert len((await site.http.get("/api/v1/runs")).json()["items"]) == 1


async def test_an_input_that_breaks_the_schema_is_refused(site: Site) -> None:
    body = {"workflow_id": await site.stored(GREETING), "input": {"name": 7}}
    answer = await site.http.post(RUNS, json=body)
    assert (answer.status_code, answer.json()["type"]) == (
        422,
        "urn:workflow:problem:invalid-input",
    )
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/name"]


async def test_a_running_run_is_stopped(site: Site) -> None:
    run = await site.pending(HOLDING)
    async with site.services.runs.watch(run["id"]) as frames:
        await site.http.post(f"/api/v1/runs/{run['id']}/execute")
        await site.hold.called.wait()
        answer = await site.http.post(
            f"/api/v1/runs/{run['id']}/cancel", json={"reason": "changed my mind"}
        )
        assert answer.status_code == 202
        assert answer.json()["status"] in {"cancelling", "cancelled"}
        last = [frame async for frame in frames][-1]
    assert last.type == "run.cancelled"
    late = await site.http.post(f"/api/v1/runs/{run['id']}/cancel", json={"reason": "again"})
    assert (late.status_code, late.json()["type"]) == (409, "urn:workflow:problem:run-is-over")


async def test_a_pending_run_is_stopped_without_a_reason(site: Site) -> None:
    run = await site.pending(GREETING)
    answer = await site.http.post(f"/api/v1/runs/{run['id']}/cancel")
    assert (answer.status_code, answer.json()["status"]) == (202, "cancelled")


async def test_runs_are_listed_newest_first_and_filtered(site: Site) -> None:
    done = await site.run(GREETING, {"name": "Ada"})
    waiting = await site.pending(HOLDING)
    for address in ("/api/v1/runs", RUNS):
        listed = (await site.http.get(address)).json()["items"]
        assert [run["id"] for run in listed] == [waiting["id"], done["id"]]
        first = (await site.http.get(address, params={"limit": 1})).json()
        rest = await site.http.get(address, params={"cursor": first["next_cursor"]})
        assert [run["id"] for run in rest.json()["items"]] == [done["id"]]
        for wanted in ({"status": "completed"}, {"workflow_id": done["workflow_id"]}):
            found = (await site.http.get(address, params=wanted)).json()["items"]
            assert [run["id"] for run in found] == [done["id"]]


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/api/v1/runs/x", "run-not-found"),
        ("POST", "/api/v1/runs/x/execute", "run-not-found"),
        ("POST", "/api/v1/runs/x/cancel", "run-not-found"),
        ("GET", "/api/v1/runs/x/nodes", "run-not-found"),
        ("GET", "/api/v1/runs/x/events", "run-not-found"),
        ("GET", f"{PROJECT}/workflows/x", "workflow-not-found"),
        ("GET", f"{PROJECT}/workflows/x/graph", "workflow-not-found"),
        ("GET", f"{PROJECT}/workflows/x/versions/1", "workflow-not-found"),
    ],
)
async def test_what_is_not_there_is_named(site: Site, method: str, path: str, kind: str) -> None:
    answer = await site.http.request(method, path)
    assert (answer.status_code, answer.json()["type"]) == (404, f"urn:workflow:problem:{kind}")


async def test_the_tree_of_a_run_and_the_list_of_its_sub_runs(site: Site) -> None:
    config = {"workflow": await site.stored(GREETING), "input": {"name": "Ada"}}
    run = await site.run(
        {"name": "c", "nodes": [{"id": "s", "type": "subworkflow", "config": config}]}
    )
    assert run["output"] == {"s": {"shout": "HI ADA"}}
    answer = (await site.http.get(f"/api/v1/runs/{run['id']}/tree")).json()
    assert answer["complete"] is True
    assert (answer["tree"]["run"]["id"], answer["tree"]["node_id"]) == (run["id"], None)
    [child] = answer["tree"]["children"]
    assert (child["node_id"], child["path"], child["visit"], child["children"]) == ("s", "", 1, [])
    assert (child["run"]["workflow"], child["run"]["status"]) == (GREETING["name"], "completed")
    listed = await site.http.get("/api/v1/runs", params={"parent_run_id": run["id"]})
    assert [item["id"] for item in listed.json()["items"]] == [child["run"]["id"]]
    assert (await site.http.get("/api/v1/runs/nobody/tree")).status_code == 404


async def test_a_run_is_paused_and_resumed(site: Site) -> None:
    run = (await site.pending(GREETING, {"name": "Ada"}))["id"]
    resumed = await site.http.post(f"/api/v1/runs/{run}/resume")
    assert resumed.status_code == 409
    assert resumed.json()["type"] == "urn:workflow:problem:run-not-paused"

    paused = await site.http.post(f"/api/v1/runs/{run}/pause")
    assert paused.status_code == 202
    assert (paused.json()["status"], paused.json()["is_held"]) == ("paused", True)
    refused = await site.http.post(f"/api/v1/runs/{run}/execute")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:workflow:problem:run-is-paused"

    async with site.services.runs.watch(run) as frames:
        resumed = await site.http.post(f"/api/v1/runs/{run}/resume")
        assert (resumed.status_code, resumed.json()["is_held"]) == (202, False)
        types = [frame.type async for frame in frames]
    assert types[1:3] == ["run.paused", "run.started"]
    assert types[-1] == "run.completed"


@pytest.mark.parametrize("name", ["workflow_id", "parent_run_id", "text", "project_id"])
async def test_no_filter_holds_a_nul(site: Site, name: str) -> None:
    refused = await site.http.get("/api/v1/runs", params={name: "a\0b"})
    assert refused.status_code == 422
    assert "NUL" in refused.json()["errors"][0]["detail"]
