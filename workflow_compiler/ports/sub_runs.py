"""Runs of other workflows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.ports.reporting import Reporter
from workflow_compiler.usage import Usage


@dataclass(frozen=True, slots=True, kw_only=True)
class SubRun:
    """A run of another workflow that an attempt of a visit wants.

    `workflow` is a name or an id; `version` None stands for the newest at that moment; `failures`
    counts the attempts of the visit that failed before; `until` is when the timer of this one stops
    it, None where it has none.
    """

    workflow: str
    version: int | None
    input: Mapping[str, Any]
    node_id: str
    path: str
    visit: int
    failures: int
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubRunEnded:
    """A sub-run that completed; `usage` is the sum over it and its own sub-runs."""

    output: Any
    usage: Usage | None


class SubRuns(Protocol):
    """Runs other workflows for the run that has this port."""

    async def run(self, wanted: SubRun, report: Reporter) -> SubRunEnded:
        """Run a workflow to its end, once for so many failures, however often it is asked for.

        A cancel of the caller stops it and waits until it has stopped.

        Raises:
            NodeError: it cannot be run, failed, or was cancelled.
        """


class NoSubRuns:
    """Knows no other workflow; the port's null."""

    async def run(self, wanted: SubRun, report: Reporter) -> SubRunEnded:
        """Refuse every workflow."""
        del report
        message = f"this program stores no workflows, so {wanted.workflow!r} cannot be run"
        raise NodeError(ErrorType.EXECUTION, message)
