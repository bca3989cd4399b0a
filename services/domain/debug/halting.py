"""The events that say that a visit stopped, put together from what the visit said of itself."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any, assert_never

from services.domain.debug.judging import Why
from services.domain.events.base import RunError
from services.domain.events.stops import (
    BreakpointHit,
    NodePaused,
    Place,
    Position,
    StateEdited,
    Target,
)
from workflow_compiler.debugging import Arrival, Breakdown, Departure, Halt, Moment
from workflow_compiler.history import VisitKey
from workflow_compiler.trace import Failure


def position_of(moment: Moment) -> Position:
    """Where in a visit a moment of it is."""
    match moment:
        case Arrival():
            return Position.BEFORE
        case Departure():
            return Position.AFTER
        case Breakdown():
            return Position.ERROR
        case _:
            assert_never(moment)


def paused(moment: Moment, why: Why, running: Iterable[VisitKey], at: datetime) -> NodePaused:
    """A visit stopped, while these were at work."""
    event = NodePaused(
        node_id=moment.node_id,
        path=moment.path,
        visit=moment.visit,
        attempt=moment.attempt,
        position=position_of(moment),
        reason=why.reason,
        breakpoint_id=why.breakpoint_id,
        edge_id=why.edge_id,
        error=why.error,
        followed=why.followed,
        running=tuple(Place.of(key) for key in running if key != moment.key),
        at=at,
    )
    match moment:
        case Arrival():
            return replace(event, input=moment.input, error=why.error or _error(moment.failure))
        case Departure():
            return replace(
                event,
                output=moment.output,
                writes=moment.writes,
                handle=moment.handle,
                usage=moment.usage,
                returned=moment.returned,
            )
        case Breakdown():
            return replace(event, error=_error(moment.failure))
        case _:
            assert_never(moment)


def hit(halt: Halt, breakpoint_id: str, hits: int, at: datetime) -> BreakpointHit:
    """A breakpoint that counts matched."""
    return BreakpointHit(
        node_id=halt.node_id,
        path=halt.path,
        visit=halt.visit,
        attempt=halt.attempt,
        breakpoint_id=breakpoint_id,
        hits=hits,
        at=at,
    )


def pinned(halt: Halt, output: Any, at: datetime) -> StateEdited:
    """A visit comes to what it is pinned to."""
    return StateEdited(
        node_id=halt.node_id,
        path=halt.path,
        visit=halt.visit,
        attempt=halt.attempt,
        position=Position.BEFORE,
        target=Target.OUTPUT,
        value=output,
        pinned=True,
        at=at,
    )


def _error(failure: Failure | None) -> RunError | None:
    return None if failure is None else RunError(type=failure.type, message=failure.message)
