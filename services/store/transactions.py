"""One transaction from begin to commit, made again where that is sure to be right.

Two things can go wrong on the way to a server that no statement is to blame for. Transactions of
two processes can lock each other out: then one of them has to begin anew. And the connection can
break: before the commit nothing has happened, but one that breaks during the commit leaves open
whether it took place. To write once more could then write twice, so the server is asked.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, RootTransaction
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from services.errors import OutcomeUnknownError
from services.store.engines import transaction_mark, was_committed
from services.store.notifications import bells_to_ring, forget
from services.store.transience import is_worth_a_retry

T = TypeVar("T")

Work: TypeAlias = Callable[[Connection], T]

_PAUSES: Final = (0.0, 0.01, 0.05)
"""Seconds before each further try; a server that is away for longer is for the caller to await."""

_ASK_EVERY: Final = 0.5
_ASK_FOR: Final = 60.0


def transact(engine: Engine, work: Work[T]) -> T:
    """What `work` returns, after all that it wrote is committed; it may be called several times.

    Raises:
        OutcomeUnknownError: the server vanished during the commit, and did not come back in time.
        SQLAlchemyError: the database refuses, or is away.
        Exception: what `work` raises; nothing was written.
    """
    for pause in _PAUSES:
        try:
            return _once(engine, work)
        except DBAPIError as error:
            if not is_worth_a_retry(error):
                raise
        time.sleep(pause)
    return _once(engine, work)


def _once(engine: Engine, work: Work[T]) -> T:
    with engine.connect() as connection:
        forget(connection)
        transaction = connection.begin()
        result = work(connection)
        bells = bells_to_ring(connection)
        _commit(engine, transaction, transaction_mark(connection))
    if bells is not None:
        bells.ring()
    return result


def _commit(engine: Engine, transaction: RootTransaction, mark: str | None) -> None:
    try:
        transaction.commit()
    except DBAPIError as error:
        if mark is None or not error.connection_invalidated:
            raise
        if not _has_committed(engine, mark, error):
            raise


def _has_committed(engine: Engine, mark: str, lost: DBAPIError) -> bool:
    """Ask the server until it answers: it may be just restarting."""
    give_up_at = time.monotonic() + _ASK_FOR
    while time.monotonic() < give_up_at:
        try:
            answer = was_committed(engine, mark)
        except SQLAlchemyError:
            answer = None  # still away
        if answer is not None:
            return answer
        time.sleep(_ASK_EVERY)
    raise OutcomeUnknownError from lost
