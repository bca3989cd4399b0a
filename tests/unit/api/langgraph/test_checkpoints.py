from datetime import UTC, datetime

import pytest

from api.langgraph.checkpoints import Checkpoint, parse_checkpoint
from services.domain.events.runs import RunCompleted, RunCreated, RunStarted, RunWaiting
from services.domain.events.vocabulary import EdgeDecided, NodeCompleted, NodeStarted, RunEvent
from services.domain.marks import Marks
from workflow_compiler.trace import EdgeKind

AT = datetime(2026, 11, 21, tzinfo=UTC)
CREATED = RunCreated(at=AT, workflow_id="w", version=1, input={}, node_count=1)
STARTED = RunStarted(at=AT, attempt=1)
COMPLETED = RunCompleted(at=AT, output=None)


def began(node_id: str, path: str = "") -> NodeStarted:
    return NodeStarted(at=AT, node_id=node_id, visit=1, path=path, input={})


def ended(node_id: str, path: str = "") -> NodeCompleted:
    return NodeCompleted(at=AT, node_id=node_id, visit=1, path=path, output=None)


def decided(node_id: str) -> EdgeDecided:
    return EdgeDecided(
        at=AT,
        node_id=node_id,
        visit=1,
        edge_id="e",
        target="x",
        taken=True,
        kind=EdgeKind.CONDITION,
    )


def places(*events: RunEvent) -> list[int]:
    marks = Marks()
    found = [seq for seq, event in enumerate(events) if marks.closes_before(event)]
    return [*found, len(events)] if marks.is_open else found


def test_a_checkpoint_lies_between_what_has_ended_and_what_begins():
    assert places(CREATED, STARTED, began("a"), ended("a"), began("b"), ended("b")) == [2, 4, 6]


def test_decisions_belong_to_the_visit_that_took_them():
    log = (CREATED, STARTED, began("a"), ended("a"), decided("a"), began("b"))
    assert places(*log) == [2, 5]


def test_what_ends_together_makes_one_checkpoint():
    log = (STARTED, began("a"), began("b"), ended("a"), ended("b"), began("c"), ended("c"))
    assert places(*log, COMPLETED) == [1, 5, 8]


def test_what_happens_in_containers_makes_none():
    log = (STARTED, began("loop"), began("a", "loop[0]"), ended("a", "loop[0]"), ended("loop"))
    assert places(*log) == [1, 5]


def test_a_rest_is_one():
    log = (STARTED, began("ask"), RunWaiting(at=AT, due_at=None))
    assert places(*log) == [1, 3]


def test_a_run_that_only_exists_has_none():
    assert places(CREATED) == []


def test_an_id_names_its_place():
    checkpoint = Checkpoint("01a1fe2c-4635-7d97-93cf-4d844f289748", 7)
    assert parse_checkpoint(checkpoint.id) == checkpoint


@pytest.mark.parametrize("text", ["", "7", "run", "run.", ".7", "run.x", "run.-1", "r/n.1"])
def test_nonsense_names_nothing(text: str):
    assert parse_checkpoint(text) is None
