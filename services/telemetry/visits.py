"""How visits end, out of the trace that their graph tells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from workflow_compiler.history import VisitKey
from workflow_compiler.planning import Plan
from workflow_compiler.trace import (
    AttemptFailed,
    Record,
    VisitCompleted,
    VisitFailed,
    VisitStarted,
)
from workflow_compiler.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How a visit of a node of this type ended, or with which `error` an attempt of it failed."""

    type: str
    name: str
    seconds: float | None = None
    usage: Usage | None = None
    error: str | None = None


class VisitTap:
    """Hears the trace of one execution and tells of each end.

    Records of functions in threads come from there; of those none is heard here.
    """

    def __init__(self, plan: Plan, tell: Callable[[Outcome], None]) -> None:
        self._types = {node.id: node.type.name for node in plan.nodes}
        self._tell = tell
        self._began: dict[VisitKey, datetime] = {}

    def hear(self, record: Record) -> None:
        """Take in one record."""
        match record:
            case VisitStarted():
                self._began[_key(record)] = record.at
            case VisitCompleted(cached=cached):
                self._end(record, "cached" if cached else "completed", record.usage)
            case VisitFailed():
                self._end(record, "handled" if record.decisions else "failed", record.usage)
            case AttemptFailed(failure=failure):
                kind = self._types[record.node_id]
                self._tell(Outcome(type=kind, name="attempt", error=failure.type))
            case _:
                pass

    def _end(self, record: Record, name: str, usage: Usage | None) -> None:
        began = self._began.pop(_key(record), None)
        seconds = None if began is None else (record.at - began).total_seconds()
        kind = self._types[record.node_id]
        self._tell(Outcome(type=kind, name=name, seconds=seconds, usage=usage))


def _key(record: Record) -> VisitKey:
    return (record.node_id, record.path, record.visit)
