"""The variables of a run as its log tells them: what it leaves to the next one on its thread."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from services.domain.events import NodeCompleted, RunEvent, RunStarted
from workflow_compiler.definition import Variable
from workflow_compiler.errors import NodeError
from workflow_compiler.reducers import reduce_variables


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
        self._early: list[tuple[str, Any]] = []
        self._has_begun = False

    @property
    def first(self) -> Mapping[str, Any]:
        """What the run began with."""
        return self._first or {}

    @property
    def values(self) -> Mapping[str, Any] | None:
        """What they have come to; None where there are none, neither declared nor inherited."""
        return self._values if self._declared or self._first else None

    def take(self, events: Iterable[RunEvent]) -> None:
        """Take in the next events of the log."""
        for event in events:
            match event:
                case RunStarted():
                    self._begin(event.variables)
                case NodeCompleted(path="", writes=writes) if writes:
                    self._write(writes)
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

    def _write(self, writes: Iterable[tuple[str, Any]]) -> None:
        if not self._has_begun:
            self._early.extend(writes)
            return
        try:
            self._values = reduce_variables(self._declared, self._values, writes)
        except NodeError:
            # Two writes that do not go together end the run; the second one was never applied.
            return
