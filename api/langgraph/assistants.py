"""Assistants: the stored workflows, each under its id and its name."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, Final

from fastapi import APIRouter, Response

from api.access import READ
from api.deps import ServicesDep
from api.langgraph.deps import AssistantName, ProjectId
from api.langgraph.requests import AssistantFilter, Filter
from api.langgraph.shapes import (
    ASSISTANT_METADATA,
    assistant_json,
    fits,
    graph_json,
    schemas_json,
    selected,
)
from services.bootstrap import Services
from services.store.paging import every
from services.store.workflows import StoredVersion, StoredWorkflow

router = APIRouter()

PAGE_LIMIT: Final = 200


@router.post("/assistants/search", dependencies=READ)
async def search_assistants(
    services: ServicesDep, project_id: ProjectId, wanted: AssistantFilter, response: Response
) -> list[dict[str, Any]]:
    """The workflows of the project that fit, a page of them."""
    found = [assistant_json(workflow) for workflow in await _fitting(services, project_id, wanted)]
    found.sort(key=lambda each: str(each[wanted.sort_by]), reverse=wanted.sort_order == "desc")
    end = wanted.offset + wanted.limit
    if len(found) > end:
        response.headers["X-Pagination-Next"] = str(end)
    return selected(found[wanted.offset : end], wanted.select)


@router.post("/assistants/count", dependencies=READ)
async def count_assistants(
    services: ServicesDep, project_id: ProjectId, wanted: AssistantFilter
) -> int:
    """How many fit."""
    return len(await _fitting(services, project_id, wanted))


@router.get("/assistants/{name:path}/graph", dependencies=READ)
async def get_assistant_graph(
    services: ServicesDep, project_id: ProjectId, name: AssistantName
) -> dict[str, Any]:
    """Its graph; containers are nodes like any other, however much `xray` asks for."""
    return graph_json(await _head(services, project_id, name))


@router.get("/assistants/{name:path}/schemas", dependencies=READ)
async def get_assistant_schemas(
    services: ServicesDep, project_id: ProjectId, name: AssistantName
) -> dict[str, Any]:
    """What it takes, gives and remembers."""
    return schemas_json(await _head(services, project_id, name))


@router.get("/assistants/{name:path}/subgraphs", dependencies=READ)
@router.get("/assistants/{name:path}/subgraphs/{namespace:path}", dependencies=READ)
async def get_assistant_subgraphs(
    services: ServicesDep, project_id: ProjectId, name: AssistantName
) -> dict[str, Any]:
    """None: a sub-run is a run of its own, and what is in a container belongs to its graph."""
    await services.workflows.find(project_id, name)
    return {}


@router.post("/assistants/{name:path}/versions", dependencies=READ)
async def list_assistant_versions(
    services: ServicesDep, project_id: ProjectId, name: AssistantName, wanted: Filter
) -> list[dict[str, Any]]:
    """Its versions, the newest first."""
    workflow = await services.workflows.find(project_id, name)
    if not fits(ASSISTANT_METADATA, wanted.metadata):
        return []
    numbers = range(workflow.head_version - wanted.offset, 0, -1)
    versions = [
        await services.workflows.version(project_id, workflow.id, number)
        for number in numbers[: wanted.limit]
    ]
    return [
        assistant_json(workflow) | {"version": each.version.version, "name": each.version.name}
        for each in versions
    ]


# The last one: any longer address would be one of a name with a slash.
@router.get("/assistants/{name:path}", dependencies=READ)
async def get_assistant(
    services: ServicesDep, project_id: ProjectId, name: AssistantName
) -> dict[str, Any]:
    """One workflow."""
    workflow = await services.workflows.find(project_id, name)
    version = await services.runs.versions.head(project_id, workflow.id)
    described = version.definition.get("description") if version is not None else None
    return assistant_json(workflow, described)


async def _fitting(
    services: Services, project_id: str, wanted: AssistantFilter
) -> list[StoredWorkflow]:
    if not fits(ASSISTANT_METADATA, wanted.metadata):
        return []
    return [
        workflow
        async for workflow in _all(services, project_id)
        if wanted.graph_id in {None, workflow.name, workflow.id}
        and (wanted.name or "").lower() in workflow.name.lower()
    ]


def _all(services: Services, project_id: str) -> AsyncIterator[StoredWorkflow]:
    return every(
        lambda cursor: services.workflows.page(project_id, cursor=cursor, limit=PAGE_LIMIT)
    )


async def _head(services: Services, project_id: str, name: str) -> StoredVersion:
    workflow = await services.workflows.find(project_id, name)
    return (await services.workflows.version(project_id, workflow.id)).version
