"""Records of the graph and raw events of the stream in, the story of the run out."""

from collections.abc import Iterable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from services.domain.events.vocabulary import (
    EdgeDecided,
    NodeAttemptFailed,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    RunEvent,
    Token,
)
from services.domain.translation.raw import Raw
from services.domain.translation.translate import Translator
from workflow_compiler import parse, plan
from workflow_compiler.errors import ErrorType, Origin
from workflow_compiler.trace import (
    ATTEMPT_MARK,
    AttemptFailed,
    Decision,
    EdgeKind,
    Failure,
    Record,
    TextStreamed,
    VisitCompleted,
    VisitFailed,
    VisitStarted,
)
from workflow_compiler.usage import Price, Usage

AT = datetime(2026, 1, 1, tzinfo=UTC)
TALK = {"id": "talk", "type": "llm", "config": {"model": "scripted", "prompt": "hello"}}
COUNT = {"id": "count", "type": "transform", "config": {"expression": "1"}}
REST = {"id": "rest", "type": "transform", "config": {"expression": "2"}}
PRICES = {"tiny": Price(input=1.0, output=10.0)}
SLOW = Failure(type=ErrorType.TIMEOUT, message="too slow")
ORIGIN = Origin(type=ErrorType.TIMEOUT, message="too slow", node_id="count", path="")

Told = RunEvent | Token


def translator(*nodes: dict[str, Any], edges: Iterable[dict[str, Any]] = ()) -> Translator:
    document = {"name": "story", "nodes": list(nodes), "edges": list(edges)}
    return Translator(plan(parse(document)), PRICES)


def place(node_id: str, visit: int = 1, attempt: int = 1) -> dict[str, Any]:
    task = f"{node_id}:{visit}"
    return {"node_id": node_id, "visit": visit, "attempt": attempt, "task": task, "at": AT}


def started(node_id: str, consumed: tuple[int, ...] = ()) -> VisitStarted:
    return VisitStarted(**place(node_id), input={"n": 1}, consumed=consumed)


def entry(edges: int) -> tuple[int, ...]:
    """What the first root of a plan consumes: the ways in are counted after the edges."""
    return (edges,)


def completed(node_id: str, *decisions: Decision, usage: Usage | None = None) -> Record:
    return VisitCompleted(**place(node_id), output="done", usage=usage, decisions=decisions)


def chunk(task: str, text: str, **metadata: Any) -> Raw:
    return {
        "event": "on_chat_model_stream",
        "tags": [],
        "parent_ids": ["root", "node"],
        "metadata": {"langgraph_checkpoint_ns": task, **metadata},
        "data": {"chunk": SimpleNamespace(text=text)},
    }


def chain_end(task: str, *tags: str) -> Raw:
    return {
        "event": "on_chain_end",
        "tags": list(tags),
        "parent_ids": ["root"],
        "metadata": {"langgraph_checkpoint_ns": task},
        "data": {"output": {}},
    }


def told(subject: Translator, *happened: Record | Raw) -> list[Told]:
    """What comes of records and raw events in this order."""
    return [
        event
        for one in happened
        for event in (subject.hear(one) if isinstance(one, Record) else subject.translate(one))
    ]


def kinds(events: Iterable[Told]) -> list[str]:
    return [event.type for event in events]


def test_a_node_that_computes_ends_at_once():
    events = told(translator(COUNT), started("count"), completed("count"))

    assert kinds(events) == ["node.started", "node.completed"]
    assert events[0] == NodeStarted(at=AT, node_id="count", visit=1, input={"n": 1})


def test_the_end_of_a_visit_waits_for_its_late_tokens():
    subject = translator(TALK)
    usage = Usage(input_tokens=1, output_tokens=2, total_tokens=3, model="tiny")
    record = completed("talk", usage=usage)
    before = told(subject, started("talk"), chunk("talk:1", "Hel"), record, chunk("talk:1", "lo"))
    after = told(subject, chain_end("talk:1", "graph:step:1"))

    assert kinds(before) == ["node.started", "node.token", "node.token"]
    assert [event.text for event in before if isinstance(event, Token)] == ["Hel", "lo"]
    (ending,) = after
    assert isinstance(ending, NodeCompleted)
    assert ending.usage is not None
    assert (ending.usage.total_tokens, ending.usage.model) == (3, "tiny")
    assert ending.usage.cost_usd == 21e-6


def test_the_stream_may_tell_the_end_first():
    events = told(
        translator(TALK), started("talk"), chain_end("talk:1", "graph:step:1"), completed("talk")
    )
    assert kinds(events) == ["node.started", "node.completed"]


def test_a_token_whose_visit_waits_to_be_told_is_kept_for_it():
    other = {**TALK, "id": "other"}
    subject = translator(TALK, other)
    told(subject, started("talk"), completed("talk"), started("other"))
    assert told(subject, chunk("other:1", "Hi"), chunk("other:1", "")) == []
    events = told(subject, chain_end("talk:1", "graph:step:1"))

    assert kinds(events) == ["node.completed", "node.started", "node.token"]


def test_a_token_of_a_visit_that_is_over_is_not_kept():
    subject = translator(COUNT, TALK)
    told(subject, started("count"), completed("count"), chunk("count:1", "late"))

    assert kinds(told(subject, started("talk"), chunk("talk:1", "Hi"))) == [
        "node.started",
        "node.token",
    ]


