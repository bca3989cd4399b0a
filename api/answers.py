"""Answers that may be large, put together where nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pydantic import BaseModel
from starlette.responses import Response

from services.bootstrap import Services


async def answer(
    services: Services, make: Callable[[], BaseModel], headers: Mapping[str, str] | None = None
) -> Response:
    """What `make` gives, as JSON; both are done beside the event loop."""
    text = await services.computing.run(lambda: make().model_dump_json())
    return Response(text, headers=headers, media_type="application/json")
