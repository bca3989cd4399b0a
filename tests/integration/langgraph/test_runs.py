"""Runs as LangGraph's client begins, watches and stops them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from langgraph_sdk.errors import ConflictError, NotFoundError, UnprocessableEntityError
from sqlalchemy import Engine, event

from tests.integration.api.site import Site
from tests.integration.langgraph.workflows import Client, refused, user


async def test_a_run_in_the_background_is_joined(client: Client, thread: str) -> None:
    run = await client.runs.create(thread, "chat", input=user("Hi"), metadata={"of": "ada"})
    assert run["metadata"] == {"of": "ada"}
    values = await client.runs.join(thread, run["run_id"])
    assert values["messages"][-1]["content"] == "[scripted] Hi"
    done = await client.runs.get(thread, run["run_id"])
    assert (done["status"], done["thread_id"]) == ("success", thread)
    assert done["kwargs"]["input"] == user("Hi")
    assert await client.runs.list(thread, status="error") == []
    assert await client.runs.list(thread, status="success") == [done]


@contextmanager
def places_read() -> Iterator[list[int]]:
    """After which places pages of logs are read meanwhile."""
    seen: list[int] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
        if "FROM workflow_run_events" in statement and "LIMIT" in statement:
            seen.append(values[1])

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


async def test_the_end_of_a_run_is_awaited_where_its_log_ends(
    site: Site, client: Client, thread: str
) -> None:
    run_id = (await client.runs.create(thread, "holding"))["run_id"]
    await site.hold.called.wait()
    with places_read() as places:
        async with asyncio.TaskGroup() as tasks:
            joining = tasks.create_task(client.runs.join(thread, run_id))
            await client.runs.cancel(thread, run_id, wait=True)
        assert joining.result() == {}
        assert places
        assert min(places) > 0
        places.clear()
        assert await client.runs.join(thread, run_id) == {}
        assert places == []


async def test_a_failure_is_told_everywhere(client: Client, thread: str) -> None:
    failed = {"error": "CONNECTIVITY", "message": "ConnectionError: the printer is on fire"}
    with pytest.raises(Exception, match="the printer is on fire"):
        await client.runs.wait(thread, "failing")
    values = await client.runs.wait(thread, "failing", raise_error=False)
    assert values == {"__error__": failed}
    found = await client.threads.get(thread)
    assert (found["status"], found["error"]) == ("error", failed)
    state = await client.threads.get_state(thread)
    assert (state["next"], state["tasks"][0]["error"]) == (
        ["break"],
        "CONNECTIVITY: ConnectionError: the printer is on fire",
    )
    parts = [part async for part in client.runs.stream(thread, "failing")]
    assert [(part.event, part.data) for part in parts[-2:]] == [("error", failed), ("end", None)]


async def test_a_run_needs_no_thread(client: Client) -> None:
    assert len((await client.runs.wait(None, "chat", input=user("Hi")))["messages"]) == 2
    events = [part.event async for part in client.runs.stream(None, "chat", input=user("Hi"))]
    assert (events[0], events[-1]) == ("metadata", "end")
    runs = await client.runs.create_batch(
        [{"assistant_id": "chat", "input": user(text)} for text in "abc"]
    )
    ended = [await client.runs.join(run["thread_id"], run["run_id"]) for run in runs]
    assert [values["messages"][0]["content"] for values in ended] == ["a", "b", "c"]
    assert await client.threads.count() == 0


async def test_of_many_runs_none_begins_where_one_cannot_be_had(site: Site, client: Client) -> None:
    bodies = [{"assistant_id": "chat", "input": user("Hi")}]
    for wrong in ({"assistant_id": "nobody"}, {**bodies[0], "webhook": "https://a.example"}):
        with pytest.raises(UnprocessableEntityError):
            await client.runs.create_batch([*bodies, wrong])
    assert (await site.http.get("/api/v1/runs")).json()["items"] == []


async def test_a_run_begins_later(client: Client, thread: str) -> None:
    later = await client.runs.create(thread, "chat", input=user("Hi"), after_seconds=1)
    assert later["status"] == "pending"
    alone = await client.runs.create(None, "chat", input=user("Hi"), after_seconds=3_600)
    await client.runs.join(thread, later["run_id"])
    begun = await client.runs.get(thread, later["run_id"])
    assert begun["updated_at"] > begun["created_at"]
    assert (await client.runs.get(alone["thread_id"], alone["run_id"]))["status"] == "pending"


@pytest.mark.parametrize("action", ["interrupt", "rollback"])
async def test_a_run_is_cancelled(site: Site, client: Client, thread: str, action: str) -> None:
    run = await client.runs.create(thread, "holding")
    await site.hold.called.wait()
    assert (await client.threads.get(thread))["status"] == "busy"
    await client.runs.cancel(thread, run["run_id"], wait=True, action=action)
    if action == "rollback":
        with pytest.raises(NotFoundError):
            await client.runs.get(thread, run["run_id"])
        assert await client.runs.list(thread) == []
    else:
        stopped = await client.runs.get(thread, run["run_id"])
        assert stopped["status"] == "interrupted"
    with pytest.raises(NotFoundError):
        await client.runs.cancel(thread, run["run_id"])
    assert (await client.threads.get(thread))["status"] == "idle"


async def test_a_run_that_goes_on_is_cancelled_before_it_is_deleted(
    site: Site, client: Client, thread: str
) -> None:
    run = await client.runs.create(thread, "holding", input={})
    await site.hold.called.wait()
    with pytest.raises(ConflictError, match="cancel it first"):
        await client.runs.delete(thread, run["run_id"])
    await client.runs.cancel(thread, run["run_id"], wait=True)
    await client.runs.delete(thread, run["run_id"])
    assert await client.runs.list(thread) == []


async def test_many_runs_are_cancelled(site: Site, client: Client, thread: str) -> None:
    runs = [await client.runs.create(thread, "holding", input={}) for _ in range(2)]
    await site.hold.called.wait()
    await client.runs.cancel_many(thread_id=thread, run_ids=[runs[1]["run_id"]])
    assert [run["status"] for run in await client.runs.list(thread)] == ["interrupted", "running"]
    await client.runs.cancel_many(status="all")
    await client.runs.join(thread, runs[0]["run_id"])
    assert {run["status"] for run in await client.runs.list(thread)} == {"interrupted"}


async def test_a_busy_thread_rejects_a_run(site: Site, client: Client, thread: str) -> None:
    await client.runs.create(thread, "holding")
    await site.hold.called.wait()
    with pytest.raises(ConflictError):
        await client.runs.create(thread, "chat", input=user("Hi"), multitask_strategy="reject")
    site.hold.released.set()


async def test_a_queued_run_waits_for_its_turn(site: Site, client: Client, thread: str) -> None:
    first = await client.runs.create(thread, "holding")
    queued = await client.runs.create(thread, "chat", input=user("Hi"))
    await site.hold.called.wait()
    assert (await client.runs.get(thread, queued["run_id"]))["status"] == "pending"
    site.hold.released.set()
    await client.runs.join(thread, queued["run_id"])
    assert (await client.runs.get(thread, first["run_id"]))["status"] == "success"


@pytest.mark.parametrize(("strategy", "left"), [("interrupt", 2), ("rollback", 1)])
async def test_a_newcomer_takes_the_place_of_a_run(
    site: Site, client: Client, thread: str, strategy: str, left: int
) -> None:
    await client.runs.create(thread, "holding")
    await site.hold.called.wait()
    values = await client.runs.wait(thread, "chat", input=user("Hi"), multitask_strategy=strategy)
    assert len(values["messages"]) == 2
    statuses = [run["status"] for run in await client.runs.list(thread)]
    assert statuses == ["success", "interrupted"][:left]


async def test_runs_that_come_at_once_go_one_after_the_other(client: Client, thread: str) -> None:
    begun = await asyncio.gather(
        *(client.runs.create(thread, "chat", input=user(f"{n}")) for n in range(20))
    )
    for run in begun:
        await client.runs.join(thread, run["run_id"])
    said = [each["content"] for each in (await client.threads.get(thread))["values"]["messages"]]
    assert len(said) == 40
    assert said[1::2] == [f"[scripted] {text}" for text in said[::2]]


async def test_a_client_that_leaves_stops_its_run_if_it_said_so(
    site: Site, client: Client, thread: str
) -> None:
    for what, status in (("cancel", "interrupted"), ("continue", "success")):
        site.hold.called.clear()
        stream = client.runs.stream(thread, "holding", on_disconnect=what)
        run_id = (await anext(stream)).data["run_id"]
        await site.hold.called.wait()
        await stream.aclose()
        if what == "continue":
            site.hold.released.set()
        await client.runs.join(thread, run_id)
        assert (await client.runs.get(thread, run_id))["status"] == status


async def test_a_thread_is_made_only_if_the_client_wants_it(client: Client) -> None:
    with refused(404):
        await client.runs.wait("new", "chat", input=user("Hi"))
    await client.runs.wait("new", "chat", input=user("Hi"), if_not_exists="create")
    assert (await client.threads.get("new"))["metadata"]["graph_id"] == "chat"


@pytest.mark.parametrize(
    "wish",
    [
        {"assistant_id": "nobody"},
        {"assistant_id": "chat", "input": [1]},
        {"assistant_id": "chat", "input": {}, "interrupt_before": ["nobody"]},
        {"assistant_id": "chat", "input": {}, "interrupt_after": "everywhere"},
        {"assistant_id": "chat", "command": {"goto": "say"}},
        {"assistant_id": "chat", "command": {"resume": 1, "update": {"a": 1}}},
        {"assistant_id": "chat", "input": {}, "webhook": "https://example.com"},
        {"assistant_id": "chat", "input": {}, "on_completion": "delete"},
        {"assistant_id": "chat", "input": {}, "stream_mode": "everything"},
        {"assistant_id": "chat", "input": {}, "multitask_strategy": "hope"},
        {"assistant_id": "chat", "input": {}, "after_seconds": -1},
        {},
    ],
)
async def test_what_is_not_to_be_had_is_refused_in_words(
    site: Site, thread: str, wish: dict[str, object]
) -> None:
    for path in (f"/threads/{thread}/runs", "/runs"):
        answer = await site.http.post(f"/langgraph{path}", json=wish)
        assert answer.status_code == 422
        assert answer.json()["detail"]
    assert (await site.services.runs.page("default")).items == ()


async def test_what_looks_like_an_object_of_langchain_stays_data(
    client: Client, thread: str
) -> None:
    message = {"lc": 1, "type": "constructor", "id": ["os", "system"], "content": "x", "kwargs": {}}
    values = await client.runs.wait(thread, "chat", input={"messages": [message]})
    assert values["messages"][0] == message


async def test_unprocessable_is_what_the_client_calls_it(client: Client, thread: str) -> None:
    with pytest.raises(UnprocessableEntityError, match="nobody"):
        await client.runs.create(thread, "nobody")
