"""Looks at everything that a storm left behind."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from services.domain.events.runs import RunResumed
from services.domain.runs import RunStatus
from services.store.tables import workflow_runs
from tests.chaos.driver import Posted, asks
from tests.chaos.invariants import (
    Result,
    Story,
    broken_in,
    fired_early,
    has_crash_loop,
    left_behind,
    story_of,
)
from tests.chaos.workload import Effect
from tests.support.stores import Store, open_store


@dataclass
class Verdict:
    """What is broken, and the stories of the runs that it is broken in."""

    broken: list[str] = field(default_factory=list)
    guilty: dict[str, Story] = field(default_factory=dict)
    ends: Counter[str] = field(default_factory=Counter)
    resumptions: Counter[str] = field(default_factory=Counter)

    def find(self, story: Story, problems: Sequence[str]) -> None:
        """Take note of what is broken in a run, and of how it went."""
        crashed = " (crash loop)" * has_crash_loop(story.run)
        self.ends[story.run.status + crashed] += 1
        self.resumptions.update(e.reason for e in story.events if isinstance(e, RunResumed))
        if problems:
            self.broken += problems
            self.guilty[story.run.id] = story

    def __str__(self) -> str:
        logs = (_log_of(story) for story in self.guilty.values())
        return "\n".join([str(dict(self.ends)), str(dict(self.resumptions)), *self.broken, *logs])


async def judge(
    url: str,
    posted: Sequence[Posted],
    effects: Sequence[Effect],
    results: Mapping[tuple[str, int], Result],
) -> Verdict:
    """Everything that does not hold, of all runs and sub-runs of a database."""
    verdict, fates = Verdict(), {one.run_id: one for one in posted}
    async with open_store(url) as store:
        verdict.broken += await left_behind(store)
        for run_id in await _run_ids(store):
            story = await story_of(store, run_id)
            own = [effect for effect in effects if effect.run_id == run_id]
            problems = [*broken_in(story, own), *fired_early(story)]
            if (fate := fates.pop(run_id, None)) is not None:
                problems += _wrong_result(story, fate, results[fate.shape, fate.n])
            verdict.find(story, problems)
    verdict.broken += [f"{lost} was accepted, and is nowhere" for lost in fates.values()]
    return verdict


async def _run_ids(store: Store) -> list[str]:
    by_age = select(workflow_runs.c.id).order_by(workflow_runs.c.created_at)
    return [row.id for row in await store.database.rows(by_age)]


def _wrong_result(story: Story, posted: Posted, expected: Result) -> list[str]:
    """A run ends as if nothing had disturbed it, unless it gave up or somebody cancelled it."""
    found = Result.of(story.run)
    if found == expected or has_crash_loop(story.run):
        return []
    if posted.is_cancelled and found.status is RunStatus.CANCELLED:
        return []
    if posted.is_left and asks(posted.shape) and found.status is RunStatus.WAITING:
        return []
    return [f"{posted} ended as {found}, and should as {expected}"]


def _log_of(story: Story) -> str:
    lines = (f"  {seq} {event}" for seq, event in zip(story.seqs, story.events, strict=True))
    return "\n".join([f"{story.run}", *lines])
