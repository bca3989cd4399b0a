"""AG-UI: a run as its front ends read it, with the types of the protocol's own package."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from ag_ui.core import Event, EventType
from pydantic import TypeAdapter

from tests.integration.api.site import FAILING, GREETING, HOLDING, Site, open_site
from tests.integration.langgraph.workflows import ASKING, ASKING_TWO, CHAT, Wire

EVENTS: TypeAdapter[Any] = TypeAdapter(Event)
OPENING = {
    EventType.STEP_STARTED: EventType.STEP_FINISHED,
    EventType.TEXT_MESSAGE_START: EventType.TEXT_MESSAGE_END,
    EventType.TOOL_CALL_START: EventType.TOOL_CALL_END,
}


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path, wait_linger_seconds=0.0) as opened:
        for definition in (CHAT, ASKING, ASKING_TWO, HOLDING, FAILING, GREETING):
            await opened.stored(definition)
        yield opened


def asked(*messages: str, thread: str = "talk", **more: Any) -> Wire:
    """What a client sends: the whole talk, the user first."""
    roles = ("user", "assistant")
    said = [
        {"id": str(place), "role": roles[place % 2], "content": text}
        for place, text in enumerate(messages)
    ]
    return {"threadId": thread, "runId": "r1", "messages": said, **more}


async def told(site: Site, workflow: str, wanted: Wire) -> list[Any]:
    """The events of a run, each of them valid, and nothing open at the end."""
    answer = await site.http.post(f"/agui/{workflow}", json=wanted)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/event-stream"
    lines = [line.removeprefix("data: ") for line in answer.text.split("\n\n") if line]
    events = [EVENTS.validate_python(json.loads(line)) for line in lines]
    assert events[0].type is EventType.RUN_STARTED
    if events[-1].type is EventType.RUN_FINISHED:
        for begin, end in OPENING.items():
            assert kinds(events).count(begin) == kinds(events).count(end)
    return events


def kinds(events: list[Any]) -> list[EventType]:
    return [event.type for event in events]


async def test_a_chat_is_told_step_by_step(site: Site) -> None:
    events = await told(site, "chat", asked("Hello"))
    steps = [event.step_name for event in events if event.type is EventType.STEP_STARTED]
    assert steps == ["hear", "answer", "say"]
    text = [event.delta for event in events if event.type is EventType.TEXT_MESSAGE_CONTENT]
    assert "".join(text).endswith("[scripted] Hello")
    deltas = [event.delta for event in events if event.type is EventType.STATE_DELTA]
    assert [operation.path for delta in deltas for operation in delta] == ["/messages"] * 2
    *_, state, finished = events
    assert (state.type, finished.type) == (EventType.STATE_SNAPSHOT, EventType.RUN_FINISHED)
    assert [message["content"] for message in state.snapshot["messages"]] == [
        "Hello",
        "[scripted] Hello",
    ]
    assert (finished.run_id, finished.outcome.type) == ("r1", "success")
    assert finished.result == state.snapshot


async def test_of_a_talk_only_what_is_new_is_handed_on(site: Site) -> None:
    await told(site, "chat", asked("Hello"))
    events = await told(site, "chat", asked("Hello", "[scripted] Hello", "Again"))
    said = [message["content"] for message in events[-2].snapshot["messages"]]
    assert said == ["Hello", "[scripted] Hello", "Again", "[scripted] Again"]


async def test_other_input_comes_as_forwarded_props(site: Site) -> None:
    events = await told(site, "greeting", asked("x", forwardedProps={"name": "Ada"}))
    assert events[-1].result == {"shout": "HI ADA"}
    refused = await site.http.post(
        "/agui/greeting", json=asked("x", thread="other", forwardedProps={"name": 5})
    )
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/name")


async def test_there_is_no_agent_where_there_is_no_workflow(site: Site) -> None:
    refused = await site.http.post("/agui/nobody", json=asked("x"))
    assert (refused.status_code, refused.json()["type"]) == (
        404,
        "urn:workflow:problem:workflow-not-found",
    )


async def test_a_question_ends_the_run_and_its_answer_goes_on(site: Site) -> None:
    events = await told(site, "asking", asked("x", forwardedProps={"what": "go"}))
    (interrupt,) = events[-1].outcome.interrupts
    assert interrupt.message == "Shall we go?"
    assert interrupt.response_schema["required"] == ["ok"]
    answer = {"interruptId": interrupt.id, "status": "resolved", "payload": {"ok": True}}
    events = await told(site, "asking", asked("x", resume=[answer]))
    steps = [event.type for event in events if event.type.value.startswith("STEP")]
    assert steps == [EventType.STEP_STARTED, EventType.STEP_FINISHED]
    assert events[-1].result == {"ok": True}


async def test_a_declined_question_cancels_the_run(site: Site) -> None:
    events = await told(site, "asking-two", asked("x"))
    task, signal = events[-1].outcome.interrupts
    assert signal.reason == "signal"
    events = await told(
        site, "asking-two", asked("x", resume=[{"interruptId": task.id, "status": "cancelled"}])
    )
    assert events[-1].outcome.type == "cancelled"


async def test_a_failure_is_an_error_of_the_run(site: Site) -> None:
    error = (await told(site, "failing", asked("x")))[-1]
    assert (error.type, error.code) == (EventType.RUN_ERROR, "CONNECTIVITY")


async def test_a_client_that_leaves_stops_its_run(site: Site) -> None:
    async with site.http.stream("POST", "/agui/holding", json=asked("x")):
        await site.hold.called.wait()
    (run,) = (await site.services.runs.page("default")).items
    async with site.services.runs.watch(run.id) as frames:
        assert [frame.type async for frame in frames][-1] == "run.cancelled"


async def test_who_comes_while_a_run_goes_on_waits_for_its_end(site: Site) -> None:
    async with asyncio.TaskGroup() as tasks:
        first = tasks.create_task(told(site, "holding", asked("x")))
        await site.hold.called.wait()
        second = tasks.create_task(told(site, "chat", asked("Hi")))
        async with site.services.runs.hub.subscribe(project_id="default") as created:
            while (await site.services.runs.page("default")).items[0].turn == 1:
                await created.next_within(None)
        site.hold.released.set()
    begun = [(task.result()[0].run_id, task.result()[-1].type) for task in (first, second)]
    assert begun == [("r1", EventType.RUN_FINISHED)] * 2
    first_run, second_run = sorted(
        (await site.services.threads.runs("default", "talk")).items, key=lambda run: run.turn
    )
    assert first_run.finished_at is not None
    assert second_run.started_at is not None
    assert first_run.finished_at <= second_run.started_at


@pytest.mark.parametrize(
    "wrong",
    [
        ("chat", {"threadId": "t", "messages": []}),
        ("chat", asked("x", thread="a/b")),
        ("chat", asked("x", thread="")),
    ],
)
async def test_what_makes_no_sense_is_refused(site: Site, wrong: tuple[str, Wire]) -> None:
    workflow, body = wrong
    answer = await site.http.post(f"/agui/{workflow}", json=body)
    assert answer.status_code == 422
    assert answer.json()["detail"]
