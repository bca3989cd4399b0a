"""Looking into runs: as of any entry of the log, two side by side, and one node on its own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from api.access import DEBUG, READ
from api.answers import answer
from api.deps import BODY_ERRORS, Cursor, Limit, OtherRunId, RunId, ServicesDep, errors
from api.schemas import Page
from api.schemas.diffs import RunDiff, run_diff
from api.schemas.looks import Checkpoint, LoneVisit, LoneVisitBody, RunState
from services.store.paging import from_cursor
from services.usecases.alone import Wanted
from services.usecases.checkpoints import checkpoints_of

router = APIRouter(tags=["runs"])


@router.get(
    "/runs/{run_id}/state",
    operation_id="get_run_state",
    summary="Read how a run stood at any moment",
    response_model=RunState,
    responses=errors(400, 404),
    dependencies=READ,
)
async def get_run_state(
    services: ServicesDep,
    run_id: RunId,
    seq: Annotated[
        int | None,
        Query(ge=1, le=2**53, description="After which entry of the log; the last one by default."),
    ] = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="How many nodes at most.")] = 200,
) -> Response:
    """Nodes, variables, tokens and who waits for what, worked out from the log alone."""
    look = await services.looks.state(run_id, seq, cursor=cursor, limit=limit)
    return await answer(services, lambda: RunState.of(look))


@router.get(
    "/runs/{run_id}/checkpoints",
    operation_id="list_checkpoints",
    summary="List the places in a run's log where nothing is half done",
    responses=errors(400, 404),
    dependencies=READ,
)
async def list_checkpoints(
    services: ServicesDep, run_id: RunId, cursor: Cursor = None, limit: Limit = 50
) -> Page[Checkpoint]:
    """In the order of the log; `state` shows the run at each `seq`, a `fork` may leave there."""
    page = await checkpoints_of(services.looks, run_id, cursor=cursor, limit=limit)
    items = [Checkpoint.of(run_id, found) for found in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


@router.get(
    "/runs/{run_id}/diff/{other_id}",
    operation_id="diff_runs",
    summary="Compare two runs",
    response_model=RunDiff,
    responses=errors(400, 404),
    dependencies=READ,
)
async def diff_runs(
    services: ServicesDep,
    run_id: RunId,
    other_id: OtherRunId,
    everything: Annotated[
        bool, Query(alias="all", description="Whether to list visits that do not differ too.")
    ] = False,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=1_000, description="How many visits at most.")] = 200,
) -> Response:
    """Visits are aligned by node, path and number; the runs may be of different versions."""
    (after,) = from_cursor(cursor, int) if cursor is not None else (0,)
    found = await services.looks.compare(run_id, other_id)
    return await answer(
        services, lambda: run_diff(found, after=after, limit=limit, everything=everything)
    )


@router.post(
    "/runs/{run_id}/nodes/{node_id:path}/run",
    operation_id="run_node_alone",
    summary="Run one node alone",
    response_model=LoneVisit,
    responses=errors(404, *BODY_ERRORS),
    dependencies=DEBUG,
)
async def run_node_alone(
    services: ServicesDep,
    run_id: RunId,
    node_id: Annotated[str, Path(description="The node's id.")],
    body: LoneVisitBody | None = None,
) -> Response:
    """It really does its work, with the input of a visit or another one; the run is only read."""
    asked = body or LoneVisitBody()
    wanted = Wanted(node_id=node_id, path=asked.path, visit=asked.visit, given=asked.input)
    done = await services.lone_visits.run(run_id, wanted)
    return await answer(services, lambda: LoneVisit.of(run_id, done))
