"""What somebody may ask of a run who debugs it, and what that makes of it: decided in one place.

As in `services.domain.control`, each decision is taken while the run's row is locked.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from services.domain.control import Decide, Decision, all_released, must_go_on
from services.domain.debugging import NOT_DEBUGGED, Debugging, Stop
from services.domain.events.stops import (
    Breakpoint,
    BreakpointsSet,
    Going,
    NodeReleased,
    Place,
    Position,
    StateEdited,
    SteppingBegun,
    Target,
)
from services.domain.events.vocabulary import RunEvent
from services.domain.runs import AT_REST, Run
from services.errors import EditError, NotStoppedError, SeveralStopsError

Change: TypeAlias = Callable[[tuple[Breakpoint, ...]], Sequence[Breakpoint]]
"""The breakpoints of a run to those that it is to have."""

_EDITABLE: Final = {
    Target.INPUT: frozenset({Position.BEFORE, Position.ERROR}),
    Target.OUTPUT: frozenset(Position),
    Target.VARIABLE: frozenset(Position),
}
"""Where each of them still matters: an input does not where the work is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """A stopped visit, as far as somebody names it: it must be the only one that fits."""

    node_id: str | None = None
    path: str | None = None
    visit: int | None = None

    @classmethod
    def of(cls, place: Place) -> Where:
        """This visit and no other."""
        return cls(node_id=place.node_id, path=place.path, visit=place.visit)

    def fits(self, place: Place) -> bool:
        """Whether a visit may be meant."""
        return (
            self.node_id in {None, place.node_id}
            and self.path in {None, place.path}
            and self.visit in {None, place.visit}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One change of a stopped visit; `name` is that of a variable."""

    target: Target
    value: Any
    name: str | None = None


def breaking(change: Change, at: datetime) -> Decide:
    """Change the breakpoints of a run, whether it has begun or not."""

    def decide(run: Run, is_owned: bool) -> Decision:
        del is_owned
        must_go_on(run)
        changed = tuple(change(_of(run).breakpoints))
        return Decision(events=(BreakpointsSet(breakpoints=changed, at=at),))

    return decide


def releasing(where: Where, going: Going, at: datetime, *, again: bool = False) -> Decide:
    """Let one visit go on; what else has stopped stays, also where the whole run was paused."""

    def decide(run: Run, is_owned: bool) -> Decision:
        del is_owned
        stop = found_stop(run, where)
        if again and stop.position is not Position.ERROR:
            why = "only what has failed can be tried again"
            raise EditError(stop.place.node_id, {"": why})
        events: list[RunEvent] = [_released(stop, going, at, again=again)]
        return _going_on(run, events, at)

    return decide


def skipping(where: Where, output: Any, going: Going, at: datetime) -> Decide:
    """Have one visit come to an output without doing its work, and go on as in `releasing`."""

    def decide(run: Run, is_owned: bool) -> Decision:
        del is_owned
        stop = found_stop(run, where)
        edit = Edit(target=Target.OUTPUT, value=output)
        return _going_on(run, [_edited(stop, edit, at), _released(stop, going, at)], at)

    return decide


def leaving(container: Place, inside: Callable[[Stop], bool], at: datetime) -> Decide:
    """Let go on what has stopped inside a container, and stop at what comes after that."""

    def decide(run: Run, is_owned: bool) -> Decision:
        del is_owned
        must_go_on(run)
        freed = [stop for stop in _of(run).stops if inside(stop)]
        events: list[RunEvent] = [_released(stop, Going.CONTINUE, at) for stop in freed]
        return _going_on(run, [*events, marked(container, at)], at)

    return decide


def marking(place: Place, at: datetime) -> Decide:
    """Stop at what comes after a visit that is at work."""

    def decide(run: Run, is_owned: bool) -> Decision:
        del is_owned
        must_go_on(run)
        return _going_on(run, [marked(place, at)], at)

    return decide


def step_by_step(at: datetime) -> Decide:
    """Stop every visit before it begins; a pause of the whole run turns into that."""

    def decide(run: Run, is_owned: bool) -> Decision:
        del is_owned
        must_go_on(run)
        events = () if _of(run).is_stepping else (SteppingBegun(at=at),)
        return Decision(events=events, is_held=False, is_due=run.status in AT_REST)

    return decide


def continuing(at: datetime, until: str | None = None) -> Decide:
    """Let all go on that has stopped, be it to the node `until`."""

    def decide(run: Run, is_owned: bool) -> Decision:
        del is_owned
        must_go_on(run)
        return Decision(
            events=(all_released(run, at, until),), is_held=False, is_due=run.status in AT_REST
        )

    return decide


def editing(where: Where, edits: Sequence[Edit], at: datetime) -> Decide:
    """Change what a stopped visit goes on with."""

    def decide(run: Run, is_owned: bool) -> Decision:
        del is_owned
        stop = found_stop(run, where)
        return Decision(events=tuple(_edited(stop, edit, at) for edit in edits))

    return decide


def found_stop(run: Run, where: Where) -> Stop:
    """The stopped visit that is meant.

    Raises:
        RunIsOverError: the run has reached its end.
        RunIsStoppingError: somebody has cancelled it.
        NotStoppedError: no such visit has stopped.
        SeveralStopsError: it may be one of several.
    """
    must_go_on(run)
    stops = _of(run).stops
    found = [stop for stop in stops if where.fits(stop.place)]
    if not found:
        raise NotStoppedError(run.id, where.node_id, [stop.place.key for stop in stops])
    if len(found) > 1:
        raise SeveralStopsError(run.id, [stop.place.key for stop in found])
    return found[0]


def marked(place: Place, at: datetime) -> NodeReleased:
    """What comes after a visit is to stop."""
    return NodeReleased(
        node_id=place.node_id,
        path=place.path,
        visit=place.visit,
        going=Going.OVER,
        position=None,
        at=at,
    )


def _going_on(run: Run, events: list[RunEvent], at: datetime) -> Decision:
    if run.is_held and not _of(run).is_stepping:
        events = [SteppingBegun(at=at), *events]
    is_held = False if run.is_held else None
    return Decision(events=tuple(events), is_held=is_held, is_due=run.status in AT_REST)


def _released(stop: Stop, going: Going, at: datetime, *, again: bool = False) -> NodeReleased:
    return NodeReleased(
        node_id=stop.place.node_id,
        path=stop.place.path,
        visit=stop.place.visit,
        attempt=stop.attempt,
        going=going,
        position=stop.position,
        again=again,
        at=at,
    )


def _edited(stop: Stop, edit: Edit, at: datetime) -> StateEdited:
    if stop.position not in _EDITABLE[edit.target]:
        why = f"it has done its work, so its {edit.target} matters no more"
        raise EditError(stop.place.node_id, {f"/{edit.target}": why})
    return StateEdited(
        node_id=stop.place.node_id,
        path=stop.place.path,
        visit=stop.place.visit,
        attempt=stop.attempt,
        position=stop.position,
        target=edit.target,
        name=edit.name,
        value=edit.value,
        at=at,
    )


def _of(run: Run) -> Debugging:
    return run.debugging or NOT_DEBUGGED
