"""Why a session stops its work before the graph has come to its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from services.domain.events.base import RunError


@dataclass(frozen=True, slots=True)
class Cancelled:
    """Somebody asked the run to stop: it ends as cancelled."""

    reason: str


@dataclass(frozen=True, slots=True)
class Failed:
    """The run has come to one of its limits: it ends with this error."""

    error: RunError


@dataclass(frozen=True, slots=True)
class Left:
    """The run stays in the middle, for another process or a later execution."""


@dataclass(frozen=True, slots=True)
class Rested:
    """All that the run does is wait: it stays as it is until it is answered or due."""

    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Paused:
    """Nothing of the run is at work and nothing comes by itself: it stays until it is resumed.

    `is_held`: all of it is held; else those that debug it had each of its visits stop.
    """

    is_held: bool


Stop: TypeAlias = Cancelled | Failed | Left | Rested | Paused


def prevailing(first: Stop | None, second: Stop) -> Stop:
    """Which of two stops decides how the session ends: the first, but a cancel before all."""
    if first is None or (isinstance(second, Cancelled) and not isinstance(first, Cancelled)):
        return second
    return first
