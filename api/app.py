"""The web application: the REST interface, the socket and the page, over given services."""

from __future__ import annotations

from collections.abc import Collection
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, FastAPI

from api import problems
from api.gate import Gate
from api.limits import BodyLimits
from api.live.endpoint import LiveEndpoint
from api.openapi import describe
from api.routes import (
    catalogue,
    health,
    looks,
    retries,
    runs,
    schedules,
    threads,
    waits,
    workflows,
)
from api.static import SecurityHeaders, UnknownAddress, page_routes
from services.bootstrap import Services

PREFIX: Final = "/api/v1"


def create_app(
    services: Services,
    *,
    names: Collection[str] | None = None,
    live: LiveEndpoint | None = None,
) -> FastAPI:
    """The application over these services; whoever opened them closes them.

    It can be served as it is or mounted in another application.

    Args:
        services: what the routes call.
        names: the host names that it answers to; None: any.
        live: the socket; by default one with the usual patience.
    """
    app = FastAPI(
        title="Workflows",
        summary="Runs workflows that are stored as data, and shows every step live.",
        version=version("workflow-compiler"),
        openapi_url=f"{PREFIX}/openapi.json",
        # Their pages come from elsewhere; the document itself is enough for every tool.
        docs_url=None,
        redoc_url=None,
    )
    app.state.services = services
    problems.install(app)
    app.include_router(_interface())
    app.add_api_websocket_route(f"{PREFIX}/ws", live or LiveEndpoint(), name="live")
    app.include_router(page_routes())
    app.router.default = UnknownAddress(app.router.default)
    app.add_middleware(BodyLimits)
    app.add_middleware(Gate, names=names)
    app.add_middleware(SecurityHeaders)  # added last: the outermost
    describe(app)
    return app


def _interface() -> APIRouter:
    """Everything below the prefix, and the health of the process, which has none."""
    interface = APIRouter()
    # Runs come first: `workflows/runs` is no workflow called `runs`.
    for routes in (runs, looks, retries, threads, workflows, waits, schedules, catalogue):
        interface.include_router(routes.router, prefix=PREFIX)
    interface.include_router(health.router)
    return interface
