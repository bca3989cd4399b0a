"""What a log says about the variables of its run."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from services.domain.events.runs import RunStarted
from services.domain.events.vocabulary import NodeCompleted
from services.domain.variables import Variables
from workflow_compiler.definition import Variable

AT = datetime(2026, 1, 1, tzinfo=UTC)
DECLARED = {"notes": Variable(reducer="append"), "count": Variable(reducer="add", default=0)}


def started(**variables: Any) -> RunStarted:
    return RunStarted(attempt=1, variables=variables or None, at=AT)


def wrote(path: str = "", **values: Any) -> NodeCompleted:
    writes = tuple(values.items())
    return NodeCompleted(node_id="n", visit=1, path=path, output=None, writes=writes, at=AT)


def test_writes_meet_what_the_run_began_with() -> None:
    variables = Variables(DECLARED)
    variables.take([started(notes=["a"], other=1), wrote(notes="b", count=2), wrote(count=3)])
    assert variables.first == {"notes": ["a"], "other": 1}
    assert variables.values == {"notes": ["a", "b"], "other": 1, "count": 5}


def test_what_a_container_holds_counts_with_the_container() -> None:
    variables = Variables(DECLARED)
    variables.take([started(), wrote("loop[0]", notes="a"), wrote("loop[1]", notes="b")])
    assert variables.values == {}
    variables.take([wrote(notes="a"), wrote(notes="b")])
    assert variables.values == {"notes": ["a", "b"]}


def test_what_was_taken_over_from_another_run_meets_what_that_one_began_with() -> None:
    """Its visits stand in the log before the start of the run that goes on from it."""
    variables = Variables(DECLARED)
    variables.take([wrote(notes="b"), started(notes=["a"]), wrote(notes="c")])
    assert variables.values == {"notes": ["a", "b", "c"]}


def test_a_write_that_did_not_fit_was_never_applied() -> None:
    variables = Variables(DECLARED)
    variables.take([started(), wrote(count=1), wrote(count="one")])
    assert variables.values == {"count": 1}


def test_where_there_are_none_nothing_is_left() -> None:
    variables = Variables({})
    variables.take([started()])
    assert variables.values is None
    inherited = Variables({})
    inherited.take([started(a=1)])
    assert inherited.values == {"a": 1}
