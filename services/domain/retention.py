"""What may be forgotten: whole trees of runs that are over, and that nothing will go on from."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from services.domain.runs import TERMINAL, RunStatus

UNASKED = frozenset({RunStatus.COMPLETED, RunStatus.CANCELLED})
"""Runs that failed may still be looked into and retried, so they go only when somebody says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """Which runs have been kept for long enough; of one workflow only where one is given."""

    older_than: timedelta
    statuses: frozenset[RunStatus] = UNASKED
    workflow_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One run of a tree: what decides whether the tree may go.

    Of its thread it has how many runs there are, the turn of the last one that is over, and of the
    last one that left variables. `is_source`: a run that is not over goes on from it.
    """

    id: str
    root: str
    status: RunStatus
    events: int
    turn: int
    thread_size: int
    last_turn: int | None
    last_left: int | None
    is_source: bool

    @property
    def is_needed(self) -> bool:
        """Whether something is, or may still be, made of it."""
        return self.status not in TERMINAL or self.is_source or self._holds_its_thread()

    def _holds_its_thread(self) -> bool:
        """Whether a next run on its thread would look for it; of a sub-run nobody expects one."""
        if self.thread_size > 1:
            return self.turn in {self.last_turn, self.last_left}
        return self.turn == self.last_left and self.id == self.root


@dataclass(frozen=True, slots=True, kw_only=True)
class Pruned:
    """What was removed, sub-runs included."""

    trees: int = 0
    runs: int = 0
    events: int = 0

    def __add__(self, other: Pruned) -> Pruned:
        return Pruned(
            trees=self.trees + other.trees,
            runs=self.runs + other.runs,
            events=self.events + other.events,
        )


def removable(members: Collection[Member]) -> dict[str, list[Member]]:
    """By root, the trees of which no member is needed; in the order of the roots' ids."""
    trees: dict[str, list[Member]] = {}
    for member in members:
        trees.setdefault(member.root, []).append(member)
    return {
        root: trees[root]
        for root in sorted(trees)
        if not any(member.is_needed for member in trees[root])
    }
