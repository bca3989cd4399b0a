from datetime import UTC, datetime

import pytest

from services.domain.events.runs import RunCompleted, RunStarted
from services.domain.events.vocabulary import NodeCompleted, NodeProgress, NodeSkipped, NodeStarted
from services.domain.projection import Projection, fold
from services.domain.runs import Run, RunStatus, TransitionError
from services.domain.visits import NodeStatus

AT = datetime(2026, 1, 1, tzinfo=UTC)
STARTED = RunStarted(at=AT, attempt=1)


def run() -> Run:
    return Run(id="r", project_id="p", workflow_id="w", version=1, created_at=AT, node_count=2)


def visit(number: int) -> tuple[NodeStarted, NodeCompleted]:
    return (
        NodeStarted(at=AT, node_id="a", visit=number, input=number),
        NodeCompleted(at=AT, node_id="a", visit=number, output=number),
    )


def test_each_changed_visit_is_handed_out_once_as_it_is_now():
    started, completed = visit(1)
    projection = Projection(run())
    changed = projection.apply([STARTED, started, completed, NodeSkipped(at=AT, node_id="b")])

    assert [(state.key, state.status) for state in changed] == [
        (("a", "", 1), NodeStatus.COMPLETED),
        (("b", "", 0), NodeStatus.SKIPPED),
    ]
    assert changed[0].input == 1
    assert projection.run.progress == 1.0


def test_visits_that_are_over_are_forgotten():
    projection = Projection(run())
    projection.apply([STARTED])
    for number in range(1, 1001):
        projection.apply(visit(number))
    (last, _) = visit(1001)
    projection.apply([last])

    assert [state.visit for state in projection.open_visits()] == [1001]


def test_late_news_of_a_visit_that_is_over_changes_nothing():
    projection = Projection(run())
    projection.apply([STARTED, *visit(1)])

    assert projection.apply([NodeProgress(at=AT, node_id="a", visit=1, progress=0.5)]) == ()


def test_a_new_owner_goes_on_with_the_open_visits():
    started, completed = visit(1)
    before = Projection(run())
    open_states = before.apply([STARTED, started])
    after = Projection(before.run, open_states)
    (state,) = after.apply([completed])

    assert (state.input, state.output) == (1, 1)
    assert after.open_visits() == ()


def test_events_that_do_not_fit_change_nothing():
    projection = Projection(run())
    with pytest.raises(TransitionError):
        projection.apply([*visit(1), RunCompleted(at=AT, output=1)])

    assert projection.run == run()
    assert projection.open_visits() == ()


def test_the_fold_keeps_every_visit():
    ended, states = fold(run(), [STARTED, *visit(1), *visit(2), RunCompleted(at=AT, output=3)])

    assert (ended.status, ended.output) == (RunStatus.COMPLETED, 3)
    assert [state.visit for state in states.values()] == [1, 2]
