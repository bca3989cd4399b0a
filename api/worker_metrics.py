"""What a worker shows of itself, for Prometheus and for whoever restarts it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from api.problems import problem_response
from api.routes.health import get_health, get_readiness
from api.server import listen, serving
from services.bootstrap import Services
from services.errors import NotReadyError
from services.telemetry.metrics import CONTENT_TYPE


@asynccontextmanager
async def showing_metrics(services: Services) -> AsyncIterator[str | None]:
    """The base URL at which they are shown while the block lasts; None where nobody wants them.

    Raises:
        AddressError: this machine has no such address, or the port is taken.
    """
    settings = services.settings
    if settings.metrics_port is None:
        yield None
        return
    with closing(listen(settings.metrics_host, settings.metrics_port)) as listener:
        async with serving(_app(services), listener) as url:
            yield url


def _app(services: Services) -> Starlette:
    async def metrics(_: Request) -> Response:
        return Response(await services.watching.text(), headers={"Content-Type": CONTENT_TYPE})

    async def health(_: Request) -> Response:
        return JSONResponse((await get_health()).model_dump(mode="json"))

    async def readiness(_: Request) -> Response:
        try:
            answer = await get_readiness(services)
        except NotReadyError as error:
            return problem_response(error)
        return JSONResponse(answer.model_dump(mode="json"))

    pages = {"/metrics": metrics, "/healthz": health, "/readyz": readiness}
    return Starlette(routes=[Route(path, page) for path, page in pages.items()])
