"""Counts what a database is asked to commit."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, event


@contextmanager
def commits() -> Iterator[list[object]]:
    """Every transaction that is committed meanwhile."""
    seen: list[object] = []
    note = seen.append
    event.listen(Engine, "commit", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "commit", note)
