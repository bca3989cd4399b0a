"""What the nodes of the live rows do in the server: they let some time pass."""

from __future__ import annotations

import asyncio
from typing import Final

from workflow_compiler import function

SECONDS: Final = 0.1


@function("pace")
async def pace() -> None:
    """Let the watchers take a breath, as a model does."""
    await asyncio.sleep(SECONDS)
