"""The state of a thread: how it stands, how it stood, and its history."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Query

from api.access import DEBUG, READ
from api.deps import ServicesDep
from api.langgraph.deps import ProjectId, ThreadId
from api.langgraph.history import history
from api.langgraph.requests import HistoryBody, StateAtBody, UpdateBody
from api.langgraph.shapes import fits
from api.langgraph.states import state_at, state_now
from api.langgraph.writing import write_state
from services.bootstrap import Services

router = APIRouter(prefix="/threads/{thread_id}")

MOST_STATES: Final = 1_000
"""So many states are looked through for those that fit."""


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
    """Writes values to the thread, or to an earlier checkpoint; tells where it is then."""
    await write_state(services, project_id, thread_id, body)
    checkpoint = (await state_now(services, project_id, thread_id))["checkpoint"]
    return {"checkpoint": checkpoint, "configurable": checkpoint}


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
    limit: Annotated[int, Query(ge=1, le=1_000)] = 10,
    before: str | None = None,
) -> list[dict[str, Any]]:
    """The same, with a query instead of a body."""
    body = HistoryBody(limit=limit, before=before)
    return await _history(services, project_id, thread_id, body)


async def _history(
    services: Services, project_id: str, thread_id: str, body: HistoryBody
) -> list[dict[str, Any]]:
    limit = MOST_STATES if body.metadata else body.limit
    states = await history(services, project_id, thread_id, limit, body.end)
    return [state for state in states if fits(state["metadata"], body.metadata)][: body.limit]
