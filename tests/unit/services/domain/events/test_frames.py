import json
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from services.domain.events.base import RunError
from services.domain.events.frames import StoredEvent, from_frame, from_stored, to_frame, to_stored
from services.domain.events.runs import RunCompleted, RunStarted
from services.domain.events.vocabulary import Custom, EdgeDecided, NodeFailed, NodeStarted, Token
from services.errors import UnreadableEventError
from workflow_compiler.errors import ErrorType
from workflow_compiler.trace import EdgeKind

AT = datetime(2026, 11, 21, 3, 4, 5, 678, tzinfo=UTC)


def test_an_event_of_a_node_goes_out_with_its_place():
    event = NodeStarted(at=AT, node_id='a"b', visit=2, attempt=3, path="loop[0]", input={"x": 1})
    frame = to_frame("r", StoredEvent(**_parts(event, seq=7)))

    assert json.loads(frame.text) == {
        "seq": 7,
        "type": "workflow.node.started",
        "at": "2026-11-21T03:04:05.000678Z",
        "run_id": "r",
        "node_id": 'a"b',
        "visit": 2,
        "attempt": 3,
        "path": "loop[0]",
        "data": {"input": {"x": 1}},
    }


def test_an_event_of_a_run_has_no_place():
    frame = to_frame("r", to_stored(RunCompleted(at=AT, output=None)))

    assert json.loads(frame.text).keys() == {"type", "at", "run_id", "data"}
    assert frame.is_last


def test_the_beginning_of_a_run_tells_the_attempt():
    assert json.loads(to_frame("r", to_stored(RunStarted(at=AT, attempt=2))).text)["attempt"] == 2


def test_a_token_is_never_stored_and_has_no_seq():
    frame = to_frame("r", to_stored(Token(at=AT, node_id="a", visit=1, text="hé")))

    assert frame.seq is None
    assert json.loads(frame.text)["data"] == {"text": "hé"}


def test_numbers_without_json_become_null():
    event = Custom(at=AT, node_id="a", visit=1, name="n", payload=[float("nan"), float("inf")])

    assert json.loads(to_stored(event).data)["payload"] == [None, None]


def test_read_only_mappings_and_errors_come_back():
    values = MappingProxyType({"a": MappingProxyType({"b": 1})})
    decided = EdgeDecided(
        at=AT,
        node_id="a",
        visit=1,
        edge_id="e",
        target="b",
        taken=False,
        kind=EdgeKind.CONDITION,
        values=values,
    )
    error = RunError(type=ErrorType.TIMEOUT, message="slow")
    failed = NodeFailed(at=AT, node_id="a", visit=1, error=error)

    read = from_stored(to_stored(decided))
    assert isinstance(read, EdgeDecided)
    assert (read.kind, read.values) == (EdgeKind.CONDITION, {"a": {"b": 1}})
    assert from_stored(to_stored(failed)) == failed


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("node.dreamt", "{}"),
        ("run.completed", "{}"),
        ("run.completed", '{"output":1,"x":1}'),
        ("run.failed", '{"error":{"type":"MOOD","message":"no"}}'),
    ],
)
def test_what_this_version_does_not_write_is_not_read(type_: str, data: str):
    with pytest.raises(UnreadableEventError, match=type_):
        from_stored(StoredEvent(seq=1, type=type_, at=AT, data=data))


def _parts(event, *, seq):
    stored = to_stored(event)
    return {name: getattr(stored, name) for name in StoredEvent.__dataclass_fields__} | {"seq": seq}


@pytest.mark.parametrize(
    "event",
    [
        RunStarted(at=AT, attempt=2, variables={"a": 1}),
        NodeStarted(at=AT, node_id='a"b', visit=2, attempt=3, path="loop[0]", input={"x": 1}),
        Token(at=AT, node_id="a", visit=1, text="hé"),
    ],
)
def test_a_frame_is_read_again(event):
    assert from_frame(to_frame("r", to_stored(event))) == event


def test_a_frame_of_another_version_is_not_understood():
    stored = to_stored(RunStarted(at=AT, attempt=2))
    frame = to_frame("r", StoredEvent(seq=3, type="run.dreamt", at=stored.at, data="{}"))
    with pytest.raises(UnreadableEventError):
        from_frame(frame)
