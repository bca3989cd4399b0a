"""Results of nodes that runs share."""

from __future__ import annotations

from typing import Protocol


class NodeCache(Protocol):
    """Remembers results of nodes, as bytes, for those runs that may share them."""

    async def get(self, key: str) -> bytes | None:
        """What was put under this key and is not too old."""

    async def put(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Remember a value for so long, or shorter where there is no room."""


class NoNodeCache:
    """Remembers nothing; the port's null."""

    async def get(self, key: str) -> bytes | None:
        """Know nothing."""
        del key
        return None

    async def put(self, key: str, value: bytes, ttl_seconds: float) -> None:
        """Forget it at once."""
