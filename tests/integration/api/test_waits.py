"""Tasks and signals over HTTP: found, answered once, refused with all that is wrong."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from services.domain.events.waits import NodeWaiting
from tests.integration.api.site import GREETING, PROJECT, Site, Wire

TASKS = f"{PROJECT}/tasks"
SIGNALS = f"{PROJECT}/signals"
FORM: Wire = {
    "type": "object",
    "required": ["approved"],
    "properties": {"approved": {"type": "boolean"}, "note": {"type": "string", "maxLength": 3}},
}
ASKING: Wire = {
    "name": "asking",
    "nodes": [
        {
            "id": "ask",
            "type": "human",
            "config": {"prompt": "Refund?", "form": FORM, "assignee": "ada"},
        }
    ],
}
LISTENING: Wire = {
    "name": "listening",
    "nodes": [{"id": "paid", "type": "wait_event", "config": {"name": "payment", "key": "7"}}],
}


async def waiting(site: Site, definition: Wire) -> Wire:
    """A run that has come to the point where it waits."""
    run = await site.pending(definition)
    async with site.services.runs.watch(run["id"]) as frames:
        await site.http.post(f"/api/v1/runs/{run['id']}/execute")
        async for frame in frames:
            if frame.type == NodeWaiting.type:
                break
    return run


async def output_of(site: Site, run: Wire) -> Any:
    async with site.services.runs.watch(run["id"]) as frames:
        async for _ in frames:
            pass
    return (await site.http.get(f"/api/v1/runs/{run['id']}")).json()["output"]


async def task_of(site: Site, run: Wire) -> Wire:
    (task,) = (await site.http.get(TASKS, params={"run_id": run["id"]})).json()["items"]
    return dict(task)


async def completed(site: Site, task: Wire, **body: Any) -> httpx.Response:
    return await site.http.post(f"{TASKS}/{task['id']}/complete", json=body)


def kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:workflow:problem:")


async def test_a_task_is_found_answered_and_the_run_goes_on(site: Site) -> None:
    run = await waiting(site, ASKING)
    task = await task_of(site, run)
    assert task == (await site.http.get(f"{TASKS}/{task['id']}")).json()
    assert task | {"id": "", "created_at": ""} == {
        "id": "",
        "project_id": "default",
        "run_id": run["id"],
        "node_id": "ask",
        "path": "",
        "visit": 1,
        "prompt": "Refund?",
        "form": FORM,
        "assignee": "ada",
        "due_at": None,
        "status": "open",
        "answer": None,
        "answered_by": None,
        "created_at": "",
        "answered_at": None,
    }
    answer = await completed(site, task, answer={"approved": True}, by="bob")
    assert answer.status_code == 200
    assert answer.json() | {"answered_at": ""} == task | {
        "status": "completed",
        "answer": {"approved": True},
        "answered_by": "bob",
        "answered_at": "",
    }
    assert await output_of(site, run) == {"ask": {"approved": True}}


async def test_an_answer_that_breaks_the_form_is_told_everything(site: Site) -> None:
    task = await task_of(site, await waiting(site, ASKING))
    refused = await completed(site, task, answer={"approved": "yes", "note": "long"})
    assert kind(refused) == (422, "invalid-answer")
    assert refused.json()["detail"] == "the answer has 2 problems"
    found = {(error["pointer"], error["code"]) for error in refused.json()["errors"]}
    assert found == {("/approved", "type"), ("/note", "maxLength")}
    assert (await task_of(site, {"id": task["run_id"]}))["status"] == "open"


@pytest.mark.parametrize("body", [{}, {"answer": 1, "by": ""}, {"answer": 1, "whom": "me"}])
async def test_an_answer_is_a_body_like_any_other(site: Site, body: Wire) -> None:
    task = await task_of(site, await waiting(site, ASKING))
    assert kind(await completed(site, task, **body)) == (422, "invalid-request")


async def test_of_many_answers_at_once_one_counts(site: Site) -> None:
    run = await waiting(site, ASKING)
    task = await task_of(site, run)
    answers = await asyncio.gather(
        *(completed(site, task, answer={"approved": True}, by=f"{n}") for n in range(8))
    )
    (counted,) = (answer.json() for answer in answers if answer.status_code == 200)
    refused = [answer for answer in answers if answer.status_code != 200]
    assert {kind(answer) for answer in refused} == {(409, "task-is-over")}
    assert f"completed by {counted['answered_by']}" in refused[0].json()["detail"]
    await output_of(site, run)


async def test_nobody_answers_a_run_that_is_over(site: Site) -> None:
    run = await waiting(site, ASKING)
    task = await task_of(site, run)
    await site.http.post(f"/api/v1/runs/{run['id']}/cancel")
    await output_of(site, run)
    assert (await task_of(site, run))["status"] == "cancelled"
    late = await completed(site, task, answer={"approved": True})
    assert kind(late) == (409, "task-is-over")


async def test_tasks_are_listed_newest_first_and_filtered(site: Site) -> None:
    first, second = [await task_of(site, await waiting(site, ASKING)) for _ in range(2)]
    await completed(site, first, answer={"approved": False})

    async def found(**wanted: Any) -> list[str]:
        page = (await site.http.get(TASKS, params=wanted)).json()
        return [task["id"] for task in page["items"]]

    assert await found() == [second["id"], first["id"]]
    assert await found(assignee="ada", status="open") == [second["id"]]
    assert await found(status="completed") == [first["id"]]
    assert await found(assignee="bob") == []
    page = (await site.http.get(TASKS, params={"limit": 1})).json()
    assert await found(cursor=page["next_cursor"]) == [first["id"]]
    for wrong, name in (({"status": "lost"}, (422, "invalid-request")), ({"cursor": "x"}, None)):
        answer = await site.http.get(TASKS, params=wrong)
        assert kind(answer) == (name or (400, "invalid-cursor"))


async def test_a_task_that_is_not_there_is_named(site: Site) -> None:
    for answer in (
        await site.http.get(f"{TASKS}/x"),
        await completed(site, {"id": "x"}, answer=1),
    ):
        assert kind(answer) == (404, "task-not-found")


async def test_a_signal_says_who_got_it(site: Site) -> None:
    run = await waiting(site, LISTENING)
    body = {"name": "payment", "key": "7", "payload": {"euros": 5}}
    answer = await site.http.post(SIGNALS, json=body)
    assert (answer.status_code, answer.json()) == (
        202,
        {"delivered_to": {"run_id": run["id"], "node_id": "paid", "path": "", "visit": 1}},
    )
    assert await output_of(site, run) == {"paid": {"euros": 5}}
    kept = await site.http.post(SIGNALS, json={"name": "payment", "key": "7"})
    assert (kept.status_code, kept.json()) == (202, {"delivered_to": None})
    assert (await site.run(LISTENING))["output"] == {"paid": None}


@pytest.mark.parametrize("body", [{"name": ""}, {"name": "x" * 201}, {}, {"name": "x", "to": "y"}])
async def test_a_signal_is_a_body_like_any_other(site: Site, body: Wire) -> None:
    assert kind(await site.http.post(SIGNALS, json=body)) == (422, "invalid-request")


async def test_no_run_is_needed_to_list(site: Site) -> None:
    await site.stored(GREETING)
    assert (await site.http.get(TASKS)).json() == {"items": [], "next_cursor": None}
