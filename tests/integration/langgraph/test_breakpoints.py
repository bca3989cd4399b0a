"""Static breakpoints, as LangGraph's client sets them, and edits where a run has stopped."""

from __future__ import annotations

from tests.integration.langgraph.workflows import Client, refused, user


async def test_a_run_stops_before_a_node_and_goes_on_without_input(
    client: Client, thread: str
) -> None:
    values = await client.runs.wait(
        thread, "chat", input=user("Hello"), interrupt_before=["answer"]
    )
    assert values["__interrupt__"] == []
    assert len(values["messages"]) == 1
    state = await client.threads.get_state(thread)
    assert (state["next"], state["interrupts"]) == (["answer"], [])
    assert (await client.threads.get(thread))["status"] == "interrupted"
    values = await client.runs.wait(thread, "chat")
    assert len(values["messages"]) == 2
    assert [run["status"] for run in await client.runs.list(thread)] == ["success"]


async def test_a_run_goes_on_step_by_step(client: Client, thread: str) -> None:
    stream = client.runs.stream(
        thread, "chat", input=user("Hi"), interrupt_after="*", stream_mode="updates"
    )
    told = [part.data async for part in stream if part.event == "updates"]
    assert told == [{"__interrupt__": []}]
    steps = 1
    while (await client.threads.get(thread))["status"] == "interrupted":
        await client.runs.wait(thread, "chat", interrupt_after="*")
        steps += 1
    assert steps == 4
    assert len((await client.threads.get(thread))["values"]["messages"]) == 2


async def test_what_is_written_at_a_stop_is_what_the_run_goes_on_with(
    client: Client, thread: str
) -> None:
    await client.runs.wait(thread, "chat", input=user("Hello"), interrupt_before=["answer"])
    await client.threads.update_state(thread, user("Or rather this"))
    assert len((await client.threads.get_state(thread))["values"]["messages"]) == 2
    with refused(422):
        await client.threads.update_state(thread, {"unknown": 1})
    values = await client.runs.wait(thread, "chat")
    said = [message["content"] for message in values["messages"]]
    assert said[:2] == ["Hello", "Or rather this"]
    assert len(said) == 3


async def test_a_new_input_leaves_a_stopped_run_behind(client: Client, thread: str) -> None:
    await client.runs.wait(thread, "chat", input=user("Hello"), interrupt_before=["answer"])
    values = await client.runs.wait(thread, "chat", input=user("Again"))
    assert [message["content"] for message in values["messages"]] == [
        "Hello",
        "Again",
        "[scripted] Again",
    ]


async def test_a_stopped_run_that_was_edited_is_joined_and_left(
    client: Client, thread: str
) -> None:
    await client.runs.wait(thread, "chat", input=user("Hello"), interrupt_before=["answer"])
    await client.threads.update_state(thread, user("More"))
    (run,) = await client.runs.list(thread)
    stream = client.runs.join_stream(thread, run["run_id"], last_event_id="-1")
    parts = [part async for part in stream]
    assert parts[-1].event == "end"
    assert (await client.runs.join(thread, run["run_id"]))["__interrupt__"] == []
