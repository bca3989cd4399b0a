"""Runs: create, execute, pause, resume, cancel and read them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response, status

from api.access import READ, RUN, Needs, PrincipalDep, principal_of
from api.debug_pointers import pointing
from api.deps import (
    BODY_ERRORS,
    Cursor,
    IdempotencyKey,
    ProjectId,
    RunId,
    ServicesDep,
    asked_project,
    errors,
)
from api.schemas import (
    AnyProjectFilter,
    CancelBody,
    Event,
    NodeVisit,
    Page,
    Run,
    RunFilter,
    RunProgress,
    RunTree,
)
from api.schemas.debug import DebuggedRunBody
from services.bootstrap import Services
from services.domain.access import Scope
from services.domain.events.frames import to_frame
from services.domain.runs import Run as StoredRun
from services.domain.threads import Joining
from services.errors import RunAlreadyExecutedError

router = APIRouter(tags=["runs"])


@dataclass(frozen=True, slots=True)
class Start:
    """How a run is to begin."""

    execute: Annotated[bool, Query(description="Whether to execute it at once.")] = False
    idempotency_key: IdempotencyKey = None


@router.get(
    "/projects/{project_id}/workflows/runs",
    operation_id="list_project_runs",
    summary="List the runs of a project, newest first",
    responses=errors(400, 404),
    dependencies=READ,
)
async def list_project_runs(
    services: ServicesDep, project_id: ProjectId, wanted: Annotated[RunFilter, Query()]
) -> Page[Run]:
    """The runs of all workflows of the project."""
    return await _page(services, project_id, wanted)


@router.post(
    "/projects/{project_id}/workflows/runs",
    operation_id="create_run",
    summary="Create a run",
    status_code=status.HTTP_201_CREATED,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=RUN,
)
async def create_run(
    services: ServicesDep,
    project_id: ProjectId,
    body: DebuggedRunBody,
    start: Annotated[Start, Depends()],
    request: Request,
    response: Response,
) -> Run:
    """The run is `pending` until it is executed, or until its turn on its thread has come."""
    if body.debug is not None:
        Needs(Scope.DEBUG)(request, principal_of(request))
    run = await _created(services, project_id, body, start.idempotency_key)
    response.headers["Location"] = request.url_for("get_run", run_id=run.id).path
    return _shown(await _begun(services, run) if start.execute else run)


@router.get(
    "/runs",
    operation_id="list_runs",
    summary="List runs, newest first",
    responses=errors(400, 404),
    dependencies=READ,
)
async def list_runs(
    services: ServicesDep, principal: PrincipalDep, wanted: Annotated[AnyProjectFilter, Query()]
) -> Page[Run]:
    """The same list as a project has, with the project as a part of the query."""
    project_id = await asked_project(services, principal, wanted.project_id)
    return await _page(services, project_id, wanted)


@router.get(
    "/runs/{run_id}",
    operation_id="get_run",
    summary="Read a run",
    responses=errors(404),
    dependencies=READ,
)
async def get_run(services: ServicesDep, run_id: RunId) -> Run:
    """How the run stands now."""
    return _shown(await services.runs.get(run_id))


@router.post(
    "/runs/{run_id}/execute",
    operation_id="execute_run",
    summary="Execute a pending run",
    status_code=status.HTTP_202_ACCEPTED,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=RUN,
)
async def execute_run(services: ServicesDep, run_id: RunId) -> Run:
    """Returns at once; the events tell how it goes."""
    return _shown(await services.runs.execute(run_id))


@router.post(
    "/runs/{run_id}/cancel",
    operation_id="cancel_run",
    summary="Stop a run",
    status_code=status.HTTP_202_ACCEPTED,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=RUN,
)
async def cancel_run(services: ServicesDep, run_id: RunId, body: CancelBody | None = None) -> Run:
    """The run is `cancelling` until its work has stopped; a pending one is `cancelled` at once."""
    return _shown(await services.runs.cancel(run_id, (body or CancelBody()).reason))


@router.post(
    "/runs/{run_id}/pause",
    operation_id="pause_run",
    summary="Pause a run",
    status_code=status.HTTP_202_ACCEPTED,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=RUN,
)
async def pause_run(services: ServicesDep, run_id: RunId) -> Run:
    """Nothing more of it begins; it is `paused` when nothing is at work, which may be at once."""
    return _shown(await services.runs.pause(run_id))


@router.post(
    "/runs/{run_id}/resume",
    operation_id="resume_run",
    summary="Let a paused run go on",
    status_code=status.HTTP_202_ACCEPTED,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=RUN,
)
async def resume_run(services: ServicesDep, run_id: RunId) -> Run:
    """Returns at once; the run is `paused` until a process goes on with it."""
    return _shown(await services.runs.resume(run_id))


@router.get(
    "/runs/{run_id}/nodes",
    operation_id="list_run_nodes",
    summary="List the visits of a run's nodes",
    responses=errors(400, 404),
    dependencies=READ,
)
async def list_run_nodes(
    services: ServicesDep,
    run_id: RunId,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="How many items at most.")] = 1_000,
) -> Page[NodeVisit]:
    """One item per visit; a node that was never visited has one with visit 0."""
    page = await services.runs.nodes(run_id, cursor=cursor, limit=limit)
    items = [NodeVisit.model_validate(state) for state in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


@router.get(
    "/runs/{run_id}/status",
    operation_id="get_run_status",
    summary="Read how far a run is",
    responses=errors(404),
    dependencies=READ,
)
async def get_run_status(services: ServicesDep, run_id: RunId) -> RunProgress:
    """What it is at, and when it may be done: small, for whoever asks again and again."""
    return RunProgress.of(await services.runs.progress(run_id))


@router.get(
    "/runs/{run_id}/tree",
    operation_id="get_run_tree",
    summary="Read a run with its sub-runs",
    responses=errors(404),
    dependencies=READ,
)
async def get_run_tree(services: ServicesDep, run_id: RunId) -> RunTree:
    """The runs that `subworkflow` nodes asked for, and those that these asked for in turn."""
    return RunTree.of(await services.runs.tree(run_id))


@router.get(
    "/runs/{run_id}/events",
    operation_id="list_run_events",
    summary="Read the log of a run",
    response_model=Page[Event],
    responses=errors(404),
    dependencies=READ,
)
async def list_run_events(
    services: ServicesDep,
    run_id: RunId,
    after_seq: Annotated[int, Query(ge=0, le=2**53, description="The last seq that you have.")] = 0,
    limit: Annotated[int, Query(ge=1, le=1_000, description="How many items at most.")] = 500,
) -> Response:
    """The events after a place, in order; `next_cursor` is null, go on with the last seq."""
    events = await services.runs.events(run_id, after_seq=after_seq, limit=limit)
    # An event is text from the moment it happens: it goes out as it is.
    items = ",".join(to_frame(run_id, stored).text for stored in events)
    return Response(f'{{"items":[{items}],"next_cursor":null}}', media_type="application/json")


async def _page(services: Services, project_id: str, wanted: RunFilter) -> Page[Run]:
    page = await services.runs.page(
        project_id, wanted.selection(), cursor=wanted.cursor, limit=wanted.limit
    )
    return Page(items=[_shown(run) for run in page.items], next_cursor=page.next_cursor)


async def _created(
    services: Services, project_id: str, body: DebuggedRunBody, key: str | None
) -> StoredRun:
    wanted = (body.workflow_id, body.input)
    if body.debug is not None:
        asked = body.debug.request()
        with pointing("/debug/breakpoints", pins="/debug/pins"):
            return await services.debug_wishes.create(
                project_id, *wanted, asked, version=body.version, idempotency_key=key
            )
    if body.thread_id is not None:
        joining = Joining(thread_id=body.thread_id, multitask=body.multitask)
        return await services.runs.join(
            project_id, joining, *wanted, version=body.version, idempotency_key=key
        )
    return await services.runs.create(
        project_id, *wanted, version=body.version, idempotency_key=key
    )


async def _begun(services: Services, run: StoredRun) -> StoredRun:
    """The run, executed unless an earlier request with the same key had it executed."""
    try:
        return await services.runs.execute(run.id)
    except RunAlreadyExecutedError:
        return await services.runs.get(run.id)


def _shown(run: StoredRun) -> Run:
    return Run.model_validate(run)
