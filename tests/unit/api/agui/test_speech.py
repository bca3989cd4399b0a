"""What is said and called in a run, as AG-UI tells it."""

from datetime import UTC, datetime
from typing import Any

from api.agui.speech import Speech
from services.domain.events.base import RunError
from services.domain.events.vocabulary import NodeAttemptFailed, NodeCompleted, NodeStarted, Token
from services.domain.runs import Run
from workflow_compiler import parse, plan
from workflow_compiler.errors import ErrorType

AT = datetime(2026, 11, 21, tzinfo=UTC)
RUN = Run(id="r", project_id="p", workflow_id="w", version=1, created_at=AT)
PLAN = plan(
    parse(
        {
            "name": "talk",
            "nodes": [
                {"id": "ask", "type": "llm", "config": {"model": "scripted", "prompt": "x"}},
                {"id": "act", "type": "tool", "config": {"tool": "add", "arguments": {"a": 1}}},
                {
                    "id": "work",
                    "type": "agent",
                    "config": {"model": "scripted", "tools": ["add"], "prompt": "x"},
                },
            ],
            "edges": [],
        }
    )
)


def kinds(events: Any) -> list[str]:
    return [event.type.value for event in events]


def test_pieces_are_one_message_until_it_ends():
    speech = Speech(RUN, PLAN)
    pieces = [Token(at=AT, node_id="ask", visit=1, text=text) for text in ("Hel", "lo")]
    told = [event for piece in pieces for event in speech.token(piece)]
    assert kinds(told) == ["TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_CONTENT"]
    done = NodeCompleted(at=AT, node_id="ask", visit=1, output={"text": "Hello"})
    assert kinds(speech.completed(done)) == ["TEXT_MESSAGE_END"]


def test_a_piece_that_comes_late_opens_nothing_again():
    speech = Speech(RUN, PLAN)
    done = NodeCompleted(at=AT, node_id="ask", visit=1, output={"text": "Hello"})
    list(speech.completed(done))
    assert list(speech.token(Token(at=AT, node_id="ask", visit=1, text="lo"))) == []


def test_who_heard_nothing_gets_the_whole():
    done = NodeCompleted(at=AT, node_id="ask", visit=1, output={"text": "Hello"})
    told = list(Speech(RUN, PLAN).completed(done))
    assert kinds(told) == ["TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END"]


def test_who_missed_the_beginning_gets_the_whole_as_well():
    speech = Speech(RUN, PLAN)
    list(speech.token(Token(at=AT, node_id="ask", visit=1, text="lo")))
    done = NodeCompleted(at=AT, node_id="ask", visit=1, output={"text": "Hello"})
    assert kinds(speech.completed(done)) == [
        "TEXT_MESSAGE_END",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
    ]


def test_what_a_failed_attempt_said_ends_with_it():
    speech = Speech(RUN, PLAN)
    list(speech.token(Token(at=AT, node_id="ask", visit=1, text="Hel")))
    error = RunError(type=ErrorType.EXECUTION, message="broken")
    failed = NodeAttemptFailed(at=AT, node_id="ask", visit=1, error=error)
    assert kinds(speech.broken_off(failed)) == ["TEXT_MESSAGE_END"]
    assert kinds(speech.end_all()) == []


def test_a_tool_node_is_a_call_with_its_result():
    speech = Speech(RUN, PLAN)
    asked = {"tool": "add", "arguments": {"a": 1}}
    begun: list[Any] = list(speech.started(NodeStarted(at=AT, node_id="act", visit=1, input=asked)))
    assert kinds(begun) == ["TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END"]
    assert (begun[0].tool_call_name, begun[1].delta) == ("add", '{"a":1}')
    done = NodeCompleted(at=AT, node_id="act", visit=1, output={"sum": 2})
    result: Any = next(speech.completed(done))
    assert (result.content, result.tool_call_id) == ('{"sum":2}', begun[0].tool_call_id)


def test_an_agent_tells_its_calls_when_it_is_done():
    messages = [
        {"role": "assistant", "tool_calls": [{"id": "c1", "name": "add", "args": {"a": 1}}]},
        {"role": "tool", "content": "2", "tool_call_id": "c1"},
    ]
    output = {"text": "It is 2", "messages": messages}
    done = NodeCompleted(at=AT, node_id="work", visit=1, output=output)
    assert kinds(Speech(RUN, PLAN).completed(done)) == [
        "TOOL_CALL_START",
        "TOOL_CALL_ARGS",
        "TOOL_CALL_END",
        "TOOL_CALL_RESULT",
        "TEXT_MESSAGE_START",
        "TEXT_MESSAGE_CONTENT",
        "TEXT_MESSAGE_END",
    ]
