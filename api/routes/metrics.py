"""What the process measures, for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.access import READ, PrincipalDep
from api.deps import ServicesDep, errors
from services.telemetry.metrics import CONTENT_TYPE
from services.usecases.access import require_all_projects

router = APIRouter(tags=["health"])


@router.get(
    "/metrics",
    operation_id="get_metrics",
    summary="What the process counts and measures",
    response_class=Response,
    responses={
        **errors(),
        200: {
            "description": "The metrics in the text format of Prometheus.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        },
    },
    dependencies=READ,
)
async def get_metrics(services: ServicesDep, principal: PrincipalDep) -> Response:
    """It needs a key for all projects. Without the database the rest is told all the same."""
    require_all_projects(principal)
    # A media type as a header: the framework would add a second charset.
    return Response(await services.watching.text(), headers={"Content-Type": CONTENT_TYPE})
