"""Runs that nodes of another run ask for: executed beside it in its process, and ended with it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from contextvars import Context
from datetime import datetime
from typing import Final, Protocol

import anyio
import structlog

from services.domain.events.stops import DebugWish
from services.domain.runs import Run, RunStatus
from services.errors import RunIsOverError, ServiceError
from workflow_compiler import ErrorType, NodeError
from workflow_compiler.history import VisitKey
from workflow_compiler.ports import Reporter, SubRun, SubRunEnded
from workflow_compiler.waiting import SubRunRest

_log = structlog.get_logger(__name__)

_NODE_STOPPED: Final = "the node that asked for this run was stopped"


class Family(Protocol):
    """What there is to do with sub-runs beside executing them."""

    async def begin(self, parent: Run, wanted: SubRun, debug: DebugWish | None) -> Run:
        """The sub-run of an attempt: a new one, or that which it has already."""

    async def get(self, run_id: str) -> Run:
        """A run as it stands now."""

    async def cancel(self, run_id: str, reason: str) -> Run:
        """Ask a run to stop."""

    async def ended(self, run_id: str) -> Run:
        """A run at its end, whichever process brings it there."""

    async def left(self, run_id: str) -> Run:
        """A run at its end or at rest, whichever process leaves it there."""

    async def due_at(self, run_id: str) -> datetime | None:
        """When a run that rests goes on by itself, if it does."""


class Executes(Protocol):
    """Executes runs of this process and stops them."""

    async def execute(self, run_id: str) -> bool:
        """Execute a run as far as it goes, unless another process does."""

    def release(self, run_id: str) -> bool:
        """Stop executing a run and leave it for another process; whether it is executed here."""

    def cancel(self, run_id: str, reason: str) -> None:
        """Stop a run that this process executes."""

    def look(self, run_id: str) -> bool:
        """Have a run of this process look for what it waits for; whether it is one."""

    def hosting(self, run_id: str, woken: Callable[[], None]) -> AbstractContextManager[None]:
        """Call `woken` meanwhile when somebody wants the run executed: its place is here."""


class Told(Protocol):
    """What the parent of sub-runs was told to do, and is told of them."""

    @property
    def reason(self) -> str | None:
        """Why it was told to stop, if it was."""

    @property
    def is_released(self) -> bool:
        """Whether it was told to leave its run in the middle."""

    def wish_for(self, visit: VisitKey) -> DebugWish | None:
        """How the sub-run of a visit is to be debugged; None where nobody debugs the parent."""

    def sub_run_stepped_out(self, visit: VisitKey) -> None:
        """It ended in the middle of a step, so what comes after the visit stops."""

    def sub_run_rests(
        self, visit: VisitKey, rest: SubRunRest, due_at: datetime | None, report: Reporter
    ) -> None:
        """A visit only waits now, since its sub-run does."""

    def sub_run_goes_on(self, visit: VisitKey) -> None:
        """It does no more."""


class SubRunner:
    """The sub-runs of one run.

    A sub-run is executed in the place of its parent, which only waits: it needs none of its own
    among the runs that the process executes at once, so no parent can keep it from its child. That
    holds when it goes on after a rest, too. While it rests, the visit of its parent waits.
    """

    def __init__(
        self, parent: Run, family: Family, executor: Executes, told: Callable[[], Told | None]
    ) -> None:
        self._parent = parent
        self._family = family
        self._executor = executor
        self._told = told
        self._resting: dict[str, datetime | None] = {}
        self._woken: dict[str, asyncio.Event] = {}

    @property
    def next_due(self) -> datetime | None:
        """The earliest moment at which a resting sub-run goes on by itself."""
        return min((due for due in self._resting.values() if due is not None), default=None)

    def look(self) -> None:
        """Something that a sub-run waits for may have come."""
        for run_id, woken in self._woken.items():
            self._executor.look(run_id)
            woken.set()

    async def run(self, wanted: SubRun, report: Reporter) -> SubRunEnded:
        """Run a workflow to its end; a cancel stops it, and goes on when it has stopped.

        Where the parent is left in the middle, so is the sub-run: whoever goes on finds it.

        Raises:
            NodeError: it cannot be run, failed, or was cancelled.
        """
        run = await self._begun(wanted)
        report.log(f"executes {wanted.workflow!r} version {run.version} as run {run.id}")
        woken = self._woken[run.id] = asyncio.Event()
        with self._executor.hosting(run.id, woken.set):
            try:
                while not run.is_over:
                    await self._execute(run.id)
                    run = await self._family.get(run.id)
                    if not run.is_over:
                        run = await self._rest(run, wanted, report)
            finally:
                del self._woken[run.id]
        if run.debugging is not None and run.debugging.is_on_its_way:
            self._stepped_out(wanted)
        return _result(wanted, run)

    def _stepped_out(self, wanted: SubRun) -> None:
        if (told := self._told()) is not None:
            told.sub_run_stepped_out((wanted.node_id, wanted.path, wanted.visit))

    async def _execute(self, run_id: str) -> None:
        """Execute the sub-run as far as it goes."""
        async with asyncio.TaskGroup() as tasks:
            # An empty context: LangGraph would take the sub-run for a part of the node's own graph.
            execution = tasks.create_task(self._executed(run_id), context=Context())
            try:
                await asyncio.wait([execution])
            except asyncio.CancelledError:
                if self._is_released():
                    self._executor.release(run_id)
                    await _whatever_happens(execution)
                else:
                    await self._stopped(run_id)
                raise

    async def _rest(self, run: Run, wanted: SubRun, report: Reporter) -> Run:
        """Wait until the sub-run is to be executed again, or another process has ended it.

        One that another process took over is to be executed here again when it rests there.
        """
        leaving = self._family.ended if rests(run) else self._family.left
        async with asyncio.TaskGroup() as tasks:
            ending = tasks.create_task(leaving(run.id), context=Context())
            waking = tasks.create_task(self._woken[run.id].wait())
            try:
                async with self._waiting(run, wanted, report):
                    await asyncio.wait([ending, waking], return_when=asyncio.FIRST_COMPLETED)
            except asyncio.CancelledError:
                if not self._is_released():
                    await self._stopped(run.id)
                raise
            finally:
                ending.cancel()
                waking.cancel()
        self._woken[run.id].clear()
        return await self._family.get(run.id)

    @asynccontextmanager
    async def _waiting(self, run: Run, wanted: SubRun, report: Reporter) -> AsyncIterator[None]:
        """Meanwhile the visit waits, where the sub-run rests and is not executed elsewhere."""
        told, key = self._told(), (wanted.node_id, wanted.path, wanted.visit)
        if told is None or not rests(run):
            yield
            return
        moments = (await self._family.due_at(run.id), wanted.until)
        due = min((moment for moment in moments if moment is not None), default=None)
        self._resting[run.id] = due
        told.sub_run_rests(key, SubRunRest(workflow=wanted.workflow, run_id=run.id), due, report)
        try:
            yield
        finally:
            del self._resting[run.id]
            told.sub_run_goes_on(key)

    async def _begun(self, wanted: SubRun) -> Run:
        """The sub-run; when the visit is stopped before it is known, it is stopped all the same.

        It may wait for something since an earlier execution, and nobody else would ever stop it.
        """
        async with asyncio.TaskGroup() as tasks:
            beginning = tasks.create_task(self._begin(wanted))
            try:
                await asyncio.wait([beginning])
            except asyncio.CancelledError:
                await _whatever_happens(beginning)
                if isinstance(run := beginning.result(), Run) and not self._is_released():
                    await self._stopped(run.id)
                raise
        if isinstance(begun := beginning.result(), ServiceError):
            message = f"workflow {wanted.workflow!r} cannot be run: {begun}"
            raise NodeError(ErrorType.VALIDATION, message) from begun
        return begun

    async def _begin(self, wanted: SubRun) -> Run | ServiceError:
        told, visit = self._told(), (wanted.node_id, wanted.path, wanted.visit)
        debug = told.wish_for(visit) if told is not None else None
        try:
            return await self._family.begin(self._parent, wanted, debug)
        except ServiceError as error:
            return error

    async def _executed(self, run_id: str) -> bool:
        """Execute the sub-run; where that breaks off, whoever finds it goes on with it."""
        try:
            return await self._executor.execute(run_id)
        except Exception:  # noqa: BLE001 - logged with its traceback, as a dispatcher does
            # The database was away, say: that is no error of the node, which goes on waiting.
            _log.exception("sub_run.broken", sub_run_id=run_id)
            return False

    def _is_released(self) -> bool:
        told = self._told()
        return told is not None and told.is_released

    async def _stopped(self, run_id: str) -> None:
        # A group of its own: the one around may be giving up, and takes nothing in then.
        async with asyncio.TaskGroup() as tasks:
            await _whatever_happens(tasks.create_task(self._stop(run_id), context=Context()))

    async def _stop(self, run_id: str) -> None:
        """Cancel the sub-run, and wait until it has ended."""
        told = self._told()
        reason = (told and told.reason) or _NODE_STOPPED
        with suppress(RunIsOverError):
            await self._family.cancel(run_id, reason)
        self._executor.cancel(run_id, reason)
        await self._family.ended(run_id)


async def _whatever_happens(task: asyncio.Task[object]) -> None:
    """Wait for the end of a task, though we are asked to stop meanwhile."""
    while not task.done():
        with anyio.CancelScope(shield=True), suppress(asyncio.CancelledError):
            await asyncio.wait([task])


def rests(run: Run) -> bool:
    """Whether no process is at a run, since it waits or is held."""
    return run.status in {RunStatus.WAITING, RunStatus.PAUSED} or (
        run.status is RunStatus.PENDING and run.is_held
    )


def _result(wanted: SubRun, run: Run) -> SubRunEnded:
    if run.status is RunStatus.COMPLETED:
        return SubRunEnded(output=run.output, usage=run.usage)
    if run.error is None:
        message = f"run {run.id} of {wanted.workflow!r} was cancelled"
        raise NodeError(ErrorType.CANCELLATION, message, run.usage)
    place = f" in node {run.error.node_id!r}" if run.error.node_id is not None else ""
    message = f"run {run.id} of {wanted.workflow!r} failed{place}: {run.error.message}"
    raise NodeError(ErrorType(run.error.type), message, run.usage)
