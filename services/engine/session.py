"""One execution of one run: from the claim to a terminal event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Collection, Iterable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from threading import get_ident
from typing import Any, Protocol

import structlog
from langgraph.errors import GraphRecursionError

from services.domain.events import (
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    RunCancelled,
    RunCompleted,
    RunError,
    RunEvent,
    RunFailed,
    RunResumed,
    RunStarted,
    RunWaiting,
    Token,
)
from services.domain.runs import NodeState, TransitionError
from services.domain.translate import Raw, Translator
from services.domain.variables import Variables
from services.engine.activity import Activity
from services.engine.closing import Ending, end_run
from services.engine.recorder import Recorder
from services.engine.waits import RunWaits
from services.errors import LeaseLostError
from services.journal import Journal
from services.live.hub import Hub
from services.ports import WallClock
from services.store.events import EventLog
from services.store.patience import patiently
from services.store.runs import Claim, Renewal, Runs
from services.store.threads import Threads
from services.store.waits import Waits
from workflow_compiler import CompiledWorkflow, NodeError, Plan, RunContext
from workflow_compiler.errors import ErrorType, RunReturned
from workflow_compiler.history import History, VisitKey
from workflow_compiler.lower import NodeFailedError, node_name, run_limiter
from workflow_compiler.planning import PlannedNode
from workflow_compiler.ports import NodeCache
from workflow_compiler.registry import Work
from workflow_compiler.trace import Record, VisitStarted
from workflow_compiler.usage import Price

_log = structlog.get_logger(__name__)


class NodeCaches(Protocol):
    """Remembers results of nodes, for each project apart."""

    def of(self, project_id: str) -> NodeCache:
        """Those that the runs of a project may share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What every session of a process shares."""

    journal: Journal
    hub: Hub
    runs: Runs
    log: EventLog
    waits: Waits
    threads: Threads
    clock: WallClock
    node_caches: NodeCaches
    prices: Mapping[str, Price]
    lease_seconds: float
    linger_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What an execution of a run begins with.

    Attributes:
        event: That it begins, or goes on.
        history: What earlier executions have behind them.
        open_visits: The visits that they left open.
        waits: Those of them that wait, and until when.
        answered: The visits that had what they waited for.
        told: The nodes, with their paths, of which they told that they were visited or dead.
        variables: What the run began with, and what its visits have made of it.
    """

    event: RunStarted | RunResumed
    history: History = field(default_factory=History)
    open_visits: tuple[NodeState, ...] = ()
    waits: Mapping[VisitKey, datetime | None] = field(default_factory=dict)
    answered: Collection[VisitKey] = ()
    told: Collection[tuple[str, str]] = ()
    variables: Variables = field(default_factory=lambda: Variables({}))


