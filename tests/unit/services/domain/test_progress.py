from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.domain.progress import estimated
from services.domain.runs import Run, RunStatus

NOW = datetime(2026, 1, 1, tzinfo=UTC)
RUN = Run(
    id="r",
    project_id="p",
    workflow_id="w",
    version=1,
    status=RunStatus.RUNNING,
    created_at=NOW,
    started_at=NOW,
)
TOOK = [timedelta(seconds=seconds) for seconds in (1, 10, 500)]


def test_a_run_takes_as_long_as_half_of_the_others():
    assert estimated(RUN, TOOK, NOW) == NOW + timedelta(seconds=10)


def test_of_some_runs_nobody_can_tell():
    assert estimated(RUN, [], NOW) is None
    assert estimated(RUN, TOOK, NOW + timedelta(seconds=11)) is None
    assert estimated(replace(RUN, status=RunStatus.WAITING), TOOK, NOW) is None
    assert estimated(replace(RUN, is_held=True), TOOK, NOW) is None
    assert estimated(replace(RUN, started_at=None), TOOK, NOW) is None
