"""How a run is being debugged, as a value: the fold of those events of its log that tell of it.

It is kept with the run's row, so that what somebody asks can be decided while nobody else changes
it, and each process that executes the run knows where it stops.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, TypeAlias

from services.domain.events.base import NodeEvent
from services.domain.events.runs import RunCreated
from services.domain.events.stops import (
    Breakpoint,
    BreakpointHit,
    BreakpointsSet,
    DebugWish,
    Going,
    Halted,
    NodePaused,
    NodeReleased,
    Place,
    Position,
    RunContinued,
    StateEdited,
    SteppingBegun,
    StopReason,
)
from services.domain.events.vocabulary import (
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeStarted,
    RunEvent,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A visit that has stopped, and after which visits, where that was a step."""

    place: Place
    attempt: int
    position: Position
    reason: StopReason
    breakpoint_id: str | None = None
    followed: tuple[Place, ...] = ()

    @property
    def halt(self) -> Halted:
        """Which stop it is."""
        return Halted(place=self.place, position=self.position)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """A visit that was stopped here and may go on, and of which nothing was heard since."""

    place: Place
    position: Position
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A visit after which the next ones stop; `is_entered`: those inside of it as well."""

    place: Place
    is_entered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Debugging:
    """How a run is being debugged.

    Attributes:
        breakpoints: Where visits are to stop.
        is_stepping: Whether every visit stops before it begins, but inside of what is stepped over.
        until: The node at which the run is to stop once.
        stops: The visits that have stopped, in the order in which they did.
        passed: Those that may go on.
        trail: The visits after which the next ones stop.
        hits: How often breakpoints that count have matched.
        commands: How often somebody asked for something; whoever has seen fewer looks again.
        stands_since: When the first of the visits stopped that keep the run's clocks from going on.
        stood: How long the clocks had stood still before.
    """

    breakpoints: tuple[Breakpoint, ...] = ()
    is_stepping: bool = False
    until: str | None = None
    stops: tuple[Stop, ...] = ()
    passed: tuple[Passed, ...] = ()
    trail: tuple[Mark, ...] = ()
    hits: Mapping[str, int] = field(default_factory=dict)
    commands: int = 0
    stands_since: datetime | None = None
    stood: timedelta = timedelta()

    @property
    def stands(self) -> bool:
        """Whether the run's clocks stand still, because somebody looks at what has stopped.

        They go on while a run is paused: that may be for a night.
        """
        return any(stop.reason is not StopReason.PAUSE for stop in self.stops)

    def stood_until(self, at: datetime) -> timedelta:
        """How long the run's clocks have stood still by then."""
        if self.stands_since is None:
            return self.stood
        return self.stood + max(at - self.stands_since, timedelta())

    @property
    def is_on_its_way(self) -> bool:
        """Whether somebody goes step by step, and what comes next is to stop."""
        return self.is_stepping or bool(self.trail)

    def stop_of(self, place: Place) -> Stop | None:
        """Where a visit has stopped, if it has."""
        return next((stop for stop in self.stops if stop.place == place), None)

    def passes(self, place: Place, position: Position) -> Passed | None:
        """Whether a visit that stopped here may go on."""
        return next((p for p in self.passed if (p.place, p.position) == (place, position)), None)


NOT_DEBUGGED: Final = Debugging()
"""How a run is being debugged of which nobody ever asked anything."""

_Command: TypeAlias = BreakpointsSet | NodeReleased | RunContinued | SteppingBegun | StateEdited

COMMANDS = (BreakpointsSet, NodeReleased, RunContinued, SteppingBegun, StateEdited)
"""What somebody asks for who debugs a run."""


def debugged(before: Debugging | None, event: RunEvent) -> Debugging | None:
    """How a run is being debugged after this event; None where it never was."""
    now = _after(before, event)
    if now is None or now.stands is (now.stands_since is not None):
        return now
    since = event.at if now.stands else None
    return replace(now, stands_since=since, stood=now.stood_until(event.at))


