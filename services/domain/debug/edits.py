"""What somebody changed of the visits of a run who debugs it, as the log tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.domain.events.runs import RunCreated
from services.domain.events.stops import NodePaused, Pinned, Position, StateEdited, Target
from services.domain.events.vocabulary import (
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeStarted,
    RunEvent,
)
from workflow_compiler.debugging import ABSENT, UNCHANGED, Changes
from workflow_compiler.history import VisitKey
from workflow_compiler.trace import OVERWRITE, Write


class Edits:
    """Takes in a run's log, event by event, and knows what was changed of each visit."""

    def __init__(self) -> None:
        self._changes: dict[tuple[VisitKey, Position], Changes] = {}
        self._pins: tuple[Pinned, ...] = ()
        self._ahead: dict[VisitKey, StateEdited] = {}
        self._begun: set[VisitKey] = set()

    def take(self, event: RunEvent) -> None:
        """Take in the next event of the log."""
        match event:
            case RunCreated(debug=wish) if wish is not None:
                self._pins = wish.pins
            case StateEdited():
                key = ((event.node_id, event.path, event.visit), event.position)
                self._changes[key] = _edited(self._changes.get(key, UNCHANGED), event)
                if event.position is Position.BEFORE and key[0] not in self._begun:
                    self._ahead[key[0]] = event
            case NodeRetrying():
                self._try_again((event.node_id, event.path, event.visit))
            case NodePaused() | NodeStarted() | NodeCompleted() | NodeFailed():
                self.meet((event.node_id, event.path, event.visit))
            case _:
                pass

    def meet(self, visit: VisitKey) -> None:
        """A visit has come, so what was changed of it is not in vain."""
        self._begun.add(visit)
        self._ahead.pop(visit, None)

    @property
    def unused(self) -> Sequence[StateEdited]:
        """The last change of each visit that was changed before it came, and has not come."""
        return list(self._ahead.values())

    def _try_again(self, visit: VisitKey) -> None:
        """What was changed where a visit failed is what its next attempt begins with."""
        changes = self._changes.pop((visit, Position.ERROR), None)
        if changes is not None:
            before = self._changes.get((visit, Position.BEFORE), UNCHANGED)
            self._changes[visit, Position.BEFORE] = _together(before, changes)

    def of(self, key: VisitKey, *positions: Position) -> Changes:
        """What was changed of a visit, where it stopped."""
        changes = UNCHANGED
        for position in positions:
            if (more := self._changes.get((key, position))) is not None:
                changes = _together(changes, more)
        return changes

    def used_up(self, key: VisitKey, position: Position) -> Changes:
        """What was changed where a visit stopped, for once.

        What has not led on must not be tried again for ever: a route that does not exist, say.
        """
        return self._changes.pop((key, position), UNCHANGED)

    def pin_of(self, key: VisitKey) -> Pinned | None:
        """What a visit is to come to without doing its work; the narrowest pin that fits."""
        fitting = (pin for pin in self._pins if pin.fits(key))
        return max(fitting, key=_narrowness, default=None)


def _edited(before: Changes, event: StateEdited) -> Changes:
    match event.target:
        case Target.INPUT:
            return replace(before, input=event.value)
        case Target.OUTPUT:
            return replace(before, output=event.value)
        case Target.VARIABLE:
            write: Write = (event.name or "", event.value, OVERWRITE)
            return replace(before, writes=(*before.writes, write))


def _together(first: Changes, then: Changes) -> Changes:
    return Changes(
        input=first.input if then.input is ABSENT else then.input,
        output=first.output if then.output is ABSENT else then.output,
        writes=first.writes + then.writes,
    )


def _narrowness(pin: Pinned) -> int:
    return (pin.path is not None) + (pin.visit is not None)