class Session:
    """Executes a claimed run, keeps its lease, and can be told to stop."""

    def __init__(
        self,
        claim: Claim,
        compiled: CompiledWorkflow,
        context: RunContext,
        environment: Environment,
        beginning: Beginning,
    ) -> None:
        self._run = claim.run
        self._fence = claim.fence
        self._compiled = compiled
        self._translator = Translator(
            compiled.plan, environment.prices, beginning.told, beginning.history.stopped
        )
        self._beginning = beginning
        self._variables = beginning.variables
        self._activity = Activity(environment.linger_seconds, self._rest)
        self._containers = {node.id for node in compiled.plan.nodes if node.type.slots}
        self._waits = RunWaits(
            environment.waits, claim.run, self._activity, beginning.waits, beginning.answered
        )
        self._loop = asyncio.get_running_loop()
        self._thread = get_ident()
        self._environment = environment
        self._recorder = Recorder(
            environment.journal, claim.run, claim.fence, beginning.open_visits
        )
        self._context = replace(
            context,
            tap=self._hear,
            tapped=compiled.plan.fingerprint,
            history=beginning.history,
            waits=self._waits,
            room=self._recorder.room,
            limiter=run_limiter(compiled.plan),
        )
        self._work: asyncio.Task[Ending] | None = None
        self._reason: str | None = None
        self._released = False
        self._rests = False
        self._due: datetime | None = None

    @property
    def is_released(self) -> bool:
        """Whether it leaves the run in the middle, because it was told to or has lost it."""
        return self._released

    @property
    def reason(self) -> str | None:
        """Why it was told to stop, if it was."""
        return self._reason

    def cancel(self, reason: str) -> None:
        """Stop the work; the run is cancelled when it has stopped."""
        self._reason = self._reason or reason
        if self._work is not None:
            self._work.cancel()

    def release(self) -> None:
        """Stop the work and leave the run in the middle, for another execution to go on with."""
        self._released = True
        if self._work is not None:
            self._work.cancel()

    def look(self) -> None:
        """Something that the run waits for may have come."""
        self._waits.look()

    def _rest(self) -> None:
        """Give the run up until something is answered or due: all that it does is wait."""
        self._rests, self._due = True, self._waits.next_due
        self.release()

    async def execute(self) -> bool:
        """Run the graph once and record the run to its end, or to where it waits or was released.

        Returns:
            Whether it waits.

        Raises:
            ExceptionGroup: of LeaseLostError, RunIsOverError or TransitionError: the run is not
                ours any more, and its work has been stopped.
        """
        async with asyncio.TaskGroup() as tasks:
            recording = tasks.create_task(self._ours(self._record()))
            lease = tasks.create_task(self._ours(self._keep_lease()))
            self._work = tasks.create_task(self._play())
            if self._reason is not None or self._released:
                self._work.cancel()
            ending = await self._work_done(self._work)
            self._recorder.end()
            await recording
            if ending is None:
                await self._give_up()
            else:
                await self._end(ending)
            lease.cancel()
        return ending is None and self._rests

    async def _give_up(self) -> None:
        """Leave the run in the middle; the right to it goes to whoever goes on."""
        environment, run_id = self._environment, self._run.id
        if self._rests:
            waiting = RunWaiting(due_at=self._due, at=environment.clock.now())
            try:
                await environment.journal.record(run_id, self._fence, [waiting])
            except TransitionError:  # somebody has cancelled it in the meantime
                await self._end(self._cancelled("cancelled"))
                return
        await environment.runs.release(run_id, self._fence, self._due)

    async def _ours(self, keeping: Awaitable[None]) -> None:
        """Where this fails the run is not ours any more: it is in the middle for somebody else."""
        try:
            await keeping
        except Exception:
            self._released = True
            raise

    async def _record(self) -> None:
        await self._recorder.begin(self._beginning.event)
        await self._recorder.drain()

    async def _work_done(self, work: asyncio.Task[Ending]) -> Ending | None:
        """How the run ends, None where it does not end here.

        A node that swallowed the cancel does not make it a success.
        """
        await asyncio.wait([work])
        self._activity.stop()
        if self._reason is not None:
            return self._cancelled(self._reason)
        return None if work.cancelled() else work.result()

    async def _play(self) -> Ending:
        """Consume the graph's stream; the event with which the run ends."""
        try:
            try:
                async with aclosing(self._stream()) as stream:
                    async for raw in stream:
                        self._tell(self._translator.translate(raw))
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
            return self._failed(RunError(type=error.type, message=error.message))
        except Exception as error:  # noqa: BLE001 - whatever it is, the run must end
            _log.exception("session.broken", run_id=self._run.id)
            kind = type(error).__name__
            message = f"internal error ({kind}); the server's log has the details"
            return self._failed(RunError(type=ErrorType.UNKNOWN, message=message))

    def _stream(self) -> AsyncGenerator[Raw, None]:
        names: Any = _streamed_names(self._compiled.plan)
        stream: Any = self._compiled.graph.astream_events(
            self._compiled.initial_state(self._run.input, self._variables.first),
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
        if get_ident() != self._thread:
            self._loop.call_soon_threadsafe(self._hear, record)
            return
        if self._released:
            # The run is left as it was: how its nodes take the stop is no part of its story.
            return
        if isinstance(record, VisitStarted) and record.node_id not in self._containers:
            self._activity.began((record.node_id, record.path, record.visit))
        self._tell(self._translator.hear(record))

    def _tell(self, told: Iterable[RunEvent | Token]) -> None:
        for event in told:
            if isinstance(event, Token):
                self._environment.hub.publish_token(self._run.id, self._run.project_id, event)
            else:
                if isinstance(event, NodeCompleted | NodeFailed | NodeCancelled):
                    self._activity.ended((event.node_id, event.path, event.visit))
                self._variables.take([event])
                self._recorder.put([event])

    async def _completed(self) -> Ending:
        now = self._environment.clock.now()
        if stuck := self._translator.stuck():
            message = f"nothing can go on, but tokens wait on: {', '.join(stuck)}"
            return self._failed(RunError(type=ErrorType.DEADLOCK, message=message))
        self._recorder.put(self._translator.skip_rest(now))
        state = self._translator.final_state()
        output = self._compiled.output(state, self._context)
        self._variables.settle(state["vars"])
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
        left = self._variables.values
        try:
            await end_run(journal, run, self._fence, visits, replace(ending, variables=left))
        except TransitionError:
            cancelled = replace(self._cancelled("cancelled"), variables=left)
            await end_run(journal, run, self._fence, visits, cancelled)

    def _cancelled(self, reason: str) -> RunCancelled:
        return RunCancelled(reason=self._reason or reason, at=self._environment.clock.now())

    async def _keep_lease(self) -> None:
        """Renew the lease every third of it; a cancel from another process is heard here.

        Raises:
            LeaseLostError: another process has the run, or may have it, since the database was
                away until the lease had ended.
        """
        seconds = self._environment.lease_seconds
        asked_at = self._loop.time()
        while True:
            await asyncio.sleep(seconds / 3)
            ends_at, asked_at = asked_at + seconds, self._loop.time()
            renewal = await self._renewed_by(ends_at)
            if renewal is None:
                raise LeaseLostError(self._run.id)
            if renewal.cancel_reason is not None and self._reason is None:
                self.cancel(renewal.cancel_reason)
            if renewal.is_woken:
                self.look()

    async def _renewed_by(self, ends_at: float) -> Renewal | None:
        seconds = self._environment.lease_seconds
        with suppress(TimeoutError):
            async with asyncio.timeout_at(ends_at):
                return await patiently(
                    lambda: self._environment.runs.renew(self._run.id, self._fence, seconds),
                    seconds,
                )
        return None


def _streamed_names(plan: Plan) -> frozenset[str]:
    """Whose events to put into the stream: each costs a wake-up of the loop, and few are read.

    The graph's own, and those of nodes that may call a model. It is a set since LangChain only asks
    of every event whether its name is among them.
    """
    members = (member for level in plan.levels for member in level.members)
    own = ((member, plan.nodes[member.node]) for member in members if member.node is not None)
    waiting = (member for member, node in own if _may_wait(node))
    return frozenset({plan.name, *(node_name(plan, member) for member in waiting)})


def _may_wait(node: PlannedNode) -> bool:
    return node.type.work is not Work.COMPUTING and not node.type.slots


def _error_of(error: NodeFailedError) -> RunError:
    return RunError(
        type=error.failure.type,
        message=error.failure.message,
        node_id=error.node_id,
        visit=error.visit,
        attempt=error.attempt,
    )
