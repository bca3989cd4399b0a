"""Forgetting runs that nobody needs any more, while everything else goes on."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from services.domain.retention import Expiry, Pruned
from services.domain.runs import TERMINAL
from services.errors import InputError, InputProblem
from services.store.retention import Retention, Step


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionUseCases:
    """What is kept of the runs of all projects, and for how long."""

    store: Retention

    async def prune(self, project_id: str, expiry: Expiry, *, is_rehearsal: bool = False) -> Pruned:
        """Remove the runs of a project that have been kept for long enough, as whole trees.

        Whatever is not over stays, and so does what a run may still go on from: the sources of runs
        that are not over, and the run on each thread that a next one would begin with. With the
        runs of a whole project go the threads that have none left, nor variables. It may be stopped
        and called again at any time. A rehearsal only counts.

        Raises:
            InputError: a status is none of those with which a run ends.
        """
        clock = asyncio.get_running_loop().time
        pruned, after = Pruned(), ""
        while True:
            begun_at = clock()
            done = await self.prune_some(project_id, expiry, after, is_rehearsal=is_rehearsal)
            pruned += done.removed
            if done.after is None:
                return pruned
            after = done.after
            await asyncio.sleep(clock() - begun_at)  # writers get as much time as this takes

    async def prune_some(
        self, project_id: str, expiry: Expiry, after: str, *, is_rehearsal: bool = False
    ) -> Step:
        """The same for the next few of them, those with roots after this one.

        Raises:
            InputError: a status is none of those with which a run ends.
        """
        if unended := sorted(expiry.statuses - TERMINAL):
            detail = f"a run that is {unended[0]} is not over; choose from {sorted(TERMINAL)}"
            raise InputError([InputProblem(pointer="/status", code="status", detail=detail)])
        step = self.store.look if is_rehearsal else self.store.step
        done = await step(project_id, expiry, after)
        if done.after is None and expiry.workflow_id is None and not is_rehearsal:
            await self.store.forget_threads(project_id, expiry.older_than)
        return done
