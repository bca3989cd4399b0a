"""The variables of a run as its log tells them: what it leaves to the next one on its thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.domain.events.runs import RunStarted
from services.domain.events.stops import StateEdited, Target
from services.domain.events.vocabulary import NodeCompleted, NodeFailed, RunEvent
from workflow_compiler.definition import Variable
from workflow_compiler.errors import NodeError
from workflow_compiler.reducers import reduce_variables
from workflow_compiler.trace import OVERWRITE, Write


class Variables:
    """Follows the log of one run, event by event.

    What a container wrote counts when the container has ended, as its own writes. A run that ended
    well says itself what it came to (`settle`): of writes that meet in one superstep, LangGraph and
    not the log decides which is first.
    """

    def __init__(self, declared: Mapping[str, Variable]) -> None:
        self._declared = declared
        self._first: Mapping[str, Any] | None = None
        self._values: dict[str, Any] = {}
        self._early: list[Write] = []
        self._edits: dict[tuple[str, int], list[Write]] = {}
        self._has_begun = False

    @property
    def first(self) -> Mapping[str, Any]:
        """What the run began with."""
        return self._first or {}

    @property
    def values(self) -> Mapping[str, Any] | None:
        """What they have come to; None where there are none, neither declared nor inherited."""
        return self._values if self._declared or self._first else None

    @property
    def edited(self) -> Mapping[str, Any]:
        """What somebody wants variables to be when the visits that have stopped are over."""
        return {write[0]: write[1] for writes in self._edits.values() for write in writes}

    def take(self, events: Iterable[RunEvent]) -> None:
        """Take in the next events of the log."""
        for event in events:
            match event:
                case RunStarted():
                    self._begin(event.variables)
                case NodeCompleted(path="", writes=writes):
                    self._edits.pop((event.node_id, event.visit), None)
                    if writes:
                        self._write(writes)
                case StateEdited(target=Target.VARIABLE, path=""):
                    edits = self._edits.setdefault((event.node_id, event.visit), [])
                    edits.append((event.name or "", event.value, OVERWRITE))
                case NodeFailed(path="", handled=True):  # one that completes names them itself
                    self._write(self._edits.pop((event.node_id, event.visit), ()))
                case _:
                    pass

    def settle(self, values: Mapping[str, Any]) -> None:
        """The run has ended well with these."""
        self._values = dict(values)

    def _begin(self, first: Mapping[str, Any] | None) -> None:
        """A run that goes on from another one has that one's visits before its own start."""
        self._has_begun = True
        self._first = first
        self._values = dict(first or {})
        self._write(self._early)

    def _write(self, writes: Iterable[Write]) -> None:
        if not self._has_begun:
            self._early.extend(writes)
            return
        try:
            self._values = reduce_variables(self._declared, self._values, writes)
        except NodeError:
            # Two writes that do not go together end the run; the second one was never applied.
            return
