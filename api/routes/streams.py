"""Server-sent events: what the socket shows, for clients that have only HTTP."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, status
from fastapi.responses import Response

from api.access import READ
from api.deps import ProjectId, RunId, ServicesDep, errors
from api.live.sse import MEDIA_TYPE, event_stream
from api.live.stream import stream
from api.live.told import OfProject, OfRun
from services.live.channels import ALL_CHANNELS, Channel

router = APIRouter(tags=["runs"])

AfterSeq = Annotated[int, Query(ge=0, le=2**53, description="The last seq that you have.")]
LastEventId = Annotated[
    int | None,
    Header(ge=0, le=2**53, description="The same, as browsers say it; it overrides `after_seq`."),
]
Channels = Annotated[
    list[Channel] | None, Query(description="Only these kinds of events; all when absent.")
]

_EXAMPLE = """retry: 1000
event: subscribed
data: {"head_seq":1}

id: 1
data: {"seq":1,"type":"workflow.run.created","run_id":"0199…","at":"2026-11-21T04:14:01Z","data":{}}

event: end
data: {}
"""


_ONE_EVENT: Final = {
    "type": "object",
    "description": "One event of the stream, as its fields say it.",
    "properties": {
        "id": {"type": "string", "description": "The seq of an event of the log."},
        "event": {"type": "string"},
        "data": {"type": "string", "description": "A frame as the socket sends it, as JSON."},
        "retry": {"type": "integer"},
    },
}


def _streams(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": _ONE_EVENT, "example": _EXAMPLE}}
    return {200: {"description": "The events.", "content": content}} | errors(*statuses)


@router.get(
    "/runs/{run_id}/events/stream",
    operation_id="stream_run_events",
    summary="Follow a run with server-sent events",
    status_code=status.HTTP_200_OK,
    response_class=Response,
    responses=_streams(404),
    dependencies=READ,
)
async def stream_run_events(
    services: ServicesDep,
    run_id: RunId,
    after_seq: AfterSeq = 0,
    last_event_id: LastEventId = None,
    channels: Channels = None,
) -> Response:
    """The log after a place, then live, until `event: end`; the `id` of an event is its seq."""
    run = await services.runs.get(run_id)
    seen = after_seq if last_event_id is None else last_event_id
    return event_stream(stream(services, OfRun(run.id, seen, _wanted(channels))))


@router.get(
    "/projects/{project_id}/events/stream",
    operation_id="stream_project_events",
    summary="Follow all runs of a project with server-sent events",
    status_code=status.HTTP_200_OK,
    response_class=Response,
    responses=_streams(404),
    dependencies=READ,
)
async def stream_project_events(
    services: ServicesDep,
    project_id: ProjectId,
    last_event_id: Annotated[str | None, Header(description="Whoever comes back.")] = None,
    channels: Channels = None,
) -> Response:
    """What happens from now on. A project has no log: whoever comes back is told to `resync`."""
    wanted = OfProject(project_id, last_event_id is not None, _wanted(channels))
    return event_stream(stream(services, wanted))


def _wanted(channels: list[Channel] | None) -> frozenset[Channel]:
    return ALL_CHANNELS if channels is None else frozenset(channels)