def test_a_token_says_the_attempt_that_it_is_marked_with():
    again = AttemptFailed(**place("talk"), failure=SLOW, delay_seconds=0.0)
    late, new = chunk("talk:1", "late"), chunk("talk:1", "new", **{ATTEMPT_MARK: 2})
    events = told(translator(TALK), started("talk"), again, late, new)

    tokens = [(event.text, event.attempt) for event in events if isinstance(event, Token)]
    assert tokens == [("late", 1), ("new", 2)]


def test_what_comes_after_a_visit_that_waits_waits_too():
    subject = translator(TALK, COUNT)
    before = told(subject, started("talk"), completed("talk"), started("count"), completed("count"))
    after = told(subject, chain_end("talk:1", "graph:step:1"))

    assert kinds(before) == ["node.started"]
    assert kinds(after) == ["node.completed", "node.started", "node.completed"]


def test_what_langgraph_drops_when_a_node_fails_is_told_at_the_end():
    subject = translator(TALK, COUNT)
    failed = VisitFailed(**place("count"), failure=SLOW, origin=ORIGIN, usage=None, decisions=())
    before = told(subject, started("talk"), started("count"), completed("talk"), failed)

    assert kinds(before) == ["node.started", "node.started"]
    assert kinds(subject.catch_up()) == ["node.completed", "node.failed"]
    assert list(subject.catch_up()) == []


@pytest.mark.parametrize(
    "raw",
    [
        {**chain_end("talk:1|deep:7"), "tags": ["seq:step:1"]},
        {"event": "on_chain_start", "tags": ["graph:step:1"], "parent_ids": [], "data": {}},
        {"event": "on_tool_end", "tags": [], "parent_ids": ["root"], "data": {"output": {}}},
        chain_end("talk:1|deep:7", "graph:step:1"),
    ],
)
def test_graphs_and_runnables_inside_a_node_are_not_its_end(raw: Raw):
    subject = translator(TALK)

    assert kinds(told(subject, started("talk"), completed("talk"), raw)) == ["node.started"]


def test_the_state_is_that_of_the_root():
    subject = translator(COUNT)
    ended = {**chain_end(""), "parent_ids": [], "data": {"output": {"nodes": {"count": 1}}}}
    inner = {**chain_end("count:1", "seq:step:1"), "data": {"output": {"nodes": {}}}}

    assert told(subject, ended, inner) == []
    assert dict(subject.final_state()) == {"nodes": {"count": 1}}


def test_attempts_and_pauses_are_told():
    again = AttemptFailed(**place("count"), failure=SLOW, delay_seconds=2.0)
    last = AttemptFailed(**place("count", attempt=2), failure=SLOW, delay_seconds=None)
    first, retrying, second = told(translator(COUNT), again, last)

    assert isinstance(first, NodeAttemptFailed)
    assert (first.attempt, first.error.type, first.error.node_id) == (1, "TIMEOUT", "count")
    assert retrying == NodeRetrying(at=AT, node_id="count", visit=1, attempt=2, delay_seconds=2.0)
    assert isinstance(second, NodeAttemptFailed)
    assert second.attempt == 2


def test_a_decision_tells_its_edge_and_skips_what_nothing_reaches_any_more():
    subject = translator(
        COUNT, REST, edges=[{"source": "count", "target": "rest", "condition": "count.output > 1"}]
    )
    decision = Decision(
        edge=0,
        kind=EdgeKind.CONDITION,
        taken=False,
        expression="count.output > 1",
        values={"count.output": 1},
        result=False,
    )
    *_, decided, skipped = told(subject, started("count", entry(1)), completed("count", decision))

    assert isinstance(decided, EdgeDecided)
    assert (decided.node_id, decided.target, decided.taken) == ("count", "rest", False)
    assert (decided.kind, decided.values, decided.result) == (
        "condition",
        {"count.output": 1},
        False,
    )
    assert skipped == NodeSkipped(at=AT, node_id="rest")
    assert list(subject.skip_rest(AT)) == []


def test_an_error_edge_makes_a_failure_handled():
    subject = translator(COUNT, REST, edges=[{"source": "count", "target": "rest", "on": "error"}])
    taken = Decision(edge=0, kind=EdgeKind.ERROR, taken=True)
    failed = VisitFailed(
        **place("count"), failure=SLOW, origin=ORIGIN, usage=None, decisions=(taken,)
    )
    _, failure, decided = told(subject, started("count"), failed)

    assert isinstance(failure, NodeFailed)
    assert failure.handled
    assert isinstance(decided, EdgeDecided)
    assert (decided.kind, decided.taken) == ("error", True)


def test_text_of_a_behaviour_is_a_token():
    text = TextStreamed(**place("count"), text="thinking")

    assert told(translator(COUNT), text) == [
        Token(at=AT, node_id="count", visit=1, text="thinking")
    ]


def test_tokens_that_wait_in_vain_are_named():
    join = {"id": "join", "type": "transform", "config": {"expression": "3"}}
    edges = [{"id": "one", "source": "count", "target": "join"}]
    edges += [{"id": "two", "source": "rest", "target": "join"}]
    subject = translator(COUNT, REST, join, edges=edges)
    told(subject, VisitStarted(**place("rest"), input={}, consumed=(3,)))
    told(subject, started("count", entry(2)), completed("count"))

    assert subject.stuck() == ("one",)
