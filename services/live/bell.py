"""Rings when another process has asked something of runs, so that a look at the database pays."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


class Bell:
    """Passes a ring on to those who execute runs in this process."""

    def __init__(self) -> None:
        self._hearers: list[Callable[[], None]] = []

    def ring(self) -> None:
        """Something was asked, or may have been."""
        for hear in self._hearers:
            hear()

    @contextmanager
    def heard_by(self, hear: Callable[[], None]) -> Iterator[None]:
        """Call `hear` at every ring while the block lasts."""
        self._hearers.append(hear)
        try:
            yield
        finally:
            self._hearers.remove(hear)
