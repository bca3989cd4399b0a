"""What the route for AG-UI's clients asks for."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path

from api.deps import ServicesDep
from api.langgraph.deps import ProjectId


async def _known_workflow(
    services: ServicesDep,
    project_id: ProjectId,
    workflow: Annotated[str, Path(description="The workflow, by its id or its name.")],
) -> str:
    return (await services.workflows.find(project_id, workflow)).id


WorkflowOfAddress = Annotated[str, Depends(_known_workflow)]
"""The id of the workflow of the address, which exists."""
