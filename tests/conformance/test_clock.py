"""The clock of a process is that of its database, whatever the machine of the process says."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from services.store.clock import DatabaseClock
from services.store.dialects import DatabaseTime
from tests.support.stores import Store
from workflow_compiler.ports import clock as machine

SECOND = timedelta(seconds=1)


class LateMachine(datetime):
    """The clock of a machine that lives in the past."""

    @classmethod
    def now(cls, tz=None):
        del tz
        return datetime(1999, 12, 31, 23, 59, tzinfo=UTC)


async def time_of(store: Store) -> datetime:
    (row,) = await store.database.rows(select(DatabaseTime().label("now")))
    now: datetime = row.now
    return now


async def test_it_tells_the_time_of_the_database(store: Store, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(machine, "datetime", LateMachine)
    async with DatabaseClock(store.database) as clock:
        before = await time_of(store)
        said = clock.now()

        assert abs(said - before) < SECOND
        assert said.tzinfo is UTC


async def test_it_follows_and_is_not_set_back_for_what_an_answer_takes(store: Store):
    async with DatabaseClock(store.database) as clock:
        for ahead in (3_600.0, 0.02, -0.1, -7_200.0):
            at = time.monotonic()
            moment = clock.now() + timedelta(seconds=ahead)
            clock.hear(moment, at)
            assert moment <= clock.now() < moment + SECOND

        before = clock.now()
        clock.hear(before - timedelta(milliseconds=20), time.monotonic())
        assert clock.now() >= before
