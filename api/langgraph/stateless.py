"""Runs without a thread of the client's: each has one of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Response, status
from fastapi.responses import JSONResponse

from api.access import RUN, PrincipalDep
from api.deps import ServicesDep
from api.errors import NothingActiveError
from api.langgraph.answers import leaving, stream_answer, wait_answer
from api.langgraph.deps import ProjectId
from api.langgraph.hearing import ListenerDep
from api.langgraph.requests import CancelManyBody, RunBody
from api.langgraph.runs import Action, shown_run, stop_run
from api.langgraph.starting import must_be_startable, start_alone
from services.bootstrap import Services
from services.domain.runs import Run, RunStatus
from services.domain.selecting import RunSelection
from services.store.paging import every

router = APIRouter(prefix="/runs")

MOST_AT_ONCE: Final = 100

_STATUSES: Final = {
    "pending": (RunStatus.PENDING,),
    "running": (RunStatus.RUNNING, RunStatus.WAITING),
    "all": (RunStatus.PENDING, RunStatus.RUNNING, RunStatus.WAITING, RunStatus.PAUSED),
}


@router.post("", dependencies=RUN)
async def create_run_alone(
    services: ServicesDep, principal: PrincipalDep, project_id: ProjectId, body: RunBody
) -> JSONResponse:
    """The run goes on by itself."""
    run = (await start_alone(services, principal, project_id, body)).run
    shown = await shown_run(services, run.id)
    place = f"/threads/{run.thread_id}/runs/{run.id}"
    return JSONResponse(shown, headers={"Content-Location": place})


@router.post("/stream", dependencies=RUN)
async def stream_run_alone(
    services: ServicesDep,
    principal: PrincipalDep,
    listener: ListenerDep,
    project_id: ProjectId,
    body: RunBody,
) -> Response:
    """The run, and all that it does."""
    started = await start_alone(services, principal, project_id, body, listener.hear)
    left = leaving(services, started.run, body.on_disconnect)
    return await stream_answer(
        services, listener, started, body.modes, subgraphs=body.stream_subgraphs, left=left
    )


@router.post("/wait", dependencies=RUN)
async def wait_for_run_alone(
    services: ServicesDep, principal: PrincipalDep, project_id: ProjectId, body: RunBody
) -> Response:
    """The run, and what it comes to."""
    started = await start_alone(services, principal, project_id, body)
    return wait_answer(services, started, leaving(services, started.run, body.on_disconnect))


@router.post("/batch", dependencies=RUN)
async def create_runs_alone(
    services: ServicesDep,
    principal: PrincipalDep,
    project_id: ProjectId,
    bodies: Annotated[list[RunBody], Body(min_length=1, max_length=MOST_AT_ONCE)],
) -> list[dict[str, Any]]:
    """Many runs at once, which go on by themselves; none begins where one cannot be had."""
    for body in bodies:
        await must_be_startable(services, principal, project_id, body)
    started = [await start_alone(services, principal, project_id, body) for body in bodies]
    return [await shown_run(services, each.run.id) for each in started]


@router.post("/cancel", status_code=status.HTTP_204_NO_CONTENT, dependencies=RUN)
async def cancel_runs(
    services: ServicesDep, project_id: ProjectId, body: CancelManyBody, action: Action = "interrupt"
) -> Response:
    """Those runs stop that have not ended."""
    runs = [run async for run in _wanted(services, project_id, body)]
    for run in runs:
        with suppress(NothingActiveError):
            await stop_run(services, run, action)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


async def _wanted(services: Services, project_id: str, body: CancelManyBody) -> AsyncIterator[Run]:
    for run_id in body.run_ids or ():
        yield await services.conversations.run(project_id, body.thread_id or "", run_id)
    if body.status is None:
        return
    wanted = RunSelection(statuses=_STATUSES[body.status])
    async for run in every(lambda cursor: services.runs.page(project_id, wanted, cursor=cursor)):
        yield run
