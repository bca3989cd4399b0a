"""Runs that go on from another one, and runs that go on with another version."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response, status

from api.access import DEBUG, READ, RUN
from api.deps import BODY_ERRORS, IdempotencyKey, RunId, ServicesDep, errors
from api.schemas import MigrateBody, Page, RetryBody, Run
from api.wishes import wish_of

router = APIRouter(tags=["runs"])


@router.post(
    "/runs/{run_id}/retry",
    operation_id="retry_run",
    summary="Go on from a run that is over, in a new run",
    status_code=status.HTTP_201_CREATED,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=RUN,
)
async def retry_run(
    services: ServicesDep,
    run_id: RunId,
    request: Request,
    response: Response,
    body: RetryBody | None = None,
    idempotency_key: IdempotencyKey = None,
) -> Run:
    """The new run keeps what ended well and still holds, and is executed at once."""
    wish = wish_of(body or RetryBody())
    run = await services.retries.retry(run_id, wish, idempotency_key=idempotency_key)
    response.headers["Location"] = request.url_for("get_run", run_id=run.id).path
    return Run.model_validate(run)


@router.get(
    "/runs/{run_id}/retries",
    operation_id="list_retries",
    summary="List the runs that go on from a run, newest first",
    responses=errors(404),
    dependencies=READ,
)
async def list_retries(services: ServicesDep, run_id: RunId) -> Page[Run]:
    """The 200 newest; those that go on from these in turn are not among them."""
    found = await services.retries.of(run_id)
    return Page(items=[Run.model_validate(run) for run in found], next_cursor=None)


@router.post(
    "/runs/{run_id}/migrate",
    operation_id="migrate_run",
    summary="Have a run that waits or is paused go on with another version",
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=DEBUG,
)
async def migrate_run(services: ServicesDep, run_id: RunId, body: MigrateBody) -> Run:
    """Refused with all reasons where what has run would not have run so in that version."""
    return Run.model_validate(await services.migrations.migrate(run_id, body.version))
