"""Threads as LangGraph's client handles them."""

from __future__ import annotations

import pytest
from langgraph_sdk.errors import ConflictError, NotFoundError, UnprocessableEntityError

from tests.integration.api.site import Site
from tests.integration.langgraph.workflows import Client, user


async def test_a_thread_is_opened_described_and_deleted(client: Client) -> None:
    made = await client.threads.create(thread_id="my-thread", metadata={"of": "ada"})
    assert (made["thread_id"], made["status"], made["values"]) == ("my-thread", "idle", None)
    with pytest.raises(ConflictError):
        await client.threads.create(thread_id="my-thread")
    again = await client.threads.create(thread_id="my-thread", if_exists="do_nothing")
    assert again["metadata"] == {"of": "ada"}
    await client.threads.update("my-thread", metadata={"to": "bob"})
    assert (await client.threads.get("my-thread"))["metadata"] == {"of": "ada", "to": "bob"}
    await client.threads.delete("my-thread")
    with pytest.raises(NotFoundError):
        await client.threads.get("my-thread")


async def test_runs_of_a_thread_share_its_values(client: Client, thread: str) -> None:
    await client.runs.wait(thread, "chat", input=user("Hello"))
    values = await client.runs.wait(thread, "chat", input=user("Again"))
    said = [message["content"] for message in values["messages"]]
    assert said == ["Hello", "[scripted] Hello", "Again", "[scripted] Again"]
    assert (await client.threads.get(thread))["values"] == values
    state = await client.threads.get_state(thread)
    assert (state["values"], state["next"], state["tasks"]) == (values, [], [])


async def test_a_history_goes_back_through_all_runs(client: Client, thread: str) -> None:
    assert await client.threads.get_history(thread) == []
    await client.runs.wait(thread, "chat", input=user("Hello"))
    await client.runs.wait(thread, "chat", input=user("Again"))
    states = await client.threads.get_history(thread, limit=100)
    assert [state["next"] for state in states] == [[], ["say"], ["answer"], ["hear"]] * 2
    ids = [state["checkpoint"]["checkpoint_id"] for state in states]
    parents = [(state["parent_checkpoint"] or {}).get("checkpoint_id") for state in states]
    assert parents == [*ids[1:], None]
    assert states[0] == await client.threads.get_state(thread) | {
        key: states[0][key] for key in ("parent_checkpoint", "parent_checkpoint_id", "metadata")
    }

    third = await client.threads.get_state(thread, checkpoint_id=ids[2])
    assert (third["values"], third["next"]) == (states[2]["values"], ["answer"])
    same = await client.threads.get_state(thread, checkpoint={"checkpoint_id": ids[2]})
    assert same == third
    earlier = await client.threads.get_history(thread, limit=2, before=states[2]["checkpoint"])
    assert [state["checkpoint"]["checkpoint_id"] for state in earlier] == ids[3:5]
    for unknown in ("nonsense", f"{ids[0].partition('.')[0]}.99"):
        with pytest.raises(NotFoundError):
            await client.threads.get_state(thread, checkpoint_id=unknown)


async def test_what_is_written_between_runs_is_what_the_next_one_begins_with(
    client: Client, thread: str
) -> None:
    with pytest.raises(UnprocessableEntityError):
        await client.threads.update_state(thread, {"messages": []})  # nobody knows them yet
    await client.runs.wait(thread, "chat", input=user("Hello"))
    written = await client.threads.update_state(thread, user("Noted"))
    assert written["checkpoint"]["thread_id"] == thread
    values = await client.runs.wait(thread, "chat", input=user("Again"))
    said = [message["content"] for message in values["messages"]]
    assert said == ["Hello", "[scripted] Hello", "Noted", "Again", "[scripted] Again"]
    for wrong in ({"unknown": 1}, {"messages": 5}):
        with pytest.raises(UnprocessableEntityError):
            await client.threads.update_state(thread, wrong)
    with pytest.raises(UnprocessableEntityError):
        await client.threads.update_state(thread, user("As"), as_node="say")


async def test_nothing_is_written_while_a_run_goes_on(
    site: Site, client: Client, thread: str
) -> None:
    await client.runs.create(thread, "holding")
    await site.hold.called.wait()
    with pytest.raises(ConflictError):
        await client.threads.update_state(thread, {})
    site.hold.released.set()


async def test_a_thread_is_deleted_with_what_still_goes_on(
    site: Site, client: Client, thread: str
) -> None:
    run = await client.runs.create(thread, "holding")
    await client.runs.create(thread, "holding", input={})
    await site.hold.called.wait()
    await client.threads.delete(thread)
    for gone in (client.threads.get(thread), client.runs.get(thread, run["run_id"])):
        with pytest.raises(NotFoundError):
            await gone
    for stopping in ({"interrupt_before": ["answer"]}, {"interrupt_after": ["hear"]}):
        await client.runs.wait(
            "other", "chat", input=user("Hi"), if_not_exists="create", **stopping
        )
        await client.threads.delete("other")
    assert await client.threads.count() == 0


