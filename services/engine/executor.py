"""Claims runs and executes them: what every dispatcher calls, whatever brought the wake-up."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import Final

import structlog

from services.domain.events.base import RunError
from services.domain.events.runs import RunCancelled, RunFailed, RunPaused
from services.domain.runs import RunStatus, TransitionError
from services.engine.beginning import beginning_of
from services.engine.closing import Ending, is_held_no_more, leave_run, rest_run
from services.engine.compiling import Compiler
from services.engine.environment import Environment
from services.engine.lease import Lease
from services.engine.leaving import Closer
from services.engine.session import Session
from services.engine.subruns import Family, SubRunner
from services.errors import ServiceError
from services.store.leases import Claim, Renewal
from services.store.versions import Versions
from services.store.workflows import StoredVersion
from workflow_compiler import DefinitionError, RunContext
from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.planning import SLOW
from workflow_compiler.registry import Work

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
        self._guests: dict[str, Callable[[], None]] = {}

    async def execute(self, run_id: str) -> bool:
        """Claim a run and execute it as far as it goes; whether it waits in the database now.

        Nothing happens when it is not to be had.
        """
        claim = await self._environment.leases.claim(
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

    def look(self, run_id: str) -> bool:
        """Something was asked of a run, or has come for it; whether it has its place here."""
        session, woken = self._sessions.get(run_id), self._guests.get(run_id)
        if session is not None:
            session.look()
        if woken is not None:
            woken()
        return session is not None or woken is not None

    async def hear(self) -> None:
        """Do what was asked of the runs that are executed here, wherever it was asked."""
        fences = {run_id: session.fence for run_id, session in self._sessions.items()}
        for run_id, news in (await self._environment.leases.news(fences)).items():
            session = self._sessions.get(run_id)
            if session is not None and session.fence == fences[run_id]:
                session.obey(news)

    @contextmanager
    def hosting(self, run_id: str, woken: Callable[[], None]) -> Iterator[None]:
        """Call `woken` meanwhile when somebody wants the run executed: its place is here."""
        self._guests[run_id] = woken
        try:
            yield
        finally:
            del self._guests[run_id]

    def release(self, run_id: str) -> bool:
        """Leave a run for another process, or for a later start of this; whether it is at it."""
        session = self._sessions.get(run_id)
        if session is not None:
            session.release()
        return session is not None

    def cancel(self, run_id: str, reason: str) -> None:
        """Stop a run that this process executes."""
        if (session := self._sessions.get(run_id)) is not None:
            session.cancel(reason)

    def hold(self, run_id: str, *, is_held: bool) -> None:
        """Let nothing more of a run begin that this process executes, or let it go on."""
        if (session := self._sessions.get(run_id)) is not None:
            session.hold(is_held=is_held)

    async def _execute(self, claim: Claim) -> bool:
        run = claim.run
        if run.status is RunStatus.CANCELLING:
            reason = claim.cancel_reason or "cancelled"
            await self._finish(claim, RunCancelled(reason=reason, at=claim.at))
        elif await self._is_orphan(claim):
            await self._finish(claim, RunCancelled(reason=_PARENT_IS_OVER, at=claim.at))
        elif run.is_held:
            await self._lay_to_rest(claim)
            return True  # and is due already, where somebody has let it go on meanwhile
        else:
            return await self._play(claim)
        return False

    async def _play(self, claim: Claim) -> bool:
        """Execute a run from its start, or from where an execution before left it."""
        run = claim.run
        version = await self._versions.get(run.project_id, run.workflow_id, run.version)
        assert version is not None, "a run holds on to its version"  # noqa: S101
        try:
            session = await self._prepared(claim, version)
        except DefinitionError as error:
            message = f"the definition does not compile any more: {error}"
            await self._finish(claim, _failed(claim, ErrorType.VALIDATION, message))
            return False
        except NodeError as error:
            await self._finish(claim, _failed(claim, error.type, error.message))
            return False
        self._sessions[run.id] = session
        try:
            return await session.execute()
        finally:
            del self._sessions[run.id]

    async def _prepared(self, claim: Claim, version: StoredVersion) -> Session:
        """What executes a claimed run; to compile and to read a long log may outlast a lease."""
        environment = self._environment
        lease = Lease(environment.leases, claim, environment.lease_seconds, _ignored)
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(lease.keep())
            try:
                prepared: Session | DefinitionError | NodeError
                prepared = await self._session(claim, version)
            except (DefinitionError, NodeError) as error:
                prepared = error
            keeping.cancel()
        if isinstance(prepared, Exception):
            raise prepared
        return prepared

    async def _session(self, claim: Claim, version: StoredVersion) -> Session:
        """What executes a claimed run.

        Raises:
            DefinitionError: its version does not compile any more.
            NodeError: it would be in vain.
        """
        # Whatever stops keeps its superstep waiting: where visits stop, each branch has its own.
        slow = SLOW if claim.run.debugging is None else frozenset(Work)
        compiled = await self._compiler.compiled(version, slow)
        beginning = await beginning_of(claim, compiled.plan, self._environment)
        sub_runs = self._sub_runner(claim)
        context = self._context_of(claim, version, sub_runs)
        return Session(claim, compiled, context, self._environment, beginning, sub_runs)

    def _sub_runner(self, claim: Claim) -> SubRunner:
        return SubRunner(claim.run, self._family, self, partial(self._sessions.get, claim.run.id))

    def _context_of(self, claim: Claim, version: StoredVersion, sub_runs: SubRunner) -> RunContext:
        return replace(
            self._context,
            run_id=claim.run.id,
            workflow=version.definition["name"],
            version=version.version,
            node_cache=self._environment.node_caches.of(claim.run.project_id),
            secrets=self._environment.secrets.of(claim.run.project_id),
            sub_runs=sub_runs,
        )

    async def _lay_to_rest(self, claim: Claim) -> None:
        """Pause a run whose process was lost while it was held."""
        environment, run = self._environment, claim.run
        of_run = (environment.journal, environment.leases, run.id, claim.fence)
        if run.status is RunStatus.PAUSED:
            await leave_run(*of_run, claim.at)
        else:
            await rest_run(*of_run, RunPaused(at=claim.at), is_held_no_more)

    async def _is_orphan(self, claim: Claim) -> bool:
        """Whether nobody waits for this run any more, though a node had asked for it."""
        parent = claim.run.parent_run_id
        return parent is not None and (await self._family.get(parent)).is_over

    async def _finish(self, claim: Claim, ending: Ending) -> None:
        """End a run that is not executed any more, and what it had begun."""
        environment = self._environment
        closer = Closer(environment.journal, environment.runs, environment.log, self._versions)
        await closer.end(claim, ending)


def _failed(claim: Claim, kind: ErrorType, message: str) -> RunFailed:
    return RunFailed(error=RunError(type=kind, message=message), at=claim.at)


def _ignored(news: Renewal) -> None:
    """Nothing executes the run yet: what is asked of it is heard with its first event."""
