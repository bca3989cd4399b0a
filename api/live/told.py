"""What watchers want and what they are told, as values: no matter over which line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from services.domain.events.frames import Frame
from services.live.channels import ALL_CHANNELS, Channel


@dataclass(frozen=True, slots=True)
class OfRun:
    """One run, from a place in its log on."""

    run_id: str
    after_seq: int = 0
    channels: frozenset[Channel] = ALL_CHANNELS


@dataclass(frozen=True, slots=True)
class OfProject:
    """All runs of a project, from now on; `is_return`: the watcher was here before."""

    project_id: str
    is_return: bool = False
    channels: frozenset[Channel] = ALL_CHANNELS


Wanted: TypeAlias = OfRun | OfProject


@dataclass(frozen=True, slots=True)
class Head:
    """The stream begins: events up to `seq` are replayed, what follows is live."""

    seq: int


@dataclass(frozen=True, slots=True)
class Resync:
    """What the watcher has is not what is there.

    Its place lies beyond the end of the log, so the stream goes on after `from_seq`; or, of a
    project, events were missed that nobody can count (`from_seq` is None).
    """

    from_seq: int | None


Told: TypeAlias = Head | Resync | Frame
