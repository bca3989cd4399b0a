"""Forks: new runs that leave another one at any moment of its log, with or without changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from services.domain.debug.forking import (
    Ahead,
    Repeat,
    ahead_problems,
    edited,
    placed,
    places_until,
    repeats,
    seq_before,
    unkept,
)
from services.domain.debug.pins import pins_in
from services.domain.events.frames import StoredEvent, from_stored, to_stored
from services.domain.events.runs import Source, SourceKind
from services.domain.events.stops import DebugWish, Pinned, StateEdited
from services.domain.events.vocabulary import RunEvent
from services.domain.once import once
from services.domain.reruns.compatibility import incompatibilities
from services.domain.reruns.going_on import From, Taken
from services.domain.runs import Run
from services.domain.threads import Joining
from services.errors import ForkError, IncompatibleVersionError, InputProblem, NotVisitedError
from services.store.once import Requests
from services.usecases.accepting import Background
from services.usecases.debug_wishes import DebugRequest, DebugWishes
from services.usecases.plans import Plans
from services.usecases.reruns import created_from
from services.usecases.runs import RunUseCases
from workflow_compiler import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkWish:
    """Where a fork leaves its run, and what is to be otherwise.

    It leaves after the entry `seq` of the log, or right before the visits of `begin` began; where
    both are None, where the log ends now. What else is None stays as it was; without `joining` the
    fork has a thread of its own.
    """

    seq: int | None = None
    begin: From | None = None
    edits: tuple[Ahead, ...] = ()
    run_input: Mapping[str, Any] | None = None
    version: int | None = None
    debug: DebugRequest | None = None
    pin_side_effects: bool = False
    joining: Joining | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """A fork, and the visits of its run that touched the world and will do so again."""

    run: Run
    repeats: tuple[Repeat, ...]


@dataclass(frozen=True, slots=True)
class _Left:
    """Where a fork left its run: both versions, the whole log, and which of it is kept."""

    old: Plan
    new: Plan
    stored: Sequence[StoredEvent]
    events: Sequence[RunEvent]
    seq: int
    places: Sequence[int]

    @property
    def kept(self) -> tuple[RunEvent, ...]:
        return tuple(self.events[place] for place in self.places)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkUseCases:
    """What there is to do with any moment of any run."""

    runs: RunUseCases
    plans: Plans
    wishes: DebugWishes
    requests: Requests

    async def fork(
        self, run_id: str, wish: ForkWish, *, idempotency_key: str | None = None
    ) -> Fork:
        """A new run that leaves this one there, and is executed at once.

        The same idempotency key and request give the same run again.

        Raises:
            IdempotencyError: the key was used for another request.
            RunNotFoundError: no such run.
            ForkError: it was never there, its log has no such entry, or an edit cannot be made.
            VersionNotFoundError: the workflow has no such version.
            IncompatibleVersionError: what is kept does not fit that version.
            InputError: the input breaks the `input_schema` of that version.
            ServiceError: what `DebugWishes.wish` raises.
        """
        run = await self.runs.get(run_id)
        left = await self._left(run, wish)
        edits = await self.runs.computing.run(lambda: _edits(left, wish, self.runs.clock.now()))
        debug = await self._debugged(run, wish, left, edits)
        asked = once(idempotency_key, "fork", run_id, wish)
        await self.requests.claim(run.project_id, asked)
        taken = _taken(run, wish, left, edits)
        background = Background(origin=taken, joining=wish.joining, debug=debug)
        created = await created_from(self.runs, run, wish, idempotency_key, background)
        self.runs.dispatcher.send(created.id)
        return Fork(run=created, repeats=await self._repeats(created, left, edits, debug))

    async def _left(self, run: Run, wish: ForkWish) -> _Left:
        stored = [entry async for entry in self.runs.log.all(run.id)]
        old = await self.plans.of(run)
        number = wish.version or run.version
        new = await self.plans.at(run.project_id, run.workflow_id, number)

        def leave() -> _Left:
            events = [from_stored(entry) for entry in stored]
            seq = _seq(old, events, wish)
            return _Left(old, new, stored, events, seq, places_until(old, events, seq))

        left = await self.runs.computing.run(leave)
        if new is not old and (reasons := incompatibilities(old, new, left.kept)):
            raise IncompatibleVersionError(number, reasons)
        return left

    async def _debugged(
        self, run: Run, wish: ForkWish, left: _Left, edits: Sequence[StateEdited]
    ) -> DebugWish | None:
        """How the fork is debugged, if it is."""
        debug: DebugWish | None = None
        if wish.debug is not None:
            number = wish.version or run.version
            debug = await self.wishes.wish(run.project_id, run.workflow_id, number, wish.debug)
        if not wish.pin_side_effects:
            return debug
        found = await self.wishes.pins_from(run.project_id, run.id)
        more = unkept(found, repeats(left.old, left.events, left.kept, edits))
        return replace(debug or DebugWish(), pins=(*(debug.pins if debug else ()), *more))

    async def _repeats(
        self, created: Run, left: _Left, edits: Sequence[StateEdited], debug: DebugWish | None
    ) -> tuple[Repeat, ...]:
        """What of the run will happen again in the fork."""
        pins: tuple[Pinned, ...] = ()
        if debug is not None:
            version = await self.plans.version(created)
            pins = (*debug.pins, *pins_in(version.definition))
        return repeats(left.old, left.events, left.kept, edits, pins)


def _seq(plan: Plan, events: Sequence[RunEvent], wish: ForkWish) -> int:
    if wish.begin is not None:
        return _seq_before(plan, events, wish.begin)
    if wish.seq is not None and wish.seq > len(events):
        detail = f"the log ends with entry {len(events)}"
        raise ForkError([InputProblem(pointer="/seq", code="no-such-entry", detail=detail)])
    return len(events) if wish.seq is None else wish.seq


def _seq_before(plan: Plan, events: Sequence[RunEvent], begin: From) -> int:
    try:
        return seq_before(plan, events, begin)
    except NotVisitedError as error:
        problem = InputProblem(pointer="/node_id", code="not-visited", detail=str(error))
        raise ForkError([problem]) from error


def _edits(left: _Left, wish: ForkWish, at: datetime) -> tuple[StateEdited, ...]:
    """What is changed ahead of time, as events.

    Raises:
        ForkError: it cannot be.
    """
    if problems := ahead_problems(left.new, left.kept, wish.edits):
        raise ForkError(problems)
    return tuple(
        event for each in wish.edits for event in edited(placed(left.kept, each), each.edits, at)
    )


def _taken(run: Run, wish: ForkWish, left: _Left, edits: Sequence[StateEdited]) -> Taken:
    source = Source(run_id=run.id, kind=SourceKind.FORK, kept=len(left.places), seq=left.seq)
    if (begin := wish.begin) is not None:
        source = replace(source, node_id=begin.node_id, path=begin.path, visit=begin.visit)
    texts = (*(left.stored[place] for place in left.places), *map(to_stored, edits))
    return Taken(source=source, events=(*left.kept, *edits), stored=texts)
