"""Runs that nodes of another run ask for: executed beside it in its process, and ended with it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import Context
from typing import Final, Protocol

import anyio
import structlog

from services.domain.runs import Run, RunStatus
from services.errors import RunIsOverError, ServiceError
from workflow_compiler import ErrorType, NodeError
from workflow_compiler.ports import Reporter, SubRun, SubRunEnded

_log = structlog.get_logger(__name__)

_NODE_STOPPED: Final = "the node that asked for this run was stopped"


class Family(Protocol):
    """What there is to do with sub-runs beside executing them."""

    async def begin(self, parent: Run, wanted: SubRun) -> Run:
        """The sub-run of an attempt: a new one, or that which it has already."""

    async def get(self, run_id: str) -> Run:
        """A run as it stands now."""

    async def cancel(self, run_id: str, reason: str) -> Run:
        """Ask a run to stop."""

    async def ended(self, run_id: str) -> Run:
        """A run at its end, whichever process brings it there."""


class Executes(Protocol):
    """Executes runs of this process and stops them."""

    async def execute(self, run_id: str) -> bool:
        """Execute a run as far as it goes, unless another process does."""

    def release(self, run_id: str) -> bool:
        """Stop executing a run and leave it for another process; whether it is executed here."""

    def cancel(self, run_id: str, reason: str) -> None:
        """Stop a run that this process executes."""


class Told(Protocol):
    """What the parent of sub-runs was told to do."""

    @property
    def reason(self) -> str | None:
        """Why it was told to stop, if it was."""

    @property
    def is_released(self) -> bool:
        """Whether it was told to leave its run in the middle."""


class SubRunner:
    """The sub-runs of one run.

    A sub-run is executed in the place of its parent, which only waits: it needs none of its own
    among the runs that the process executes at once, so no parent can keep it from its child.
    """

    def __init__(
        self, parent: Run, family: Family, executor: Executes, told: Callable[[], Told | None]
    ) -> None:
        self._parent = parent
        self._family = family
        self._executor = executor
        self._told = told

    async def run(self, wanted: SubRun, report: Reporter) -> SubRunEnded:
        """Run a workflow to its end; a cancel stops it, and goes on when it has stopped.

        Where the parent is left in the middle, so is the sub-run: whoever goes on finds it.

        Raises:
            NodeError: it cannot be run, failed, or was cancelled.
        """
        run = await self._begun(wanted)
        report.log(f"executes {wanted.workflow!r} version {run.version} as run {run.id}")
        async with asyncio.TaskGroup() as tasks:
            # An empty context: LangGraph would take the sub-run for a part of the node's own graph.
            execution = tasks.create_task(self._executed(run.id), context=Context())
            watch: asyncio.Task[Run] | None = None
            try:
                await asyncio.wait([execution])
                watch = tasks.create_task(self._family.ended(run.id), context=Context())
                await asyncio.wait([watch])
            except asyncio.CancelledError:
                if self._is_released():
                    await self._leave(run.id, execution, watch)
                else:
                    stopping = tasks.create_task(self._stop(run.id), context=Context())
                    await _whatever_happens(stopping)
                raise
        return _result(wanted, watch.result())

    async def _begun(self, wanted: SubRun) -> Run:
        try:
            return await self._family.begin(self._parent, wanted)
        except ServiceError as error:
            message = f"workflow {wanted.workflow!r} cannot be run: {error}"
            raise NodeError(ErrorType.VALIDATION, message) from error

    async def _executed(self, run_id: str) -> bool:
        """Execute the sub-run; where that breaks off, whoever finds it goes on with it."""
        try:
            return await self._executor.execute(run_id)
        except Exception:  # noqa: BLE001 - logged with its traceback, as a dispatcher does
            # The database was away, say: that is no error of the node, which goes on waiting.
            _log.exception("sub_run.broken", sub_run_id=run_id)
            return False

    async def _leave(
        self, run_id: str, execution: asyncio.Task[bool], watch: asyncio.Task[Run] | None
    ) -> None:
        """Leave the sub-run in the middle if it is executed here, else to whoever is at it."""
        if watch is not None:
            watch.cancel()
            return
        self._executor.release(run_id)
        await _whatever_happens(execution)

    def _is_released(self) -> bool:
        told = self._told()
        return told is not None and told.is_released

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


def _result(wanted: SubRun, run: Run) -> SubRunEnded:
    if run.status is RunStatus.COMPLETED:
        return SubRunEnded(output=run.output, usage=run.usage)
    if run.error is None:
        message = f"run {run.id} of {wanted.workflow!r} was cancelled"
        raise NodeError(ErrorType.CANCELLATION, message, run.usage)
    place = f" in node {run.error.node_id!r}" if run.error.node_id is not None else ""
    message = f"run {run.id} of {wanted.workflow!r} failed{place}: {run.error.message}"
    raise NodeError(ErrorType(run.error.type), message, run.usage)
