"""A request for a run on a thread, what it finds there, and what it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from api.errors import UnsupportedError
from api.langgraph.hearing import Hear
from api.langgraph.requests import RunBody
from services.bootstrap import Services
from services.domain.access import Principal
from services.domain.runs import Run
from services.domain.threads import Joining, Multitask
from services.store.workflows import StoredWorkflow
from services.usecases.interrupts import Stop


@dataclass(frozen=True, slots=True)
class Started:
    """A run that was begun or goes on; what it does from now on comes after `seq` in its log.

    Where there was nothing to be done, `values` are those that there are.
    """

    run: Run
    seq: int
    values: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request for a run of a workflow on a thread.

    `current` is the run that the thread has, and `stop` what that one has stopped for.
    """

    services: Services
    principal: Principal
    project_id: str
    thread_id: str
    body: RunBody
    workflow: StoredWorkflow
    hear: Hear
    current: Run | None
    stop: Stop | None

    async def joining(self, variables: Mapping[str, Any] | None = None) -> Joining:
        """How a new run comes onto the thread, with these variables or with what is left there.

        A run that has stopped for somebody is left behind: the client has moved on.
        """
        run_id = self.services.conversations.ids.new()
        await self.hear(run_id)
        strategy = self.body.multitask_strategy
        left = Multitask.ROLLBACK if strategy is Multitask.ROLLBACK else Multitask.INTERRUPT
        return Joining(
            thread_id=self.thread_id,
            multitask=strategy,
            at_rest=left if self.stop is not None else None,
            after_seconds=self.body.after_seconds,
            variables=variables,
            run_id=run_id,
        )

    async def kept(self, run: Run, seq: int) -> Started:
        """A run that was begun for this request, which is kept with it."""
        await self.services.conversations.records.keep_request(run.id, self.body.kept())
        return Started(run, seq)

    def must_be_of(self, run: Run) -> None:
        """A run goes on as what it is.

        Raises:
            UnsupportedError: it is of another workflow than the one that is asked for.
        """
        if run.workflow_id != self.workflow.id:
            why = f"run {run.id!r} goes on as what it is, a run of {run.workflow_id!r}"
            raise UnsupportedError("/assistant_id", why)
