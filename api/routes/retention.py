"""Forgetting runs that nobody needs any more."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import ADMIN
from api.deps import BODY_ERRORS, ProjectId, ServicesDep, errors
from api.schemas.retention import PruneBody, Pruned

router = APIRouter(prefix="/projects/{project_id}", tags=["runs"])


@router.post(
    "/runs:prune",
    operation_id="prune_runs",
    summary="Forget runs that ended long ago",
    responses=errors(404, *BODY_ERRORS),
    dependencies=ADMIN,
)
async def prune_runs(services: ServicesDep, project_id: ProjectId, body: PruneBody) -> Pruned:
    """A few at a time, with their sub-runs, events and tasks; what may be gone on from stays."""
    step = await services.retention.prune_some(
        project_id, body.expiry(), body.after(), is_rehearsal=body.dry_run
    )
    return Pruned.of(step)
