"""The same asked of many runs at once."""

from __future__ import annotations

from typing import Annotated, assert_never

from fastapi import APIRouter, Header

from api.access import RUN
from api.deps import BODY_ERRORS, ProjectId, ServicesDep, errors
from api.problems import problem_document
from api.schemas import CancelRunsBody, Page, RunOutcome, RunsBody
from services.store.paging import Page as Found
from services.usecases.bulk import Done, Outcome, Refused, cancel_many

router = APIRouter(prefix="/projects/{project_id}", tags=["runs"])


@router.post(
    "/runs:cancel",
    operation_id="cancel_runs",
    summary="Stop many runs",
    responses=errors(404, *BODY_ERRORS),
    dependencies=RUN,
)
async def cancel_runs(
    services: ServicesDep, project_id: ProjectId, body: CancelRunsBody
) -> Page[RunOutcome]:
    """Says of each run where it stands now, or why it cannot be stopped."""
    return _shown(await cancel_many(services.runs, project_id, body.choice(), body.reason))


@router.post(
    "/runs:retry",
    operation_id="retry_runs",
    summary="Go on from many runs, each in a new one",
    responses=errors(404, *BODY_ERRORS),
    dependencies=RUN,
)
async def retry_runs(
    services: ServicesDep,
    project_id: ProjectId,
    body: RunsBody,
    idempotency_key: Annotated[
        str | None,
        Header(
            min_length=1,
            max_length=150,
            description="With the same key no run is gone on from twice.",
        ),
    ] = None,
) -> Page[RunOutcome]:
    """Says of each run which one goes on from it, or why none does."""
    return _shown(await services.retries.retry_many(project_id, body.choice(), idempotency_key))


def _shown(found: Found[Outcome]) -> Page[RunOutcome]:
    return Page(items=[_outcome(each) for each in found.items], next_cursor=found.next_cursor)


def _outcome(outcome: Outcome) -> RunOutcome:
    match outcome:
        case Done(run_id=run_id, run=run):
            gone_on = run.id if run.id != run_id else None
            return RunOutcome(id=run_id, status=run.status, run_id=gone_on)
        case Refused(run_id=run_id, error=error):
            return RunOutcome(id=run_id, problem=problem_document(error))
        case _:
            assert_never(outcome)