async def test_without_anything_new_what_has_ended_stays_as_it_is(
    client: Client, thread: str
) -> None:
    values = await client.runs.wait(thread, "chat", input=user("Hello"))
    assert await client.runs.wait(thread, "chat") == values
    told = [part async for part in client.runs.stream(thread, "chat", command={"update": []})]
    assert [(part.event, part.data) for part in told[1:]] == [("values", values), ("end", None)]
    noted = await client.runs.wait(thread, "chat", command={"update": user("Noted")})
    assert [message["content"] for message in noted["messages"]][-1] == "Noted"
    assert len(await client.runs.list(thread)) == 1


async def test_what_has_failed_is_tried_again(client: Client, thread: str) -> None:
    first = await client.runs.create(thread, "failing", input={})
    await client.runs.join(thread, first["run_id"])
    again = await client.runs.create(thread, "failing")
    await client.runs.join(thread, again["run_id"])
    assert again["run_id"] != first["run_id"]
    states = await client.threads.get_history(thread)
    assert [state["next"] for state in states] == [["break"]] * 4


@pytest.mark.parametrize(
    "wish", [{"ttl": 5}, {"supersteps": [{"updates": [{"values": {}, "as_node": "say"}]}]}]
)
async def test_a_thread_is_not_opened_with_what_is_not_to_be_had(
    client: Client, wish: dict[str, object]
) -> None:
    with pytest.raises(UnprocessableEntityError, match=next(iter(wish))):
        await client.threads.create(**wish)
    assert await client.threads.count() == 0


async def test_a_history_is_looked_through_for_what_fits(
    site: Site, client: Client, thread: str
) -> None:
    first = await client.runs.create(thread, "chat", input=user("Hi"))
    for text in "ab":
        await client.runs.wait(thread, "chat", input=user(text))
    wanted = {"run_id": first["run_id"]}
    found = await client.threads.get_history(thread, limit=2, metadata=wanted)
    assert [state["metadata"]["run_id"] for state in found] == [first["run_id"]] * 2
    assert found[0]["next"] == []
    too_many = await site.http.get(f"/langgraph/threads/{thread}/history?limit=5000")
    assert too_many.status_code == 422


async def test_of_a_thread_or_a_run_only_what_is_wanted_is_shown(
    client: Client, thread: str
) -> None:
    await client.runs.wait(thread, "chat", input=user("Hi"), durability="exit", context={"k": 1})
    (found,) = await client.threads.search(select=["thread_id", "status"])
    assert found == {"thread_id": thread, "status": "idle"}
    (run,) = await client.runs.list(thread, select=["status", "kwargs"])
    assert run["status"] == "success"
    assert (run["kwargs"]["durability"], run["kwargs"]["context"]) == ("exit", {"k": 1})
    assert await client.runs.list(thread, status="error") == []
    with pytest.raises(UnprocessableEntityError, match="extract"):
        await client.threads.search(extract={"last": "values.messages[-1].content"})
    with pytest.raises(UnprocessableEntityError, match="ttl"):
        await client.threads.update(thread, metadata={}, ttl=5)


async def test_a_copy_goes_its_own_way(client: Client, thread: str) -> None:
    await client.runs.wait(thread, "chat", input=user("Hello"))
    copy = (await client.threads.copy(thread))["thread_id"]
    await client.runs.wait(copy, "chat", input=user("There"))
    ours, theirs = [(await client.threads.get(each))["values"] for each in (thread, copy)]
    assert (len(ours["messages"]), len(theirs["messages"])) == (2, 4)


async def test_threads_are_found_by_what_is_known_of_them(client: Client) -> None:
    for of in ("ada", "bob"):
        await client.threads.create(thread_id=of, metadata={"of": of, "deep": {"er": of}})
    await client.runs.wait("bob", "asking", input={"what": "go"})
    await client.runs.wait("ada", "chat", input=user("Hi"))

    async def found(**wanted: object) -> list[str]:
        return [each["thread_id"] for each in await client.threads.search(**wanted)]

    assert await found(sort_by="thread_id", sort_order="asc") == ["ada", "bob"]
    assert await found(metadata={"deep": {"er": "bob"}}) == ["bob"]
    assert await found(metadata={"graph_id": "chat"}) == ["ada"]
    assert await found(status="interrupted") == ["bob"]
    assert await found(ids=["ada", "nobody"]) == ["ada"]
    assert await found(sort_by="thread_id", limit=1, offset=1) == ["ada"]
    assert await client.threads.count(status="idle") == 1


async def test_a_thread_keeps_what_a_deleted_run_left(client: Client, thread: str) -> None:
    await client.runs.wait(thread, "chat", input=user("Hello"))
    (run,) = await client.runs.list(thread)
    await client.runs.delete(thread, run["run_id"])
    assert await client.runs.list(thread) == []
    values = await client.runs.wait(thread, "chat", input=user("Again"))
    assert len(values["messages"]) == 4
