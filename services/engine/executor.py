"""Claims runs and executes them: what every dispatcher calls, whatever brought the wake-up."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Final

import structlog

from services.domain.events import (
    Resumption,
    RunCancelled,
    RunError,
    RunFailed,
    RunResumed,
    RunStarted,
)
from services.domain.frames import from_stored
from services.domain.history import MAX_CRASHES, Past
from services.domain.runs import Run, RunStatus, TransitionError
from services.engine.closing import end_run
from services.engine.compiling import Compiler
from services.engine.environment import Beginning, Environment
from services.engine.session import Session
from services.engine.subruns import Family, SubRunner
from services.errors import ServiceError, UnreadableEventError
from services.store.runs import Claim
from services.store.versions import Versions
from workflow_compiler import DefinitionError, Plan, RunContext
from workflow_compiler.errors import ErrorType

_PARENT_IS_OVER: Final = "the run that asked for this one is over"

_log = structlog.get_logger(__name__)


class Executor:
    """Executes runs of this process; each run at most once at a time, in one process only.

    `context` is what every run gets from the world; the executor adds which run it is.
    """

    def __init__(
        self,
        *,
        owner: str,
        environment: Environment,
        versions: Versions,
        compiler: Compiler,
        context: RunContext,
        family: Family,
    ) -> None:
        self._family = family
        self._owner = owner
        self._environment = environment
        self._versions = versions
        self._compiler = compiler
        self._context = context
        self._sessions: dict[str, Session] = {}

    async def execute(self, run_id: str) -> bool:
        """Claim a run and execute it as far as it goes; whether it waits in the database now.

        Nothing happens when it is not to be had.
        """
        claim = await self._environment.runs.claim(
            run_id, self._owner, self._environment.lease_seconds
        )
        if claim is None:
            return False
        with structlog.contextvars.bound_contextvars(run_id=run_id):
            try:
                return await self._execute(claim)
            except* (ServiceError, TransitionError) as lost:
                _log.warning("run.lost", reasons=[str(error) for error in lost.exceptions])
        return False

    def look(self, run_id: str) -> None:
        """Something that a run waits for may have come."""
        if (session := self._sessions.get(run_id)) is not None:
            session.look()

    def release(self, run_id: str) -> bool:
        """Leave a run for another process, or for a later start of this; whether it is at it."""
        session = self._sessions.get(run_id)
        if session is not None:
            session.release()
        return session is not None

    def cancel(self, run_id: str, reason: str) -> None:
        """Stop a run that this process executes; others hear of it when they renew their lease."""
        if (session := self._sessions.get(run_id)) is not None:
            session.cancel(reason)

    async def _execute(self, claim: Claim) -> bool:
        match claim.run.status:
            case RunStatus.CANCELLING:
                reason = await self._reason(claim)
                await self._finish(claim, RunCancelled(reason=reason, at=self._now()))
                return False
            case _:
                return await self._play(claim)

    async def _play(self, claim: Claim) -> bool:
        """Execute a run from its start, or from where an execution before left it."""
        run = claim.run
        if await self._is_orphan(run):
            await self._finish(claim, RunCancelled(reason=_PARENT_IS_OVER, at=self._now()))
            return False
        version = await self._versions.get(run.project_id, run.workflow_id, run.version)
        assert version is not None, "a run holds on to its version"  # noqa: S101
        try:
            compiled = await self._compiler.compiled(version)
        except DefinitionError as error:
            message = f"the definition does not compile any more: {error}"
            await self._finish(claim, self._failed(ErrorType.VALIDATION, message))
            return False
        try:
            beginning = await self._beginning(claim, compiled.plan)
        except UnreadableEventError as error:
            await self._finish(claim, self._failed(ErrorType.CHECKPOINT_CORRUPT, str(error)))
            return False
        if beginning is None:
            message = f"{MAX_CRASHES} processes in a row were lost at the same place of this run"
            await self._finish(claim, self._failed(ErrorType.CRASH_LOOP, message))
            return False
        context = replace(
            self._context,
            run_id=run.id,
            workflow=version.definition["name"],
            version=version.version,
            node_cache=self._environment.node_caches.of(run.project_id),
            sub_runs=SubRunner(run, self._family, self, partial(self._sessions.get, run.id)),
        )
        session = Session(claim, compiled, context, self._environment, beginning)
        self._sessions[run.id] = session
        try:
            return await session.execute()
        finally:
            del self._sessions[run.id]

    async def _beginning(self, claim: Claim, plan: Plan) -> Beginning | None:
        """Where an execution begins; None when it would be in vain once more.

        Raises:
            UnreadableEventError: the log is not what this version writes.
        """
        run, attempt = claim.run, claim.run.attempt + 1
        if run.status is RunStatus.PENDING:
            return Beginning(event=RunStarted(attempt=attempt, at=self._now()))
        past = Past(plan)
        async for entry in self._environment.log.all(run.id):
            past.take([from_stored(entry)])
        if claim.is_takeover and past.crashes + 1 >= MAX_CRASHES:
            return None
        return Beginning(
            event=RunResumed(attempt=attempt, reason=_reason_of(claim), at=self._now()),
            history=past.history(),
            waits=past.waits,
            answered=past.answered,
            told=past.told,
            open_visits=tuple(await self._environment.runs.open_visits(run.id)),
        )

    async def _is_orphan(self, run: Run) -> bool:
        """Whether nobody waits for this run any more, though a node had asked for it."""
        parent = run.parent_run_id
        return parent is not None and (await self._family.get(parent)).is_over

    async def _finish(self, claim: Claim, ending: RunCancelled | RunFailed) -> None:
        """End a run that is not executed any more, and what it had begun."""
        visits = await self._environment.runs.open_visits(claim.run.id)
        await end_run(self._environment.journal, claim.run, claim.fence, visits, ending)

    async def _reason(self, claim: Claim) -> str:
        seconds = self._environment.lease_seconds
        renewal = await self._environment.runs.renew(claim.run.id, claim.fence, seconds)
        return (renewal and renewal.cancel_reason) or "cancelled"

    def _failed(self, kind: ErrorType, message: str) -> RunFailed:
        return RunFailed(error=RunError(type=kind, message=message), at=self._now())

    def _now(self) -> datetime:
        return self._environment.clock.now()


def _reason_of(claim: Claim) -> Resumption:
    if claim.is_takeover:
        return Resumption.LOST
    return Resumption.DUE if claim.run.status is RunStatus.WAITING else Resumption.RELEASED
