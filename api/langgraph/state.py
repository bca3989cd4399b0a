"""The state of a thread: how it stands, how it stood, and its history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter

from api.access import DEBUG, READ
from api.deps import ServicesDep
from api.errors import UnsupportedError
from api.langgraph.breaking import edit_stopped, is_stopped
from api.langgraph.deps import ProjectId, ThreadId
from api.langgraph.requests import HistoryBody, StateAtBody, UpdateBody
from api.langgraph.states import history, state_at, state_now
from services.bootstrap import Services
from workflow_compiler.definition import Variable

router = APIRouter(prefix="/threads/{thread_id}")


@router.get("/state", dependencies=READ)
async def get_state(
    services: ServicesDep, project_id: ProjectId, thread_id: ThreadId
) -> dict[str, Any]:
    """How the thread stands."""
    return await state_now(services, project_id, thread_id)


@router.get("/state/{checkpoint_id}", dependencies=READ)
async def get_state_at(
    services: ServicesDep, project_id: ProjectId, thread_id: ThreadId, checkpoint_id: str
) -> dict[str, Any]:
    """How it stood at a checkpoint."""
    return await state_at(services, project_id, thread_id, checkpoint_id)


@router.post("/state/checkpoint", dependencies=READ)
async def get_state_at_checkpoint(
    services: ServicesDep, project_id: ProjectId, thread_id: ThreadId, body: StateAtBody
) -> dict[str, Any]:
    """The same; without an id how it stands."""
    if body.checkpoint.checkpoint_id is None:
        return await state_now(services, project_id, thread_id)
    return await state_at(services, project_id, thread_id, body.checkpoint.checkpoint_id)


@router.post("/state", dependencies=DEBUG)
async def update_state(
    services: ServicesDep, project_id: ProjectId, thread_id: ThreadId, body: UpdateBody
) -> dict[str, Any]:
    """Writes into the variables with which the next run begins, or one that has stopped goes on."""
    if body.as_node is not None:
        raise UnsupportedError("/as_node", "between two runs there is no node to write as")
    if body.place is not None:
        raise UnsupportedError("/checkpoint", "the end of the thread only can be written to")
    run = await services.conversations.current(project_id, thread_id)
    if run is not None and is_stopped(run):
        await edit_stopped(services, run, body.writes)
    else:
        declared = await _declared(services, project_id, thread_id)
        await services.conversations.write(project_id, thread_id, body.writes, declared)
    checkpoint = (await state_now(services, project_id, thread_id))["checkpoint"]
    return {"checkpoint": checkpoint, "configurable": checkpoint}


async def _declared(services: Services, project_id: str, thread_id: str) -> Mapping[str, Variable]:
    """The variables of the workflow that runs on the thread, or will, as it says itself."""
    run = await services.conversations.current(project_id, thread_id)
    record = await services.conversations.record(project_id, thread_id)
    workflow_id = run.workflow_id if run is not None else record.metadata.get("assistant_id")
    if not isinstance(workflow_id, str):
        raise UnsupportedError("/values", "no workflow has run on this thread, so it has no state")
    workflow = await services.workflows.find(project_id, workflow_id)
    version = await services.workflows.version(project_id, workflow.id)
    return (await services.workflows.plan(version.version.definition)).variables


@router.post("/history", dependencies=READ)
async def get_history_as_asked(
    services: ServicesDep, project_id: ProjectId, thread_id: ThreadId, body: HistoryBody
) -> list[dict[str, Any]]:
    """Its earlier states, the newest first."""
    return await _history(services, project_id, thread_id, body)


@router.get("/history", dependencies=READ)
async def get_history(
    services: ServicesDep,
    project_id: ProjectId,
    thread_id: ThreadId,
    limit: int = 10,
    before: str | None = None,
) -> list[dict[str, Any]]:
    """The same, with a query instead of a body."""
    body = HistoryBody(limit=limit, before=before)
    return await _history(services, project_id, thread_id, body)


async def _history(
    services: Services, project_id: str, thread_id: str, body: HistoryBody
) -> list[dict[str, Any]]:
    states = await history(services, project_id, thread_id, body.limit, body.end)
    wanted = (body.metadata or {}).items()
    return [s for s in states if all(s["metadata"].get(key) == value for key, value in wanted)]
