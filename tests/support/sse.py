"""Reads server-sent events as the standard says, no more than the tests need."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True, slots=True)
class Sent:
    """One event: its name, the `id` that it came with, and its data."""

    name: str
    id: str | None
    data: Any


async def sent_by(response: httpx.Response) -> AsyncGenerator[Sent, None]:
    fields: dict[str, str] = {}
    async for line in response.aiter_lines():
        if line.startswith(":"):
            continue
        if line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            if "data" in fields:
                yield Sent(
                    fields.get("event", "message"), fields.get("id"), json.loads(fields["data"])
                )
            fields = {}
