"""The page: one document for all its addresses, and files whose names change with their content."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

from fastapi import APIRouter
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

DIRECTORY: Final = Path(__file__).parent / "static"

SECURITY_HEADERS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
        "img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; "
        "frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
    }
)

_ADDRESSES: Final = (
    "/",
    "/runs",
    "/runs/{run_id}",
    "/runs/{run_id}/diff/{other_id}",
    "/tasks",
    "/tasks/{task_id}",
    "/workflows/{workflow_id}",
)

_ASSET: Final = "/assets/{name}"
_LICENSES: Final = "/licenses.txt"
_ANY_NAME: Final = re.compile(r"\{\w+\}")
_PUBLIC: Final = re.compile(
    "|".join(_ANY_NAME.sub("[^/]+", path) for path in (*_ADDRESSES, _ASSET, _LICENSES))
)

_PROGRAMS: Final = ("/api/", "/assets/", "/langgraph/", "/agui/")
"""Below these nobody looks for a page."""

_FOREVER: Final = {"Cache-Control": "public, max-age=31536000, immutable"}
_ASK_EVERY_TIME: Final = {"Cache-Control": "no-cache"}
_NO_PAGE_YET: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Workflows</title>
<h1>Workflows</h1>
<p>The page was not built; build it in <code>dashboard/</code>. The service itself is at
<a href="/api/v1/openapi.json">/api/v1</a>.</p>
</html>
"""


def is_page(path: str) -> bool:
    """Whether the page or one of its files is at a path; nothing in them is anybody's."""
    return _PUBLIC.fullmatch(path) is not None


def page_routes(directory: Path = DIRECTORY) -> APIRouter:
    """The routes of the page whose files lie in a directory."""
    router = APIRouter(include_in_schema=False)

    async def page() -> Response:
        return _page(directory)

    async def asset(name: str) -> Response:
        return _file(directory / "assets", name, _FOREVER)

    async def licenses() -> Response:
        return _file(directory, "licenses.txt", _ASK_EVERY_TIME)

    for path in _ADDRESSES:
        router.add_api_route(path, page, methods=["GET", "HEAD"])
    router.add_api_route(_ASSET, asset, methods=["GET", "HEAD"])
    router.add_api_route(_LICENSES, licenses, methods=["GET", "HEAD"])
    return router


class UnknownAddress:
    """ASGI application for addresses that no route knows: people get the page, which tells them."""

    def __init__(self, otherwise: ASGIApp, directory: Path = DIRECTORY) -> None:
        self._otherwise = otherwise
        self._directory = directory

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a browser that opens an address; leave programs to `otherwise`."""
        answer: ASGIApp = self._otherwise
        if scope["type"] == "http" and _opens_a_page(scope):
            answer = _page(self._directory, 404)
        await answer(scope, receive, send)


class SecurityHeaders:
    """ASGI middleware: tells browsers, with every answer, what a page of ours may do."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(SECURITY_HEADERS)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _opens_a_page(scope: Scope) -> bool:
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    is_program = path.startswith(_PROGRAMS)
    wants_page = "text/html" in Headers(scope=scope).get("accept", "")
    return wants_page and not is_program and scope["method"] in {"GET", "HEAD"}


def _page(directory: Path, code: int = 200) -> Response:
    index = directory / "index.html"
    if not index.is_file():
        return HTMLResponse(_NO_PAGE_YET, code, headers=_ASK_EVERY_TIME)
    return FileResponse(index, code, headers=_ASK_EVERY_TIME)


def _file(directory: Path, name: str, headers: Mapping[str, str]) -> Response:
    """A file of a directory; a name that leads out of it is no file."""
    if Path(name).name != name or not (directory / name).is_file():
        raise HTTPException(404, f"there is no file {name!r}")
    return FileResponse(directory / name, headers=headers)
