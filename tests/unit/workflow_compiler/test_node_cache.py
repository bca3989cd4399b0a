"""Results that are kept in memory: how long, how many, and for whom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from workflow_compiler.node_cache import MemoryNodeCache


class StillClock:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)


@pytest.fixture
def clock() -> StillClock:
    return StillClock()


async def test_a_result_is_kept_until_it_is_too_old(clock: StillClock) -> None:
    cache = MemoryNodeCache(100, clock)
    shelf = cache.of("p")
    await shelf.put("a", b"one", 10)
    clock.seconds = 9.9
    assert await shelf.get("a") == b"one"
    clock.seconds = 10
    assert await shelf.get("a") is None
    assert cache.size == 0


async def test_what_was_used_least_lately_makes_room(clock: StillClock) -> None:
    cache = MemoryNodeCache(10, clock)
    shelf = cache.of("p")
    await shelf.put("a", b"12345", 10)
    await shelf.put("b", b"12345", 10)
    assert await shelf.get("a") is not None
    await shelf.put("c", b"1", 10)
    assert [await shelf.get(key) for key in "abc"] == [b"12345", None, b"1"]
    await shelf.put("a", b"1234567", 10)
    assert cache.size == 8


async def test_what_is_larger_than_the_whole_is_not_kept(clock: StillClock) -> None:
    cache = MemoryNodeCache(3, clock)
    await cache.of("p").put("a", b"1234", 10)
    assert (await cache.of("p").get("a"), cache.size) == (None, 0)


async def test_projects_do_not_see_one_another(clock: StillClock) -> None:
    cache = MemoryNodeCache(100, clock)
    await cache.of("mine").put("a", b"secret", 10)
    assert await cache.of("yours").get("a") is None
