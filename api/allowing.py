"""Which methods an address has: several routes may share one, and each knows only its own."""

from __future__ import annotations

from starlette.requests import Request
from starlette.routing import compile_path


def allowed_methods(request: Request) -> list[str]:
    """The methods of the address that was asked, as the OpenAPI document has them."""
    paths = request.app.openapi()["paths"]
    # The first one counts, as it does for the router.
    path = request.scope["raw_path"].decode("ascii", "replace")  # in which an id's `/` is `%2F`
    template = next((each for each in paths if _fits(each, path)), None)
    return [] if template is None else sorted(method.upper() for method in paths[template])


def _fits(template: str, path: str) -> bool:
    pattern, _, _ = compile_path(template)
    return pattern.match(path) is not None
