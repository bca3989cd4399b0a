"""What a log becomes in each stream, without a server."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from api.langgraph.parts import Translation
from services.domain.debug.moment import Unfolding
from services.domain.events.base import RunError
from services.domain.events.runs import RunCreated, RunFailed, RunStarted
from services.domain.events.vocabulary import (
    Custom,
    NodeCompleted,
    NodeFailed,
    NodeStarted,
    RunEvent,
    Token,
)
from services.domain.runs import Run
from workflow_compiler import parse, plan
from workflow_compiler.errors import ErrorType

AT = datetime(2026, 11, 21, tzinfo=UTC)
RUN = Run(id="r", project_id="p", workflow_id="w", version=1, created_at=AT)
PLAN = plan(
    parse(
        {
            "name": "talk",
            "variables": {"notes": {"reducer": "append"}},
            "nodes": [
                {"id": "ask", "type": "llm", "config": {"model": "scripted", "prompt": "x"}},
                {"id": "loop", "type": "foreach", "config": {"items": "[1]"}},
                {
                    "id": "in",
                    "type": "transform",
                    "config": {"expression": "1"},
                    "parent": "loop",
                },
            ],
            "edges": [],
        }
    )
)
BEGUN: list[RunEvent] = [
    RunCreated(at=AT, workflow_id="w", version=1, input={}, node_count=2),
    RunStarted(at=AT, attempt=1),
]
ASKED = NodeStarted(at=AT, node_id="ask", visit=1, input={"prompt": "x"})
ANSWERED = NodeCompleted(
    at=AT, node_id="ask", visit=1, output={"text": "Hello you"}, writes=(("notes", 1),)
)


def parts(
    events: Sequence[RunEvent | Token], *modes: str, subgraphs: bool = False
) -> list[tuple[str, Any]]:
    unfolding = Unfolding(PLAN, RUN)
    unfolding.take(BEGUN)
    translation = Translation(
        run=RUN, plan=PLAN, unfolding=unfolding, modes=modes, subgraphs=subgraphs
    )
    return [(part.event, part.data) for event in events for part in translation.take(event)]


def piece(text: str) -> Token:
    return Token(at=AT, node_id="ask", visit=1, text=text)


def test_who_hears_the_pieces_does_not_get_the_whole_as_well():
    told = parts([ASKED, piece("Hello "), piece("you"), ANSWERED], "messages-tuple")
    assert [data[0]["content"] for _, data in told] == ["Hello ", "you"]
    assert {data[0]["type"] for _, data in told} == {"AIMessageChunk"}


def test_who_comes_late_gets_the_whole():
    ((event, (message, metadata)),) = parts([ASKED, ANSWERED], "messages-tuple")
    assert (event, message["type"], message["content"]) == ("messages", "ai", "Hello you")
    assert metadata["langgraph_node"] == "ask"


def test_who_missed_the_beginning_gets_the_whole_in_its_place():
    told = [data[0] for _, data in parts([ASKED, piece("you"), ANSWERED], "messages-tuple")]
    assert [message["content"] for message in told] == ["you", "Hello you"]
    assert told[0]["id"] == told[1]["id"]


def test_whole_messages_grow_until_they_are_complete():
    told = parts([ASKED, piece("Hello "), piece("you"), ANSWERED], "messages")
    assert [event for event, _ in told] == [
        "messages/metadata",
        "messages/partial",
        "messages/partial",
        "messages/complete",
    ]
    assert [data[0]["content"] for event, data in told if event != "messages/metadata"] == [
        "Hello ",
        "Hello you",
        "Hello you",
    ]


def test_another_attempt_is_another_message():
    again = Token(at=AT, node_id="ask", visit=1, attempt=2, text="No")
    told = parts([ASKED, piece("Yes"), again], "messages-tuple")
    assert len({data[0]["id"] for _, data in told}) == 2


def test_an_update_is_what_a_visit_gave_and_wrote():
    assert parts([ASKED, ANSWERED], "updates", "values") == [
        ("updates", {"ask": {"text": "Hello you", "notes": 1}}),
        ("values", {"notes": [1]}),
    ]


def test_what_is_in_containers_is_told_to_those_who_want_it():
    inside = NodeCompleted(at=AT, node_id="in", visit=1, path="loop[0]", output=1)
    log = [
        NodeStarted(at=AT, node_id="loop", visit=1, input={}),
        NodeStarted(at=AT, node_id="in", visit=1, path="loop[0]", input={}),
        inside,
    ]
    assert parts(log, "updates") == []
    assert parts(log, "updates", subgraphs=True) == [
        ("updates|loop[0]", {"in": {"output": 1}}),
    ]


def test_a_failure_is_told_whatever_is_wanted():
    error = RunError(type=ErrorType.EXECUTION, message="broken", node_id="ask")
    failed = NodeFailed(at=AT, node_id="ask", visit=1, error=error)
    told = parts([ASKED, failed, RunFailed(at=AT, error=error)], "tasks")
    assert told[1] == ("tasks", told[1][1] | {"error": "EXECUTION: broken", "result": {}})
    assert told[2] == ("error", {"error": "EXECUTION", "message": "broken"})


def test_what_a_node_tells_is_custom():
    custom = Custom(at=AT, node_id="ask", visit=1, name="news", payload=[1])
    assert parts([ASKED, custom], "custom") == [("custom", {"name": "news", "payload": [1]})]


def test_a_message_looks_the_same_in_every_stream():
    ((_, (message, _)),) = parts([ASKED, ANSWERED], "messages-tuple")
    assert ("messages/complete", [message]) in parts([ASKED, ANSWERED], "messages")
