"""Runs and their sub-runs: who belongs to whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.domain.events.stops import Place
from services.domain.runs import Run, RunStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """One run of a tree, without what is large; `workflow` is the name."""

    id: str
    workflow_id: str
    workflow: str
    version: int
    status: RunStatus
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    parent_run_id: str | None
    parent_node_id: str | None
    parent_path: str | None
    parent_visit: int | None


@dataclass(frozen=True, slots=True)
class Branch:
    """A run and its sub-runs, in the order in which they were created."""

    run: Kin
    children: tuple[Branch, ...]


@dataclass(frozen=True, slots=True)
class RunTree:
    """A run with all that hangs on it; not `is_complete` where that was too much."""

    root: Branch
    is_complete: bool


def asked_by(run: Kin | Run) -> Place:
    """The visit of its parent that asked for a sub-run."""
    return Place(
        node_id=run.parent_node_id or "", path=run.parent_path or "", visit=run.parent_visit or 1
    )


def grown(root: Kin, descendants: Iterable[Kin]) -> Branch:
    """The tree of a run and its descendants."""
    children: dict[str | None, list[Kin]] = {}
    for run in descendants:
        children.setdefault(run.parent_run_id, []).append(run)

    def branch(run: Kin) -> Branch:
        return Branch(run, tuple(map(branch, children.get(run.id, ()))))

    return branch(root)
