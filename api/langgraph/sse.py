"""Server-sent events, framed as LangGraph's server does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from pydantic_core import to_json

MEDIA_TYPE: Final = "text/event-stream"

HEADERS: Final = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

KEEP_ALIVE: Final = ": keep-alive\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Part:
    """One event of a stream."""

    event: str
    data: Any


def framed(parts: list[Part], place: int | str | None) -> str:
    """Parts that tell of one entry of the log, in one piece; `place` is its name for clients.

    Only the last one has the id: whoever has seen a part of them gets all of them again.
    """
    texts = [_text(part) for part in parts]
    if texts and place is not None:
        texts[-1] += f"id: {place}\r\n"
    return "".join(f"{text}\r\n" for text in texts)


def _text(part: Part) -> str:
    data = to_json(part.data, inf_nan_mode="null").decode()
    return f"event: {part.event}\r\ndata: {data}\r\n"
