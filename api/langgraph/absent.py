"""Parts of LangGraph's server that are not here, and where to go instead: asked, they say so."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Response

from api.access import READ
from api.deps import ServicesDep
from api.errors import AbsentError
from api.langgraph.deps import AssistantName, ProjectId, ThreadId

router = APIRouter()


@router.api_route("/store/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"], dependencies=READ)
async def use_store(rest: str) -> Response:
    """There is no store."""
    raise AbsentError(f"store/{rest}", "what a thread remembers are the variables of its workflow")


_INSTEAD: Final = "they are the workflows: publish at /api/v1/projects/{project}/workflows"


@router.post("/assistants", dependencies=READ)
async def make_assistant() -> Response:
    """There are no assistants beside the workflows."""
    raise AbsentError("making assistants", _INSTEAD)


@router.post("/assistants/{name}/latest", dependencies=READ)
@router.patch("/assistants/{name}", dependencies=READ)
@router.delete("/assistants/{name}", dependencies=READ)
async def change_assistant(
    services: ServicesDep, project_id: ProjectId, name: AssistantName
) -> Response:
    """A workflow is changed where it is published."""
    await services.workflows.find(project_id, name)
    raise AbsentError("changing assistants", _INSTEAD)


@router.post("/threads/{thread_id}/stream/events", dependencies=READ)
@router.post("/threads/{thread_id}/commands", dependencies=READ)
async def use_second_version(thread_id: ThreadId) -> Response:
    """There is only the first version of the protocol."""
    raise AbsentError(
        f"the second version of the protocol, for thread {thread_id!r}",
        "stream it, or its runs, by the first one",
    )


@router.post("/threads/{thread_id}/runs/crons", dependencies=READ)
async def create_cron_for_thread(thread_id: ThreadId) -> Response:
    """Schedules begin runs on threads of their own."""
    raise AbsentError(
        f"a cron for thread {thread_id!r}", "create one without a thread, at /runs/crons"
    )
