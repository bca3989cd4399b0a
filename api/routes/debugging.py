"""Debugging runs: where they stop, how they go on, what is changed, and forks."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request, Response, status

from api.access import DEBUG, READ
from api.debug_pointers import pointing
from api.deps import BODY_ERRORS, IdempotencyKey, ProjectId, RunId, ServicesDep, WorkflowId, errors
from api.schemas import Run
from api.schemas.debug import (
    BreakpointBody,
    BreakpointDocument,
    BreakpointList,
    BreakpointsBody,
    ContinueBody,
    EditBody,
    Mode,
    RunStops,
    SkipBody,
    StepBody,
)
from api.schemas.forks import ForkBody, ForkedRun
from services.domain.events.stops import Breakpoint, Going

router = APIRouter(tags=["debugging"])

BreakpointId = Annotated[
    str, Path(min_length=1, max_length=200, description="The breakpoint's id.")
]

_GOING = {Mode.OVER: Going.OVER, Mode.INTO: Going.INTO}

_PUT: Final[dict[int | str, dict[str, Any]]] = {
    200: {"model": BreakpointDocument, "description": "The run had one with this id: it changed."},
    201: {"model": BreakpointDocument, "description": "It is new in the run."},
}


@router.get(
    "/runs/{run_id}/breakpoints",
    operation_id="list_breakpoints",
    summary="Read the breakpoints of a run",
    responses=errors(404),
    dependencies=READ,
)
async def list_breakpoints(services: ServicesDep, run_id: RunId) -> BreakpointList:
    """Where it stops."""
    return BreakpointList.of((await services.debugging.get(run_id)).debugging.breakpoints)


@router.put(
    "/runs/{run_id}/breakpoints",
    operation_id="set_breakpoints",
    summary="Have these breakpoints in a run and no others",
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=DEBUG,
)
async def set_breakpoints(
    services: ServicesDep, run_id: RunId, body: BreakpointsBody
) -> BreakpointList:
    """From now on, whether the run has begun or not."""
    with pointing("/breakpoints"):
        return BreakpointList.of(await services.breakpoints.replace_all(run_id, body.all()))


@router.post(
    "/runs/{run_id}/breakpoints",
    operation_id="add_breakpoint",
    summary="Add a breakpoint to a run",
    status_code=status.HTTP_201_CREATED,
    responses=errors(404, 409, *BODY_ERRORS) | _PUT,
    dependencies=DEBUG,
)
async def add_breakpoint(
    services: ServicesDep, run_id: RunId, body: BreakpointBody, response: Response
) -> BreakpointDocument:
    """One with an id that the run has already takes its place."""
    return await _put(services, run_id, body.breakpoint(), response)


@router.put(
    "/runs/{run_id}/breakpoints/{breakpoint_id:path}",
    operation_id="put_breakpoint",
    summary="Add or change the breakpoint with this id",
    responses=errors(404, 409, *BODY_ERRORS) | _PUT,
    dependencies=DEBUG,
)
async def put_breakpoint(
    services: ServicesDep,
    run_id: RunId,
    breakpoint_id: BreakpointId,
    body: BreakpointBody,
    response: Response,
) -> BreakpointDocument:
    """The id of the address is the one that counts; one that is changed counts its hits anew."""
    return await _put(services, run_id, body.breakpoint(breakpoint_id), response)


async def _put(
    services: ServicesDep, run_id: RunId, wanted: Breakpoint, response: Response
) -> BreakpointDocument:
    with pointing("", "/0"):
        put = await services.breakpoints.put(run_id, wanted)
    response.status_code = status.HTTP_201_CREATED if put.is_new else status.HTTP_200_OK
    return BreakpointDocument.model_validate(put.breakpoint)


@router.delete(
    "/runs/{run_id}/breakpoints/{breakpoint_id:path}",
    operation_id="remove_breakpoint",
    summary="Have a run without a breakpoint",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=DEBUG,
)
async def remove_breakpoint(
    services: ServicesDep, run_id: RunId, breakpoint_id: BreakpointId
) -> None:
    """Nothing happens where it has none with this id; what has stopped stays where it is."""
    await services.breakpoints.remove(run_id, breakpoint_id)


@router.get(
    "/runs/{run_id}/stops",
    operation_id="list_stops",
    summary="Read what has stopped in a run",
    responses=errors(404),
    dependencies=READ,
)
async def list_stops(services: ServicesDep, run_id: RunId) -> RunStops:
    """With what each would go on, what else was at work, and the breakpoints."""
    return RunStops.of(await services.debugging.get(run_id))


@router.post(
    "/runs/{run_id}/step",
    operation_id="step_run",
    summary="Let one stopped visit go on, and stop at what follows it",
    status_code=status.HTTP_202_ACCEPTED,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=DEBUG,
)
async def step_run(services: ServicesDep, run_id: RunId, body: StepBody | None = None) -> Run:
    """All else stays where it is; in a run that is paused between visits, the next one stops."""
    wanted = body or StepBody()
    if wanted.mode is Mode.OUT:
        return Run.model_validate(await services.debugging.step_out(run_id, wanted.where()))
    going = _GOING[wanted.mode]
    run = await services.debugging.step(run_id, wanted.where(), going, again=wanted.retry)
    return Run.model_validate(run)


@router.post(
    "/runs/{run_id}/continue",
    operation_id="continue_run",
    summary="Let stopped visits go on, up to a breakpoint",
    status_code=status.HTTP_202_ACCEPTED,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=DEBUG,
)
async def continue_run(
    services: ServicesDep, run_id: RunId, body: ContinueBody | None = None
) -> Run:
    """All of them where none is named; with `until`, once to that node."""
    wanted = body or ContinueBody()
    if wanted.until is not None:
        with pointing("/until", "/0/node_id"):
            return Run.model_validate(await services.debugging.run_to(run_id, wanted.until))
    return Run.model_validate(await services.debugging.go_on(run_id, wanted.where()))


@router.post(
    "/runs/{run_id}/skip",
    operation_id="skip_visit",
    summary="Have a stopped visit come to an output without doing its work",
    status_code=status.HTTP_202_ACCEPTED,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=DEBUG,
)
async def skip_visit(services: ServicesDep, run_id: RunId, body: SkipBody) -> Run:
    """It goes on with that, and what follows it stops."""
    run = await services.debugging.skip(run_id, body.where(), body.output)
    return Run.model_validate(run)


@router.patch(
    "/runs/{run_id}/state",
    operation_id="edit_run_state",
    summary="Change what a stopped visit goes on with",
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=DEBUG,
)
async def edit_run_state(services: ServicesDep, run_id: RunId, body: EditBody) -> RunStops:
    """It stays where it is; what is absent from the body stays as it is, null is a value."""
    await services.debugging.edit(run_id, body.where(), body.given())
    return RunStops.of(await services.debugging.get(run_id))


@router.post(
    "/runs/{run_id}/fork",
    operation_id="fork_run",
    summary="Leave a run at any moment of its log, in a new run",
    status_code=status.HTTP_201_CREATED,
    responses=errors(404, 409, *BODY_ERRORS),
    dependencies=DEBUG,
)
async def fork_run(
    services: ServicesDep,
    run_id: RunId,
    request: Request,
    response: Response,
    body: ForkBody | None = None,
    idempotency_key: IdempotencyKey = None,
) -> ForkedRun:
    """What had ended by then is kept, all else begins anew at once; this run is only read."""
    with pointing("/debug/breakpoints", pins="/debug/pins"):
        wish = (body or ForkBody()).wish()
        fork = await services.forks.fork(run_id, wish, idempotency_key=idempotency_key)
    response.headers["Location"] = request.url_for("get_run", run_id=fork.run.id).path
    return ForkedRun.of_fork(fork)


@router.get(
    "/projects/{project_id}/workflows/{workflow_id}/breakpoints",
    operation_id="list_kept_breakpoints",
    summary="Read the breakpoints that are kept with a workflow",
    responses=errors(404),
    dependencies=READ,
)
async def list_kept_breakpoints(
    services: ServicesDep, project_id: ProjectId, workflow_id: WorkflowId
) -> BreakpointList:
    """Runs begin with them that ask for `kept_breakpoints`, and sub-runs that are stepped into."""
    return BreakpointList.of(await services.breakpoints.kept_with(project_id, workflow_id))


@router.put(
    "/projects/{project_id}/workflows/{workflow_id}/breakpoints",
    operation_id="keep_breakpoints",
    summary="Keep these breakpoints with a workflow and no others",
    responses=errors(404, *BODY_ERRORS),
    dependencies=DEBUG,
)
async def keep_breakpoints(
    services: ServicesDep, project_id: ProjectId, workflow_id: WorkflowId, body: BreakpointsBody
) -> BreakpointList:
    """They are checked against its newest version."""
    with pointing("/breakpoints"):
        kept = await services.breakpoints.keep(project_id, workflow_id, body.all())
    return BreakpointList.of(kept)
