"""Runs on threads: begun, answered, watched, stopped and forgotten."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Query, Response, status
from fastapi.responses import JSONResponse

from api.access import READ, RUN, PrincipalDep
from api.deps import ServicesDep
from api.errors import NothingActiveError, UnknownEventError
from api.langgraph.answers import leaving, stream_answer, wait_answer
from api.langgraph.asking import Started
from api.langgraph.deps import NewThreadId, ProjectId, RunOfThread, ThreadId
from api.langgraph.following import outcome
from api.langgraph.hearing import ListenerDep
from api.langgraph.history import MOST_RUNS
from api.langgraph.requests import Mode, RunBody, RunFilter, modes_of
from api.langgraph.shapes import run_json, selected
from api.langgraph.starting import start
from services.bootstrap import Services
from services.domain.runs import Run
from services.errors import RunIsOverError

router = APIRouter(prefix="/threads/{thread_id}/runs")

CANCELLED: Final = "cancelled by a client"

_SEQ: Final = re.compile(r"[0-9]{1,15}")

Action = Annotated[Literal["interrupt", "rollback"], Query(description="How to stop it.")]


@router.post("", dependencies=RUN)
async def create_run(
    services: ServicesDep,
    principal: PrincipalDep,
    project_id: ProjectId,
    thread_id: NewThreadId,
    body: RunBody,
) -> JSONResponse:
    """The run goes on by itself."""
    started = await start(services, principal, (project_id, thread_id), body)
    place = f"/threads/{thread_id}/runs/{started.run.id}"
    shown = await shown_run(services, started.run.id)
    return JSONResponse(shown, headers={"Content-Location": place})


@router.post("/stream", dependencies=RUN)
async def stream_run(
    services: ServicesDep,
    principal: PrincipalDep,
    listener: ListenerDep,
    project_id: ProjectId,
    thread_id: NewThreadId,
    body: RunBody,
) -> Response:
    """The run, and all that it does."""
    started = await start(services, principal, (project_id, thread_id), body, listener.hear)
    left = leaving(services, started.run, body.on_disconnect)
    return await stream_answer(
        services, listener, started, body.modes, subgraphs=body.stream_subgraphs, left=left
    )


@router.post("/wait", dependencies=RUN)
async def wait_for_run(
    services: ServicesDep,
    principal: PrincipalDep,
    project_id: ProjectId,
    thread_id: NewThreadId,
    body: RunBody,
) -> Response:
    """The run, and what it comes to."""
    started = await start(services, principal, (project_id, thread_id), body)
    return wait_answer(services, started, leaving(services, started.run, body.on_disconnect))


@router.get("", dependencies=READ)
async def list_runs(
    services: ServicesDep,
    project_id: ProjectId,
    thread_id: ThreadId,
    wanted: Annotated[RunFilter, Query()],
) -> list[dict[str, Any]]:
    """The runs of the thread, the newest first."""
    page = await services.threads.runs(project_id, thread_id, limit=MOST_RUNS)
    shown = await shown_runs(
        services, [run for run in page.items if not (run.is_rolled_back and run.is_over)]
    )
    fitting = [run for run in shown if wanted.status in {None, run["status"]}]
    return selected(fitting[wanted.offset : wanted.offset + wanted.limit], wanted.select)


@router.get("/{run}", dependencies=READ)
async def get_run(services: ServicesDep, run: RunOfThread) -> dict[str, Any]:
    """One run."""
    return await shown_run(services, run.id)


@router.get("/{run}/join", dependencies=READ)
async def join_run(services: ServicesDep, run: RunOfThread) -> Response:
    """What the run comes to."""
    return wait_answer(services, Started(run, run.event_count))


@router.get("/{run}/stream", dependencies=READ)
async def join_stream(
    services: ServicesDep,
    listener: ListenerDep,
    run: RunOfThread,
    stream_mode: Annotated[list[Mode | Literal[""]] | None, Query()] = None,
    last_event_id: Annotated[str | None, Header()] = None,
    cancel_on_disconnect: bool = False,
) -> Response:
    """What the run does from now on, or after the event that the client has seen last."""
    request = await _request(services, run.id)
    modes = [mode for mode in stream_mode or () if mode] or request.get("stream_mode")
    seq = await _seen(services, run, last_event_id)
    return await stream_answer(
        services,
        listener,
        Started(run, seq),
        modes_of(modes),
        subgraphs=bool(request.get("stream_subgraphs")),
        left=leaving(services, run, "cancel" if cancel_on_disconnect else "continue"),
    )


@router.post("/{run}/cancel", dependencies=RUN)
async def cancel_run(
    services: ServicesDep, run: RunOfThread, wait: bool = False, action: Action = "interrupt"
) -> JSONResponse:
    """The run stops; with `rollback` it is as if it had never been."""
    await stop_run(services, run, action)
    if wait:
        await outcome(services, run, run.event_count)
    return JSONResponse({}, status.HTTP_200_OK if wait else status.HTTP_202_ACCEPTED)


@router.delete("/{run}", status_code=status.HTTP_204_NO_CONTENT, dependencies=RUN)
async def delete_run(services: ServicesDep, run: RunOfThread) -> Response:
    """The run is forgotten; 409 while it goes on."""
    await services.conversations.delete_run(run)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


async def stop_run(services: Services, run: Run, action: str) -> None:
    """Have a run stop.

    Raises:
        NothingActiveError: it is over.
    """
    stop = services.runs.roll_back if action == "rollback" else services.runs.cancel
    try:
        await stop(run.id, CANCELLED)
    except RunIsOverError as error:
        raise NothingActiveError(run.id) from error


async def shown_run(services: Services, run_id: str) -> dict[str, Any]:
    """A run as it stands now."""
    (shown,) = await shown_runs(services, [await services.runs.get(run_id)])
    return shown


async def shown_runs(services: Services, runs: list[Run]) -> list[dict[str, Any]]:
    """Runs as they stand now."""
    requests = await services.conversations.records.requests([run.id for run in runs])
    return [
        run_json(run, await services.interrupts.stop(run.id), requests.get(run.id, {}))
        for run in runs
    ]


async def _request(services: Services, run_id: str) -> dict[str, Any]:
    return dict((await services.conversations.records.requests([run_id])).get(run_id, {}))


async def _seen(services: Services, run: Run, last_event_id: str | None) -> int:
    """The place in the log after which a client wants to hear: -1 is before all of it.

    Raises:
        UnknownEventError: the log has no such place.
    """
    if last_event_id == "-1":
        return 0
    head = await services.log.head(run.id)
    if last_event_id is None:
        return head
    if not _SEQ.fullmatch(last_event_id) or int(last_event_id) > head:
        raise UnknownEventError(last_event_id, head)
    return int(last_event_id)
