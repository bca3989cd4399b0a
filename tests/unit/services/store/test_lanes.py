import asyncio
import threading
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text

from services.store.lanes import GROUP_LIMIT, Lane


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    made = create_engine(f"sqlite:///{tmp_path / 'lane.db'}")
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE numbers (n INTEGER PRIMARY KEY)"))
    return made


@pytest.fixture
async def lane(engine: Engine) -> AsyncIterator[Lane]:
    opened = Lane(engine, 1, "test")
    yield opened
    await opened.close()
    engine.dispose()


def add(number: int) -> Callable[[Connection], int]:
    def work(connection: Connection) -> int:
        connection.execute(text("INSERT INTO numbers VALUES (:n)"), {"n": number})
        return number

    return work


def stored(engine: Engine) -> list[int]:
    with engine.begin() as connection:
        return list(connection.scalars(text("SELECT n FROM numbers ORDER BY n")))


def count_commits(engine: Engine) -> list[Connection]:
    seen: list[Connection] = []
    event.listen(engine, "commit", seen.append)
    return seen


async def test_what_waits_shares_one_transaction(lane: Lane, engine: Engine):
    commits = count_commits(engine)

    returned = await asyncio.gather(*(lane.run(add(n)) for n in range(10)))

    assert len(commits) == 2  # the first alone, then all that came while it was written
    assert returned == list(range(10)) == stored(engine)


async def test_who_fails_fails_alone(lane: Lane, engine: Engine):
    def refuse(connection: Connection) -> None:
        connection.execute(text("INSERT INTO numbers VALUES (99)"))
        raise LookupError("no such thing")

    outcomes = await asyncio.gather(
        *(lane.run(work) for work in (add(1), add(2), refuse, add(3))), return_exceptions=True
    )

    assert outcomes[:2] == [1, 2]
    assert isinstance(outcomes[2], LookupError)
    assert outcomes[3] == 3
    assert stored(engine) == [1, 2, 3]


async def test_a_group_has_a_limit(lane: Lane, engine: Engine):
    commits = count_commits(engine)

    await asyncio.gather(*(lane.run(add(n)) for n in range(GROUP_LIMIT + 2)))

    assert len(commits) == 3


async def test_whoever_goes_away_leaves_the_transaction_to_be_made(lane: Lane, engine: Engine):
    entered, go_on = threading.Event(), threading.Event()

    def block(_: Connection) -> None:
        entered.set()
        go_on.wait()

    blocking = asyncio.ensure_future(lane.run(block))
    await asyncio.to_thread(entered.wait)
    waiting = asyncio.ensure_future(lane.run(add(1)))
    await asyncio.sleep(0)
    waiting.cancel()
    go_on.set()

    await asyncio.gather(blocking, lane.run(add(2)))
    assert waiting.cancelled()
    assert stored(engine) == [1, 2]


async def test_closing_waits_for_what_waits(engine: Engine):
    lane = Lane(engine, 1, "test")
    writes = [asyncio.ensure_future(lane.run(add(n))) for n in range(3)]
    await asyncio.sleep(0)

    await lane.close()

    assert [write.result() for write in writes] == stored(engine) == [0, 1, 2]
    engine.dispose()
