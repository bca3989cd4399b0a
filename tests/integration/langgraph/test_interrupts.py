"""Runs that stop for somebody, and the commands that let them go on."""

from __future__ import annotations

from typing import Any

import pytest
from langgraph_sdk.errors import UnprocessableEntityError

from tests.integration.api.site import Site
from tests.integration.langgraph.workflows import Client, refused


def interrupts_of(values: Any) -> list[dict[str, Any]]:
    return list(values["__interrupt__"])


async def test_a_question_is_an_interrupt_and_its_answer_a_resume(
    client: Client, thread: str
) -> None:
    (asked,) = interrupts_of(await client.runs.wait(thread, "asking", input={"what": "go"}))
    assert asked["value"]["prompt"] == "Shall we go?"
    found = await client.threads.get(thread)
    assert (found["status"], found["interrupts"]) == ("interrupted", {asked["id"]: [asked]})
    state = await client.threads.get_state(thread)
    assert (state["next"], state["interrupts"]) == (["approve"], [asked])
    assert state["tasks"][0]["interrupts"] == [asked]
    (run,) = await client.runs.list(thread)
    assert run["status"] == "interrupted"

    values = await client.runs.wait(thread, "asking", command={"resume": {"ok": True}})
    assert values == {"ok": True}
    (done,) = await client.runs.list(thread)
    assert (done["run_id"], done["status"]) == (run["run_id"], "success")
    assert (await client.threads.get(thread))["status"] == "idle"


async def test_an_answer_that_breaks_the_form_is_refused(client: Client, thread: str) -> None:
    await client.runs.wait(thread, "asking", input={"what": "go"})
    with refused(422):
        await client.runs.wait(thread, "asking", command={"resume": {"ok": "yes"}})
    assert (await client.threads.get(thread))["status"] == "interrupted"


async def test_what_goes_on_does_so_at_once_or_not_at_all(client: Client, thread: str) -> None:
    await client.runs.wait(thread, "asking", input={"what": "go"})
    for command in ({"resume": {"ok": True}}, {"update": {"x": 1}}):
        with pytest.raises(UnprocessableEntityError, match="after_seconds"):
            await client.runs.create(thread, "asking", command=command, after_seconds=1)
    assert (await client.threads.get(thread))["status"] == "interrupted"


async def test_of_several_interrupts_each_is_answered_by_its_id(
    client: Client, thread: str
) -> None:
    asked = interrupts_of(await client.runs.wait(thread, "asking-two"))
    left, right = (each["id"] for each in asked)
    assert [each["value"]["type"] for each in asked] == ["task", "signal"]
    for wrong in ("who is meant?", {"0" * 32: 1}, {left: 1, "0" * 32: 2}):
        with refused(422):
            await client.runs.wait(thread, "asking-two", command={"resume": wrong})
    rest = interrupts_of(
        await client.runs.wait(thread, "asking-two", command={"resume": {right: "r"}})
    )
    assert [each["id"] for each in rest] == [left]
    values = await client.runs.wait(thread, "asking-two", command={"resume": {left: "l"}})
    assert values == {"left": "l", "right": "r"}


async def test_a_signal_meant_for_one_visit_goes_to_no_other(client: Client) -> None:
    threads = [(await client.threads.create())["thread_id"] for _ in range(2)]
    asked = [interrupts_of(await client.runs.wait(each, "asking-two")) for each in threads]
    await client.runs.wait(threads[1], "asking-two", command={"resume": {asked[1][1]["id"]: 1}})
    waiting = await client.threads.get(threads[0])
    assert set(waiting["interrupts"]) == {each["id"] for each in asked[0]}


async def test_a_question_of_a_sub_run_is_asked_on_the_thread_of_its_parent(
    client: Client, thread: str
) -> None:
    (asked,) = interrupts_of(await client.runs.wait(thread, "parent"))
    assert asked["value"]["prompt"] == "Shall we nest?"
    assert (await client.threads.get_state(thread))["interrupts"] == [asked]
    values = await client.runs.wait(
        thread, "parent", command={"resume": {asked["id"]: {"ok": True}}}
    )
    assert values == {"ask": {"ok": True}}


async def test_nothing_that_waits_cannot_be_resumed(client: Client, thread: str) -> None:
    with refused(409):
        await client.runs.wait(thread, "asking", command={"resume": 1})
    await client.runs.wait(thread, "asking", input={"what": "go"})
    with refused(422):
        await client.runs.wait(thread, "asking")  # it waits for an answer, and there is none


async def test_a_new_input_leaves_the_question_behind(client: Client, thread: str) -> None:
    await client.runs.wait(thread, "asking", input={"what": "go"})
    values = await client.runs.wait(
        thread, "asking", input={"what": "stay"}, multitask_strategy="reject"
    )
    assert interrupts_of(values)[0]["value"]["prompt"] == "Shall we stay?"
    newest, left = await client.runs.list(thread)
    assert (newest["status"], left["status"]) == ("interrupted", "interrupted")
    await client.runs.wait(thread, "asking", command={"resume": {"ok": False}})
    assert [run["status"] for run in await client.runs.list(thread)] == ["success", "interrupted"]


async def test_a_paused_run_goes_on_without_input(site: Site, client: Client, thread: str) -> None:
    run = await client.runs.create(thread, "holding")
    await site.hold.called.wait()
    await site.services.runs.pause(run["run_id"])
    site.hold.released.set()
    values = await client.runs.join(thread, run["run_id"])
    assert interrupts_of(values) == []
    state = await client.threads.get_state(thread)
    assert state["next"] == ["after"]
    assert await client.runs.wait(thread, "holding") == {"after": 2}
