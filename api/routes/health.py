"""Whether the server lives, and whether it can work."""

from __future__ import annotations

from fastapi import APIRouter

from api.deps import ServicesDep, errors
from api.schemas import Health, Part, Readiness

router = APIRouter(tags=["health"])


@router.get(
    "/healthz",
    operation_id="get_health",
    summary="Whether the process answers",
    responses=errors(),
)
async def get_health() -> Health:
    """Asks nobody else: a database that is away is no reason to restart the process."""
    return Health()


@router.get(
    "/readyz",
    operation_id="get_readiness",
    summary="Whether the server can work",
    responses=errors(),
)
async def get_readiness(services: ServicesDep) -> Readiness:
    """Looks at all that requests need; `errors` of a problem names what is not ready, and why."""
    parts = await services.readiness.check()
    return Readiness(parts=[Part.model_validate(part) for part in parts])
