"""Runs transactions in threads; those that wait for a thread go together into the next one.

On an idle service a transaction starts at once and is alone. When there is more to do than threads
to do it, all that waits shares one transaction, one hop to a thread and one wake-up of the loop:
the busier the service, the less each transaction costs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from services.errors import OutcomeUnknownError
from services.store.transactions import Work, transact
from services.store.transience import is_transient

T = TypeVar("T")

GROUP_LIMIT: Final = 100
"""Transactions that share one at most, so that the first does not wait for too many."""


class Lane:
    """A few threads with one queue before them."""

    def __init__(self, engine: Engine, threads: int, name: str) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(threads, name)
        self._free = threads
        self._waiting: list[_Job] = []
        self._hops: set[asyncio.Future[list[_Outcome]]] = set()

    async def run(self, work: Work[T]) -> T:
        """What `work` returns, after its transaction is committed; nothing is when it raises.

        Whoever is cancelled while it waits only goes away: the transaction is still made. `work` is
        called again, in another transaction, when a neighbour of it fails.
        """
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._waiting.append(_Job(work, done))
        self._start()
        return await done

    async def close(self) -> None:
        """Wait for what runs and what waits, then give back the threads."""
        while self._hops:
            await asyncio.wait(self._hops)
        self._threads.shutdown()

    def _start(self) -> None:
        """Send what waits to a thread, if one is free."""
        if not (self._free and self._waiting):
            return
        group, self._waiting = self._waiting[:GROUP_LIMIT], self._waiting[GROUP_LIMIT:]
        self._free -= 1
        works = [job.work for job in group]
        hop = asyncio.get_running_loop().run_in_executor(
            self._threads, _together, self._engine, works
        )
        self._hops.add(hop)
        hop.add_done_callback(partial(self._arrived, group))

    def _arrived(self, group: Sequence[_Job], hop: asyncio.Future[list[_Outcome]]) -> None:
        self._hops.discard(hop)
        self._free += 1
        for job, outcome in zip(group, hop.result(), strict=True):
            job.settle(outcome)
        self._start()


@dataclass(frozen=True, slots=True)
class _Returned:
    value: Any


_Outcome: TypeAlias = _Returned | Exception


@dataclass(frozen=True, slots=True)
class _Job:
    work: Work[Any]
    done: asyncio.Future[Any]

    def settle(self, outcome: _Outcome) -> None:
        """Tell the caller, if it still waits."""
        if self.done.done():
            return
        if isinstance(outcome, _Returned):
            self.done.set_result(outcome.value)
        else:
            self.done.set_exception(outcome)


def _together(engine: Engine, works: Sequence[Work[Any]]) -> list[_Outcome]:
    """All in one transaction; each in one of its own where that fails, so that it fails alone."""
    if len(works) == 1:
        return [_alone(engine, works[0])]

    def all_of_them(connection: Connection) -> list[_Outcome]:
        return [_Returned(work(connection)) for work in works]

    try:
        return transact(engine, all_of_them)
    except OutcomeUnknownError as error:
        return [error] * len(works)  # to make them again could make them twice
    except Exception:  # noqa: BLE001 - whose it is comes out below, and it goes to its own caller
        return _apart(engine, works)


def _apart(engine: Engine, works: Sequence[Work[Any]]) -> list[_Outcome]:
    outcomes: list[_Outcome] = []
    for work in works:
        outcomes.append(_alone(engine, work))
        if _is_away(outcomes[-1]):
            # Nobody else would fare better, and each would wait for as long.
            return outcomes + outcomes[-1:] * (len(works) - len(outcomes))
    return outcomes


def _alone(engine: Engine, work: Work[Any]) -> _Outcome:
    try:
        return _Returned(transact(engine, work))
    except Exception as error:  # noqa: BLE001 - it goes to the caller
        return error


def _is_away(outcome: _Outcome) -> bool:
    return isinstance(outcome, SQLAlchemyError) and is_transient(outcome)
