"""What a client wants to be shown of a run."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import httpx2

Messages: TypeAlias = AsyncGenerator[dict[str, Any], None]
"""What the server says, in the words of the socket."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be shown, and by which server; `url` is that of its REST interface."""

    url: httpx2.URL
    headers: dict[str, str]
    run_id: str
    channels: Sequence[str] | None
    patience_seconds: float
