"""What visits said when they stopped, and what somebody has changed of them since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.domain.debug.edits import Edits
from services.domain.debugging import NOT_DEBUGGED, Stop
from services.domain.events.frames import StoredEvent, from_stored
from services.domain.events.stops import NodePaused, Place, Position
from services.domain.events.vocabulary import NodeStarted
from services.domain.runs import Run
from services.store.events import EventLog
from workflow_compiler.debugging import ABSENT, Changes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedVisit:
    """A visit that has stopped, what it said of that, and what somebody has changed since."""

    stop: Stop
    seq: int
    told: NodePaused
    changes: Changes

    @property
    def input(self) -> Any:
        """What it would begin with or has begun with, as somebody changed it."""
        return self.told.input if self.changes.input is ABSENT else self.changes.input

    @property
    def output(self) -> Any:
        """What its work came to or is to come to, as somebody changed it."""
        return self.told.output if self.changes.output is ABSENT else self.changes.output

    @property
    def variables(self) -> Mapping[str, Any]:
        """The values that somebody gave to variables."""
        return {name: value for name, value, *_ in self.changes.writes}


@dataclass(frozen=True, slots=True)
class StoppedVisits:
    """Reads what has stopped from the logs of runs."""

    log: EventLog

    async def of(self, run: Run) -> tuple[StoppedVisit, ...]:
        """All that has stopped in a run."""
        run_id, stops = run.id, (run.debugging or NOT_DEBUGGED).stops
        told = [(stop, await self._told(run_id, stop)) for stop in stops]
        since = min((seq for _, (seq, _) in told), default=0)
        asked = await self.log.commands_after(run_id, since) if told else ()
        return tuple(
            StoppedVisit(stop=stop, seq=seq, told=event, changes=_changes(stop, seq, asked))
            for stop, (seq, event) in told
        )

    async def _told(self, run_id: str, stop: Stop) -> tuple[int, NodePaused]:
        """Where the log tells of a stop, and what; with the input that the visit began with."""
        entry = await self.log.last_of(run_id, stop.place.key, NodePaused.type)
        assert entry is not None, "a stop and its entry are written together"  # noqa: S101
        told = from_stored(entry)
        assert isinstance(told, NodePaused), "it was asked for by its type"  # noqa: S101
        if stop.position is not Position.BEFORE:
            told = replace(told, input=await self._begun_with(run_id, stop.place))
        return entry.seq or 0, told

    async def _begun_with(self, run_id: str, place: Place) -> Any:
        """The input with which a visit began."""
        entry = await self.log.last_of(run_id, place.key, NodeStarted.type)
        event = from_stored(entry) if entry is not None else None
        return event.input if isinstance(event, NodeStarted) else None


def _changes(stop: Stop, seq: int, asked: Sequence[StoredEvent]) -> Changes:
    """What was changed of a visit since it stopped there."""
    edits = Edits()
    for entry in asked:
        if (entry.seq or 0) > seq:
            edits.take(from_stored(entry))
    return edits.of(stop.place.key, stop.position)
