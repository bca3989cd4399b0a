"""Earlier checkpoints of a thread, from which LangGraph's clients go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from langgraph_sdk.errors import ConflictError, NotFoundError, UnprocessableEntityError

from tests.integration.api.site import Site
from tests.integration.langgraph.workflows import Client, Wire, user


def said(values: Wire) -> list[str]:
    return [message["content"] for message in values["messages"]]


async def talked(client: Client, thread: str) -> list[Wire]:
    """The states of a talk of two rounds, the newest first."""
    for text in ("Hello", "Again"):
        await client.runs.wait(thread, "chat", input=user(text))
    states: list[Wire] = await client.threads.get_history(thread, limit=100)
    return states


def before(states: Sequence[Wire], node: str, number: int = 0) -> Any:
    """The checkpoint of the newest state, or an older one, in which this node comes next."""
    found = [state["checkpoint"] for state in states if state["next"] == [node]]
    return found[number]


async def test_a_run_goes_on_from_an_earlier_checkpoint(client: Client, thread: str) -> None:
    states = await talked(client, thread)
    place = before(states, "answer", 1)
    stream = client.runs.stream(
        thread, "chat", checkpoint_id=place["checkpoint_id"], stream_mode=["values", "updates"]
    )
    parts = [part async for part in stream]
    told = [(part.event, list(part.data)) for part in parts if part.event == "updates"]
    assert told == [("updates", ["answer"]), ("updates", ["say"])]
    assert said(parts[-2].data) == ["Hello", "[scripted] Hello"]
    assert said((await client.threads.get(thread))["values"]) == ["Hello", "[scripted] Hello"]
    values = await client.runs.wait(thread, "chat", input=user("There"))
    assert said(values) == ["Hello", "[scripted] Hello", "There", "[scripted] There"]


async def test_another_input_goes_on_from_an_earlier_checkpoint(
    client: Client, thread: str
) -> None:
    states = await talked(client, thread)
    place = before(states, "hear")
    values = await client.runs.wait(thread, "chat", input=user("Instead"), checkpoint=place)
    assert said(values) == ["Hello", "[scripted] Hello", "Instead", "[scripted] Instead"]


async def test_a_history_is_a_tree(client: Client, thread: str) -> None:
    states = await talked(client, thread)
    place, start = before(states, "say"), before(states, "hear")
    await client.runs.wait(thread, "chat", checkpoint=place)
    await client.runs.wait(thread, "chat", input=user("Instead"), checkpoint=start)
    now = await client.threads.get_history(thread, limit=100)
    assert [state["next"] for state in now[:6]] == [[], ["say"], ["answer"], ["hear"], [], ["say"]]
    assert now[3]["parent_checkpoint"] == start
    assert now[5]["parent_checkpoint"] == place
    assert now[6:] == states
    known = {state["checkpoint_id"] for state in now}
    assert {state["parent_checkpoint_id"] for state in now} <= known | {None}


async def test_an_earlier_state_is_changed_and_gone_on_with(client: Client, thread: str) -> None:
    states = await talked(client, thread)
    place = before(states, "answer")
    changed = await client.threads.update_state(thread, user("Otherwise"), checkpoint=place)
    state = await client.threads.get_state(thread)
    assert (state["next"], said(state["values"])[2:]) == (["answer"], ["Again", "Otherwise"])
    assert (await client.threads.get(thread))["status"] == "interrupted"
    values = await client.runs.wait(
        thread, "chat", checkpoint_id=changed["checkpoint"]["checkpoint_id"]
    )
    assert said(values)[2:] == ["Again", "Otherwise", "[scripted] Otherwise"]


async def test_a_state_is_written_as_the_node_that_comes_next(client: Client, thread: str) -> None:
    states = await talked(client, thread)
    place = before(states, "answer")
    await client.threads.update_state(thread, {"text": "Mine"}, as_node="answer", checkpoint=place)
    assert said(await client.runs.wait(thread, "chat"))[2:] == ["Again", "Mine"]
    with pytest.raises(UnprocessableEntityError, match="as_node"):
        await client.threads.update_state(thread, {}, as_node="hear", checkpoint=place)
    with pytest.raises(UnprocessableEntityError, match="as_node"):
        await client.threads.update_state(thread, {}, as_node="say")


async def test_the_end_of_an_earlier_run_is_come_back_to(client: Client, thread: str) -> None:
    states = await talked(client, thread)
    end = next(state["checkpoint"] for state in states[1:] if not state["next"])
    values = await client.runs.wait(thread, "chat", checkpoint=end)
    assert (said(values), len(await client.runs.list(thread))) == (["Hello", "[scripted] Hello"], 2)
    await client.threads.update_state(thread, user("Noted"), checkpoint=end)
    noted = (await client.threads.get(thread))["values"]
    assert said(noted) == ["Hello", "[scripted] Hello", "Noted"]


async def test_what_a_checkpoint_does_not_go_with_is_refused(
    site: Site, client: Client, thread: str
) -> None:
    states = await talked(client, thread)
    place = before(states, "answer")
    for wrong in (
        {"command": {"resume": 1}},
        {"command": {"update": user("Hi")}},
        {"after_seconds": 1},
        {"interrupt_before": ["nobody"]},
    ):
        with pytest.raises(UnprocessableEntityError):
            await client.runs.create(thread, "chat", checkpoint=place, **wrong)
    with pytest.raises(UnprocessableEntityError, match="assistant_id"):
        await client.runs.create(thread, "asking", checkpoint=place)
    with pytest.raises(NotFoundError):
        await client.runs.create(thread, "chat", checkpoint_id="nowhere")
    await client.runs.create(thread, "holding", input={})
    await site.hold.called.wait()
    with pytest.raises(ConflictError):
        await client.threads.update_state(thread, user("Hi"), checkpoint=place)
    with pytest.raises(UnprocessableEntityError, match="input"):
        await client.runs.create(thread, "holding")
    site.hold.released.set()
