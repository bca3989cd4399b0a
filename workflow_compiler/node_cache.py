"""Results of nodes that are kept in this process, for the runs of one project each."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias

from workflow_compiler.ports import NodeCache, WallClock

Key: TypeAlias = tuple[str, str]


@dataclass(frozen=True, slots=True)
class _Entry:
    value: bytes
    until: datetime


class MemoryNodeCache:
    """Keeps the most recently used results of all projects, up to so many bytes in all."""

    def __init__(self, max_bytes: int, clock: WallClock) -> None:
        self._max_bytes = max_bytes
        self._clock = clock
        self._kept: OrderedDict[Key, _Entry] = OrderedDict()
        self._bytes = 0

    @property
    def size(self) -> int:
        """The bytes that are kept."""
        return self._bytes

    def of(self, project_id: str) -> NodeCache:
        """The results of one project; no other can see them."""
        return _Shelf(self, project_id)

    def find(self, key: Key) -> bytes | None:
        """What is kept under this key and is not too old."""
        entry = self._kept.get(key)
        if entry is None:
            return None
        if entry.until <= self._clock.now():
            self._drop(key)
            return None
        self._kept.move_to_end(key)
        return entry.value

    def keep(self, key: Key, value: bytes, ttl_seconds: float) -> None:
        """Keep a value for so long; what was used least lately makes room for it."""
        if key in self._kept:
            self._drop(key)
        self._kept[key] = _Entry(value, self._clock.now() + timedelta(seconds=ttl_seconds))
        self._bytes += len(value)
        while self._bytes > self._max_bytes:
            self._drop(next(iter(self._kept)))

    def _drop(self, key: Key) -> None:
        self._bytes -= len(self._kept.pop(key).value)


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The part of a cache that belongs to one project."""

    cache: MemoryNodeCache
    project_id: str

    async def get(self, key: str) -> bytes | None:
        return self.cache.find((self.project_id, key))

    async def put(self, key: str, value: bytes, ttl_seconds: float) -> None:
        self.cache.keep((self.project_id, key), value, ttl_seconds)
