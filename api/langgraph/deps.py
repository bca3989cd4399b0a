"""What the routes for LangGraph's clients ask for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request

from api.access import PrincipalDep
from api.deps import ServicesDep, asked_project
from api.langgraph.requests import THREAD_ID_PATTERN
from services.domain.runs import Run


async def _project(request: Request, services: ServicesDep, principal: PrincipalDep) -> str:
    project_id = await asked_project(services, principal, None)
    request.state.project_id = project_id
    return project_id


ProjectId = Annotated[str, Depends(_project)]
"""The project that a client works in: these know of none, so it is that of their key."""

AssistantName = Annotated[str, Path(description="The workflow, by its id or its name.")]


async def _known_thread(
    services: ServicesDep,
    project_id: ProjectId,
    thread_id: Annotated[str, Path(description="The thread.")],
) -> str:
    await services.threads.get(project_id, thread_id)
    return thread_id


ThreadId = Annotated[str, Depends(_known_thread)]
"""The thread of the address, which exists."""

NewThreadId = Annotated[
    str, Path(pattern=THREAD_ID_PATTERN, description="The thread, which need not exist.")
]


async def _known_run(
    services: ServicesDep,
    project_id: ProjectId,
    thread_id: ThreadId,
    run: Annotated[str, Path(description="The run.")],
) -> Run:
    return await services.conversations.run(project_id, thread_id, run)


RunOfThread = Annotated[Run, Depends(_known_run)]
"""The run of the address, which is one of its thread."""
