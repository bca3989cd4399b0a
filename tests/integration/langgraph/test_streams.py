"""What the streams of a run tell, and that they go on where they were cut."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from langgraph_sdk.errors import UnprocessableEntityError
from langgraph_sdk.schema import StreamPart

from tests.integration.api.site import Site
from tests.integration.langgraph.workflows import Client, user


def told(parts: list[StreamPart], event: str) -> list[Any]:
    return [part.data for part in parts if part.event == event]


async def stream(client: Client, thread: str, *modes: Any) -> list[StreamPart]:
    """A whole chat, each part once."""
    streaming = client.runs.stream(thread, "chat", input=user("Hello there"), stream_mode=modes)
    parts = [part async for part in streaming]
    assert parts[0].event == "metadata"
    assert [part.event for part in parts].index("end") == len(parts) - 1
    return parts


async def test_values_grow_with_each_write(client: Client, thread: str) -> None:
    values = told(await stream(client, thread, "values"), "values")
    assert [len(each["messages"]) for each in values] == [0, 1, 2, 2]


async def test_updates_tell_what_each_node_gave(client: Client, thread: str) -> None:
    updates = told(await stream(client, thread, "updates"), "updates")
    assert [list(update) for update in updates] == [["hear"], ["answer"], ["say"]]
    assert updates[1]["answer"]["text"] == "[scripted] Hello there"


async def test_messages_come_in_pieces_or_whole(client: Client, thread: str) -> None:
    pieces = told(await stream(client, thread, "messages-tuple"), "messages")
    assert "".join(chunk["content"] for chunk, _ in pieces) == "[scripted] Hello there"
    assert {chunk["type"] for chunk, _ in pieces} == {"AIMessageChunk"}
    assert {metadata["langgraph_node"] for _, metadata in pieces} == {"answer"}
    assert len({chunk["id"] for chunk, _ in pieces}) == 1

    parts = await stream(client, thread, "messages")
    ((complete,),) = told(parts, "messages/complete")
    assert complete["content"] == "[scripted] Hello there"
    assert told(parts, "messages/metadata")[0].keys() == {complete["id"]}


async def test_tasks_checkpoints_debug_and_events(client: Client, thread: str) -> None:
    parts = await stream(client, thread, "tasks", "checkpoints", "debug", "events")
    names = [task["name"] for task in told(parts, "tasks")]
    assert names == ["hear", "hear", "answer", "answer", "say", "say"]
    checkpoints = told(parts, "checkpoints")
    assert [each["next"] for each in checkpoints] == [["hear"], ["answer"], ["say"], []]
    kept = await client.threads.get_history(thread)
    assert [each["config"]["configurable"] for each in checkpoints] == [
        state["checkpoint"] for state in kept[::-1]
    ]
    kinds = [each["type"] for each in told(parts, "debug")]
    assert kinds[:4] == ["checkpoint", "task", "task_result", "checkpoint"]
    events = [(each["event"], each["name"]) for each in told(parts, "events")]
    assert ("on_chat_model_stream", "answer") in events
    stored = [each for each in events if each[0] != "on_chat_model_stream"]
    assert stored[:2] == [("on_chain_start", "hear"), ("on_chain_end", "hear")]


async def heard_of(client: Client, thread: str, until: int, **options: Any) -> list[StreamPart]:
    """What a thread tells until so many of its runs are done."""
    parts = []
    async for part in await client.threads.join_stream(thread, **options):
        parts.append(part)
        until -= part.event == "metadata" and "status" in part.data
        if until == 0:
            break
    return parts


async def test_a_thread_tells_what_all_its_runs_do(client: Client, thread: str) -> None:
    runs = []
    async with asyncio.TaskGroup() as tasks:
        hearing = tasks.create_task(heard_of(client, thread, 3, last_event_id="-1"))
        for name, given in (("chat", user("Hello")), ("asking", {"what": "go"})):
            run = await client.runs.create(thread, name, input=given, stream_mode="updates")
            await client.runs.join(thread, run["run_id"])
            runs.append(run["run_id"])
        await client.runs.wait(thread, "asking", command={"resume": {"ok": True}})
    heard = await hearing
    begun = [each["run_id"] for each in told(heard, "metadata") if "attempt" in each]
    assert begun == [runs[0], runs[1], runs[1]]
    updates = [list(update) for update in told(heard, "updates")]
    assert updates == [["hear"], ["answer"], ["say"], ["__interrupt__"], ["approve"]]


async def test_a_thread_goes_on_where_its_stream_was_cut(client: Client, thread: str) -> None:
    for text in "ab":
        await client.runs.wait(thread, "chat", input=user(text))
    whole = await heard_of(client, thread, 2, last_event_id="-1")
    ids = [part.id for part in whole]
    # A part has the id that its client has seen last: the first one with an id ends its place.
    firsts = [place for place, seen in enumerate(ids) if seen and seen not in ids[:place]]
    for place in firsts[:-1]:
        rest = [(part.event, part.data) for part in whole[place + 1 :]]
        left = sum(event == "metadata" and "status" in data for event, data in rest)
        again = await heard_of(client, thread, left, last_event_id=ids[place])
        assert [(part.event, part.data) for part in again][-len(rest) :] == rest


async def test_a_thread_is_heard_from_where_it_stands(
    site: Site, client: Client, thread: str
) -> None:
    await client.runs.wait(thread, "chat", input=user("Hello"))
    run = await client.runs.create(thread, "holding", input={}, stream_mode="updates")
    await site.holds(run["run_id"])
    streaming = await client.threads.join_stream(thread)
    assert (await anext(streaming)).data["run_id"] == run["run_id"]
    site.hold.released.set()
    updates = [(await anext(streaming)).data for _ in range(2)]
    await streaming.aclose()
    assert [list(update) for update in updates] == [["hold"], ["after"]]


async def test_a_thread_tells_only_what_begins_and_ends(client: Client, thread: str) -> None:
    run = await client.runs.create(thread, "chat", input=user("Hello"))
    await client.runs.join(thread, run["run_id"])
    streaming = await client.threads.join_stream(
        thread, last_event_id="-1", stream_mode="lifecycle"
    )
    first, second = await anext(streaming), await anext(streaming)
    await streaming.aclose()
    assert [first.event, second.event] == ["metadata", "metadata"]
    assert [first.data["run_id"], second.data["run_id"]] == [run["run_id"]] * 2
    assert second.data["status"] == "run_done"
    with pytest.raises(UnprocessableEntityError, match="stream_mode"):
        async for _ in await client.threads.join_stream(thread, stream_mode="state_update"):
            pass


async def test_event_ids_are_places_in_the_log(client: Client, thread: str) -> None:
    """From whatever event on a client comes back, it gets the rest, each once and in order."""
    parts = await stream(client, thread, "values", "updates")
    run_id = parts[0].data["run_id"]

    async def joined(seen: str | None) -> list[tuple[str, Any]]:
        streaming = client.runs.join_stream(thread, run_id, last_event_id=seen)
        return [(part.event, part.data) async for part in streaming]

    whole = await joined("-1")
    assert whole == [(part.event, part.data) for part in parts]
    # A part has the id that its client has seen last: the first one with an id ends its place.
    for place, part in enumerate(parts):
        if part.id is not None and parts[place - 1].id != part.id:
            assert part.id.isdecimal()
            assert await joined(part.id) == [whole[0], *whole[place + 1 :]]
    assert [event for event, _ in await joined(None)] == ["metadata", "end"]


@pytest.mark.parametrize("seen", ["abc", "-2", "9999", ""])
async def test_a_place_that_is_not_in_the_log_is_refused(
    site: Site, client: Client, thread: str, seen: str
) -> None:
    run = await client.runs.create(thread, "chat", input=user("Hi"))
    path = f"/langgraph/threads/{thread}/runs/{run['run_id']}/stream"
    answer = await site.http.get(path, headers={"Last-Event-ID": seen})
    assert (answer.status_code, answer.json()["type"]) == (
        422,
        "urn:workflow:problem:unknown-event",
    )
    assert repr(seen) in answer.json()["detail"]


async def test_an_unknown_stream_is_refused(site: Site, client: Client, thread: str) -> None:
    run = await client.runs.create(thread, "chat", input=user("Hi"))
    path = f"/langgraph/threads/{thread}/runs/{run['run_id']}/stream"
    assert (await site.http.get(path, params={"stream_mode": "secrets"})).status_code == 422
    assert (await site.http.get(path, params={"stream_mode": ""})).status_code == 200


async def test_a_stream_is_joined_while_it_goes_on(site: Site, client: Client, thread: str) -> None:
    run = await client.runs.create(thread, "holding", stream_mode=["updates"])
    await site.holds(run["run_id"])
    joining = client.runs.join_stream(thread, run["run_id"])
    assert (await anext(joining)).event == "metadata"
    site.hold.released.set()
    parts = [part async for part in joining]
    assert [part.data for part in parts if part.event == "updates"] == [
        {"hold": {"output": "held"}},
        {"after": {"output": 2}},
    ]
    assert parts[-1].event == "end"


async def test_a_resumed_run_tells_only_what_comes_after_the_answer(
    client: Client, thread: str
) -> None:
    asked = [
        part
        async for part in client.runs.stream(
            thread, "asking", input={"what": "go"}, stream_mode=["values", "updates"]
        )
    ]
    (interrupts,) = [data["__interrupt__"] for data in told(asked, "updates")]
    assert told(asked, "values")[-1] == {"__interrupt__": interrupts}
    parts = [
        part
        async for part in client.runs.stream(
            thread, "asking", command={"resume": {"ok": True}}, stream_mode=["values", "updates"]
        )
    ]
    assert told(parts, "updates") == [{"approve": {"ok": True}}]
    assert told(parts, "values")[-1] == {"ok": True}


async def test_the_answer_says_where_it_goes_on(site: Site, thread: str) -> None:
    body = {"assistant_id": "chat", "input": user("Hi")}
    for how, again in (("stream", "stream"), ("wait", "join")):
        answer = await site.http.post(f"/langgraph/threads/{thread}/runs/{how}", json=body)
        place = answer.headers["Content-Location"]
        assert place.startswith(f"/threads/{thread}/runs/")
        assert answer.headers["Location"] == f"{place}/{again}"
    assert answer.headers["content-type"] == "application/json"
