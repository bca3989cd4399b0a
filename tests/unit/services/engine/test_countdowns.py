"""Countdowns that stand still."""

from __future__ import annotations

import asyncio

import pytest

from services.engine.countdowns import Countdowns

SOON = 0.01
LATER = 0.05


async def test_what_is_left_stays_as_it_is_while_they_stand_still() -> None:
    countdowns, over = Countdowns(), asyncio.Event()
    countdowns.heed(stand=True)
    with countdowns.count(SOON, over.set), countdowns.count(2 * LATER, over.set):
        await asyncio.sleep(LATER)  # nothing is to happen
        assert (countdowns.left_seconds, over.is_set()) == (None, False)
        countdowns.heed(stand=False)
        assert countdowns.left_seconds == pytest.approx(SOON, abs=SOON / 2)
        await over.wait()
    assert countdowns.left_seconds is None


async def test_what_has_ended_in_time_is_not_over() -> None:
    countdowns, over = Countdowns(), asyncio.Event()
    with countdowns.count(SOON, over.set):
        countdowns.heed(stand=True)
    countdowns.heed(stand=False)
    await asyncio.sleep(LATER)  # nothing is to happen
    assert not over.is_set()


async def test_a_timer_stops_its_block_and_goes_on_behind_it() -> None:
    countdowns, has_stood = Countdowns(), False
    with countdowns.timer(SOON):
        countdowns.heed(stand=True)
        await asyncio.sleep(LATER)
        has_stood = True
        countdowns.heed(stand=False)
        await asyncio.Event().wait()
    assert has_stood
