"""Carries the trace of whoever asks for something to where a run is accepted for it.

Between the two lie layers that have nothing to do with it, so it travels in the context of the
task, as every tracing library does it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_CARRIED: Final[ContextVar[str | None]] = ContextVar("traceparent", default=None)


def carried() -> str | None:
    """The `traceparent` of the trace that this task works for, if there is one."""
    return _CARRIED.get()


def carry(traceparent: str) -> None:
    """Work for this trace from now on, until the task ends."""
    _CARRIED.set(traceparent)


@contextmanager
def carrying(traceparent: str | None) -> Iterator[None]:
    """Work for this trace while the block lasts."""
    token = _CARRIED.set(traceparent)
    try:
        yield
    finally:
        _CARRIED.reset(token)
