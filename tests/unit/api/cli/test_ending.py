from __future__ import annotations

from datetime import UTC, datetime

import pytest
import typer

from api.cli.ending import end_with
from api.schemas import Run, RunError
from services.domain.runs import Run as StoredRun
from services.domain.runs import RunStatus
from workflow_compiler.errors import ErrorType

AT = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "kind", "code"),
    [
        (RunStatus.COMPLETED, None, 0),
        (RunStatus.FAILED, ErrorType.CONNECTIVITY, 1),
        (RunStatus.FAILED, ErrorType.TIMEOUT, 5),
        (RunStatus.FAILED, ErrorType.DEADLINE, 5),
        (RunStatus.WAITING, None, 4),
        (RunStatus.CANCELLED, None, 130),
    ],
)
def test_a_run_has_its_exit_code(status: RunStatus, kind: ErrorType | None, code: int) -> None:
    stored = StoredRun(
        id="r", project_id="default", workflow_id="w", version=1, status=status, created_at=AT
    )
    error = None if kind is None else RunError(type=kind, message="why", node_id="a")
    run = Run.model_validate(stored).model_copy(update={"error": error})
    with pytest.raises(typer.Exit) as left:
        end_with(run, watch=False, as_json=True)
    assert left.value.exit_code == code
