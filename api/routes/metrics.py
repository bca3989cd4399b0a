"""What the process measures, for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.access import READ
from api.deps import ServicesDep, errors
from services.telemetry.metrics import CONTENT_TYPE

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
async def get_metrics(services: ServicesDep) -> Response:
    """Looks into the database for what waits there; without it the rest is told all the same."""
    # A media type as a header: the framework would add a second charset.
    return Response(await services.watching.text(), headers={"Content-Type": CONTENT_TYPE})