def _after(before: Debugging | None, event: RunEvent) -> Debugging | None:
    match event:
        case RunCreated(debug=DebugWish() as wish):
            return Debugging(breakpoints=wish.breakpoints, is_stepping=wish.is_stepping)
        case NodePaused():
            return _stopped(before or NOT_DEBUGGED, event)
        case BreakpointHit():
            return _counted(before or NOT_DEBUGGED, event)
        case BreakpointsSet() | NodeReleased() | RunContinued() | SteppingBegun() | StateEdited():
            return _commanded(before or NOT_DEBUGGED, event)
        case NodeEvent() if before is not None and type(event) in _PASSES:
            return gone_on(before, _place(event), _PASSES[type(event)])
        case _:
            return before


def releases(event: RunEvent) -> bool:
    """Whether somebody lets something go on that has stopped."""
    match event:
        case NodeReleased(position=position):
            return position is not None
        case RunContinued():
            return True
        case _:
            return False


_PASSES: Final[Mapping[type[NodeEvent], Collection[Position]]] = MappingProxyType(
    {
        NodeStarted: {Position.BEFORE},
        NodeRetrying: {Position.ERROR},
        NodeCompleted: set(Position),
        NodeFailed: set(Position),
        NodeCancelled: set(Position),
    }
)
"""The events after which a visit is not where it may have stopped any more."""


def _counted(before: Debugging, event: BreakpointHit) -> Debugging:
    return replace(before, hits={**before.hits, event.breakpoint_id: event.hits})


def _stopped(before: Debugging, event: NodePaused) -> Debugging:
    stop = Stop(
        place=_place(event),
        attempt=event.attempt,
        position=event.position,
        reason=event.reason,
        breakpoint_id=event.breakpoint_id,
        followed=event.followed,
    )
    others = tuple(other for other in before.stops if other.place != stop.place)
    until = None if event.reason is StopReason.RUN_TO else before.until
    now = gone_on(before, stop.place, set(Position))
    return replace(now, stops=(*others, stop), until=until)


def _commanded(before: Debugging, event: _Command) -> Debugging:
    now = replace(before, commands=before.commands + 1)
    match event:
        case BreakpointsSet(breakpoints=breakpoints):
            same = {b.id for b in breakpoints if b in before.breakpoints}
            hits = {name: count for name, count in before.hits.items() if name in same}
            return replace(now, breakpoints=breakpoints, hits=hits)
        case NodeReleased():
            return _released(now, event)
        case RunContinued(until=until, released=halts):
            passed = tuple(Passed(place=halt.place, position=halt.position) for halt in halts)
            stops = tuple(stop for stop in before.stops if stop.halt not in halts)
            return replace(
                now,
                is_stepping=False,
                until=until,
                stops=stops,
                passed=(*before.passed, *passed),
                trail=(),
            )
        case SteppingBegun():
            return replace(now, is_stepping=True)
        case StateEdited():
            return now


def _released(before: Debugging, event: NodeReleased) -> Debugging:
    """A step goes on from where the one before it has led: what that one marked has served."""
    place = _place(event)
    stop = before.stop_of(place)
    if stop is not None and stop.position is not event.position:
        stop = None
    served = set(stop.followed) if stop is not None else set()
    trail = [mark for mark in before.trail if mark.place not in served | {place}]
    if event.going is not Going.CONTINUE:
        trail.append(Mark(place=place, is_entered=event.going is Going.INTO))
    stops = tuple(other for other in before.stops if other is not stop)
    passed = before.passed
    if stop is not None:
        passed = (*passed, Passed(place=place, position=stop.position, again=event.again))
    return replace(before, stops=stops, passed=passed, trail=tuple(trail))


def gone_on(before: Debugging, place: Place, positions: Collection[Position]) -> Debugging:
    """Nothing holds a visit here any more, whether somebody let it go on or not."""
    kept = tuple(s for s in before.stops if s.place != place or s.position not in positions)
    passed = tuple(p for p in before.passed if p.place != place or p.position not in positions)
    if (kept, passed) == (before.stops, before.passed):
        return before
    return replace(before, stops=kept, passed=passed)


def _place(event: NodeEvent) -> Place:
    return Place(node_id=event.node_id, path=event.path, visit=event.visit)
