"""Time that goes on when a test says so, for a process and its database alike."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta


@dataclass(slots=True)
class TimeMachine:
    """How far all clocks that were opened with it are ahead."""

    shift: timedelta = timedelta()

    def __call__(self) -> timedelta:
        return self.shift

    def go(self, **duration: float) -> None:
        """Go on by so many `days`, `hours`, `seconds`."""
        self.shift += timedelta(**duration)
