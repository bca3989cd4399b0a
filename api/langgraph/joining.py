"""New runs on a thread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.langgraph.asking import Asked, Started
from api.langgraph.breaking import wish_of
from services.bootstrap import Services
from services.domain.runs import Run
from services.errors import RunAlreadyExecutedError
from services.store.workflows import StoredWorkflow
from services.usecases.accepting import Background


async def joined(asked: Asked, variables: Mapping[str, Any] | None = None) -> Started:
    """A new run, which begins with these variables or with what is left on the thread."""
    services, body = asked.services, asked.body
    debug = wish_of(body, await newest_definition(services, asked.workflow))
    joining = await asked.joining(variables)
    run = await services.runs.create(
        asked.project_id,
        asked.workflow.id,
        body.input or {},
        background=Background(joining=joining, debug=debug),
    )
    started = await asked.kept(run, run.event_count)
    if not joining.is_due:
        await _executed(services, run)
    return started


async def newest_definition(services: Services, workflow: StoredWorkflow) -> dict[str, Any]:
    """That of the version that a new run takes."""
    version = await services.runs.versions.head(workflow.project_id, workflow.id)
    return dict(version.definition) if version is not None else {"nodes": []}


async def _executed(services: Services, run: Run) -> None:
    try:
        await services.runs.execute(run.id)
    except RunAlreadyExecutedError:
        return  # another client has cancelled it meanwhile
