"""The web application: the REST interface, the socket and the page, over given services."""

from __future__ import annotations

import time
from collections.abc import Collection
from functools import cache
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, Depends, FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute

from api import problems
from api.access import Access
from api.agui.router import router as agui
from api.gate import CROSS_ORIGIN, Gate
from api.langgraph.router import router as langgraph
from api.limits import BodyLimits
from api.live.endpoint import LiveEndpoint
from api.metering import Metering
from api.openapi import describe
from api.queries import must_be_known
from api.routes import (
    audit,
    bulk,
    catalogue,
    debugging,
    health,
    keys,
    looks,
    metrics,
    projects,
    retention,
    retries,
    runs,
    schedules,
    streams,
    threads,
    waits,
    webhooks,
    workflows,
)
from api.static import SecurityHeaders, UnknownAddress, page_routes
from api.tracing import TraceContext
from services.bootstrap import Services
from services.domain.rates import Buckets

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
        routes=_routes(),
    )
    app.state.services = services
    app.state.buckets = Buckets(services.settings.rate_limit, time.monotonic)
    app.state.live = live or LiveEndpoint()
    problems.install(app)
    app.add_api_websocket_route(f"{PREFIX}/ws", app.state.live, name="live")
    app.router.default = UnknownAddress(app.router.default)
    app.add_middleware(TraceContext)
    app.add_middleware(BodyLimits)
    app.add_middleware(Access, access=services.access, audit=services.audit)
    origins = services.settings.origins
    app.add_middleware(Gate, names=names, origins=origins)
    if origins:
        app.add_middleware(CORSMiddleware, allow_origins=origins, **CROSS_ORIGIN)
    app.add_middleware(SecurityHeaders)
    # Added last: the outermost, which sees what the others refuse.
    app.add_middleware(Metering, metrics=services.watching.telemetry.metrics)
    describe(app)
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Everything below the prefix, and what has one of its own or none.

    They hold nothing of an application, so all share them: it takes long to make them out of the
    signatures of their functions.
    """
    interface = APIRouter()
    # Runs come first: `workflows/runs` is no workflow called `runs`.
    for routes in (
        runs,
        streams,
        bulk,
        looks,
        debugging,
        retries,
        retention,
        projects,
        keys,
        audit,
        threads,
        workflows,
        waits,
        schedules,
        webhooks,
        catalogue,
    ):
        # The newer clients of other protocols may say more in queries than is known here.
        closed = [Depends(must_be_known)]
        interface.include_router(routes.router, prefix=PREFIX, dependencies=closed)
    interface.include_router(health.router)
    interface.include_router(metrics.router)
    interface.include_router(langgraph)
    interface.include_router(agui)
    interface.include_router(page_routes())
    return interface.routes
