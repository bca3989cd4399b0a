"""One execution of one run: from the claim to a terminal event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace
from threading import get_ident
from typing import Any

import structlog
from langgraph.errors import GraphRecursionError

from services.domain.events import (
    RunCancelled,
    RunCompleted,
    RunError,
    RunEvent,
    RunFailed,
    RunStarted,
    Token,
)
from services.domain.runs import TransitionError
from services.domain.translate import Raw, Translator
from services.engine.closing import Ending, end_run
from services.engine.recorder import Recorder
from services.errors import LeaseLostError
from services.journal import Journal
from services.live.hub import Hub
from services.ports import Clock
from services.store.runs import Claim, Runs
from workflow_compiler import CompiledWorkflow, NodeError, Plan, RunContext
from workflow_compiler.errors import ErrorType, RunReturned
from workflow_compiler.lower import NodeFailedError, node_name
from workflow_compiler.registry import Work
from workflow_compiler.trace import Record

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What every session of a process shares."""

    journal: Journal
    hub: Hub
    runs: Runs
    clock: Clock
    lease_seconds: float


class Session:
    """Executes a claimed run, keeps its lease, and can be told to stop."""

    def __init__(
        self,
        claim: Claim,
        compiled: CompiledWorkflow,
        context: RunContext,
        environment: Environment,
    ) -> None:
        self._run = claim.run
        self._fence = claim.fence
        self._compiled = compiled
        self._translator = Translator(compiled.plan)
        self._context = replace(context, tap=self._hear, tapped=compiled.plan.fingerprint)
        self._loop = asyncio.get_running_loop()
        self._thread = get_ident()
        self._environment = environment
        self._recorder = Recorder(environment.journal, claim.run, claim.fence)
        self._work: asyncio.Task[Ending] | None = None
        self._reason: str | None = None

    def cancel(self, reason: str) -> None:
        """Stop the work; the run is cancelled when it has stopped."""
        self._reason = self._reason or reason
        if self._work is not None:
            self._work.cancel()

    async def execute(self) -> None:
        """Run the graph once and record the run to its end.

        Raises:
            ExceptionGroup: of LeaseLostError, RunIsOverError or TransitionError: the run is not
                ours any more, and its work has been stopped.
        """
        started = RunStarted(attempt=self._run.attempt + 1, at=self._environment.clock.now())
        self._recorder.put([started])
        async with asyncio.TaskGroup() as tasks:
            recording = tasks.create_task(self._recorder.drain())
            lease = tasks.create_task(self._keep_lease())
            self._work = tasks.create_task(self._play())
            if self._reason is not None:
                self._work.cancel()
            ending = await self._work_done(self._work)
            self._recorder.end()
            await recording
            await self._end(ending)
            lease.cancel()

    async def _work_done(self, work: asyncio.Task[Ending]) -> Ending:
        """How the run ends; a node that swallowed the cancel does not make it a success."""
        await asyncio.wait([work])
        if self._reason is not None:
            return self._cancelled(self._reason)
        return work.result()

    async def _play(self) -> Ending:
        """Consume the graph's stream; the event with which the run ends."""
        try:
            try:
                async with aclosing(self._stream()) as stream:
                    async for raw in stream:
                        self._tell(self._translator.translate(raw))
                        await self._recorder.room()
            finally:
                self._tell(self._translator.catch_up())
            return await self._completed()
        except RunReturned as returned:
            return self._returned(returned.output)
        except NodeFailedError as error:
            return self._failed(_error_of(error))
        except GraphRecursionError:
            limit = self._compiled.plan.limits.max_steps
            message = f"the run took more than {limit:,} steps (limits.max_steps)"
            return self._failed(RunError(type=ErrorType.STEP_LIMIT, message=message))
        except NodeError as error:
            return self._failed(RunError(type=error.type.value, message=error.message))
        except Exception as error:  # noqa: BLE001 - whatever it is, the run must end
            _log.exception("session.broken", run_id=self._run.id)
            kind = type(error).__name__
            message = f"internal error ({kind}); the server's log has the details"
            return self._failed(RunError(type=ErrorType.UNKNOWN, message=message))

    def _stream(self) -> AsyncGenerator[Raw, None]:
        names: Any = _streamed_names(self._compiled.plan)
        stream: Any = self._compiled.graph.astream_events(
            self._compiled.initial_state(self._run.input),
            self._compiled.config,
            version="v2",
            context=self._context,
            stream_mode=["custom"],  # the root's chunks tell us nothing, so let there be none
            include_names=names,
            include_types=["chat_model"],
        )
        return stream  # type: ignore[no-any-return]

    def _hear(self, record: Record) -> None:
        """The tap of the run; a function in a thread speaks through the loop."""
        if get_ident() == self._thread:
            self._tell(self._translator.hear(record))
        else:
            self._loop.call_soon_threadsafe(self._hear, record)

    def _tell(self, told: Iterable[RunEvent | Token]) -> None:
        for event in told:
            if isinstance(event, Token):
                self._environment.hub.publish_token(self._run.id, self._run.project_id, event)
            else:
                self._recorder.put([event])

    async def _completed(self) -> Ending:
        now = self._environment.clock.now()
        if stuck := self._translator.stuck():
            message = f"nothing can go on, but tokens wait on: {', '.join(stuck)}"
            return self._failed(RunError(type=ErrorType.DEADLOCK, message=message))
        self._recorder.put(self._translator.skip_rest(now))
        output = self._compiled.output(self._translator.final_state(), self._context)
        return RunCompleted(output=output, at=now)

    def _returned(self, output: object) -> Ending:
        """A node ended the run: what is at work has been stopped, what is left never begins."""
        now = self._environment.clock.now()
        self._recorder.put(self._translator.skip_rest(now))
        return RunCompleted(output=output, at=now)

    def _failed(self, error: RunError) -> RunFailed:
        return RunFailed(error=error, at=self._environment.clock.now())

    async def _end(self, ending: Ending) -> None:
        """Record how it ended; a cancel that somebody asked for in the meantime wins."""
        visits = self._recorder.open_visits()
        journal, run = self._environment.journal, self._recorder.run
        try:
            await end_run(journal, run, self._fence, visits, ending)
        except TransitionError:
            await end_run(journal, run, self._fence, visits, self._cancelled("cancelled"))

    def _cancelled(self, reason: str) -> RunCancelled:
        return RunCancelled(reason=self._reason or reason, at=self._environment.clock.now())

    async def _keep_lease(self) -> None:
        """Renew the lease every third of it; a cancel from another process is heard here."""
        seconds = self._environment.lease_seconds
        while True:
            await asyncio.sleep(seconds / 3)
            renewal = await self._environment.runs.renew(self._run.id, self._fence, seconds)
            if renewal is None:
                raise LeaseLostError(self._run.id)
            if renewal.cancel_reason is not None and self._reason is None:
                self.cancel(renewal.cancel_reason)


def _streamed_names(plan: Plan) -> frozenset[str]:
    """Whose events to put into the stream: each costs a wake-up of the loop, and few are read.

    The graph's own, and those of nodes that may call a model. It is a set since LangChain only asks
    of every event whether its name is among them.
    """
    members = (member for level in plan.levels for member in level.members)
    own = ((member, plan.nodes[member.node]) for member in members if member.node is not None)
    waiting = (m for m, node in own if node.type.work is Work.IO and not node.type.slots)
    return frozenset({plan.name, *(node_name(plan, member) for member in waiting)})


def _error_of(error: NodeFailedError) -> RunError:
    return RunError(
        type=error.failure.type.value,
        message=error.failure.message,
        node_id=error.node_id,
        visit=error.visit,
        attempt=error.attempt,
    )
