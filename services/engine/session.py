"""One execution of one run: from the claim to a terminal event, or to where the run is left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from services.domain.events.base import RunError
from services.domain.events.runs import RunCancelled, RunFailed, RunPaused, RunWaiting
from services.domain.events.stops import DebugWish
from services.domain.runs import TransitionError
from services.engine.activity import Activity
from services.engine.closing import Ending, end_run, is_held_no_more, leave_run, rest_run
from services.engine.countdowns import Countdowns
from services.engine.debugger import RunDebugger
from services.engine.environment import Beginning, Environment
from services.engine.following import followed, heard
from services.engine.gate import Gate
from services.engine.history_limit import HistoryLimit
from services.engine.lease import Lease
from services.engine.playing import Play
from services.engine.recorder import Recorder
from services.engine.stops import Cancelled, Failed, Left, Paused, Rested, Stop, prevailing
from services.engine.subruns import SubRunner
from services.engine.waits import RunWaits
from services.ports import Execution
from services.store.batches import Recorded
from services.store.leases import Claim, Renewal
from workflow_compiler import CompiledWorkflow, NodeError, RunContext
from workflow_compiler.history import VisitKey
from workflow_compiler.lower import run_limiter
from workflow_compiler.ports import Reporter
from workflow_compiler.waiting import SubRunRest


class Session:
    """Executes a claimed run, keeps its lease, and can be told to stop."""

    def __init__(
        self,
        claim: Claim,
        compiled: CompiledWorkflow,
        context: RunContext,
        environment: Environment,
        beginning: Beginning,
        sub_runs: SubRunner | None = None,
    ) -> None:
        self._sub_runs = sub_runs
        self._told_of = set(beginning.waits)
        run, journal = claim.run, environment.journal
        self._run = run
        self._fence = claim.fence
        self._environment = environment
        self._beginning = beginning
        self._activity = Activity(environment.linger_seconds, self._rest)
        self._waits = RunWaits(
            environment, run, self._activity, beginning.waits, beginning.answered
        )
        self._recorder = Recorder(
            journal, run, claim.fence, beginning.open_visits, heard=self._recorded
        )
        self._history = HistoryLimit(self.fail, run.event_count)
        self._gate = Gate(self._activity, self._recorder.room)
        self._execution = Execution(run=run, plan=compiled.plan, lag_seconds=claim.lag_seconds)
        self._countdowns = Countdowns()
        self._debugger = RunDebugger(
            self._execution, environment, beginning, self._gate, self._recorder, self._countdowns
        )
        self._play = Play(run, compiled, environment, beginning, self._recorder, self._activity)
        self._lease = Lease(environment.leases, claim, environment.lease_seconds, self.obey)
        self._context = replace(
            context,
            tap=self._play.hear,
            tapped=compiled.plan.fingerprint,
            history=beginning.history,
            waits=self._waits,
            debugger=self._debugger,
            room=self._gate.enter,
            limiter=run_limiter(compiled.plan),
        )
        self._work: asyncio.Task[Ending] | None = None
        self._stop: Stop | None = None

    @property
    def fence(self) -> int:
        """The fence of the claim that it executes the run with."""
        return self._fence

    @property
    def is_released(self) -> bool:
        """Whether it leaves the run in the middle, because it was told to or has lost it."""
        return isinstance(self._stop, Left | Rested | Paused)

    @property
    def reason(self) -> str | None:
        """Why the run ends early, if it does."""
        match self._stop:
            case Cancelled(reason):
                return reason
            case Failed(error):
                return error.message
            case _:
                return None

    def cancel(self, reason: str) -> None:
        """Stop the work; the run is cancelled when it has stopped."""
        self._stop_for(Cancelled(reason))

    def hold(self, *, is_held: bool) -> None:
        """Let nothing more begin, or let the run go on."""
        if is_held != self._gate.is_held and not self.is_released:
            self._gate.hold(is_held=is_held)
            self._debugger.stir()
            self.look()  # sub-runs that were held with this one go on with it

    def fail(self, error: NodeError) -> None:
        """Stop the work; the run fails with this error when it has stopped."""
        self._stop_for(Failed(RunError(type=error.type, message=error.message)))

    def release(self) -> None:
        """Stop the work and leave the run in the middle, for another execution to go on with."""
        self._stop_for(Left())

    def look(self) -> None:
        """Something that the run waits for may have come."""
        self._waits.look()
        self._debugger.look()
        if self._sub_runs is not None:
            self._sub_runs.look()

    def wish_for(self, visit: VisitKey) -> DebugWish | None:
        """How the sub-run of a visit is to be debugged; None where nobody debugs this run."""
        if not self._debugger.is_debugged:
            return None
        return DebugWish(is_stepping=self._debugger.is_entered(visit))

    def sub_run_stepped_out(self, visit: VisitKey) -> None:
        """It ended in the middle of a step, so what comes after the visit stops."""
        self._debugger.mark(visit)

    def sub_run_rests(
        self, visit: VisitKey, rest: SubRunRest, due_at: datetime | None, report: Reporter
    ) -> None:
        """A visit only waits now, since its sub-run does."""
        if visit not in self._told_of:
            self._told_of.add(visit)
            report.wait_began(rest, due_at)
        self._activity.waits(visit)

    def sub_run_goes_on(self, visit: VisitKey) -> None:
        """It does no more."""
        self._activity.goes_on(visit)

    async def execute(self) -> bool:
        """Run the graph once and record the run to its end, or to where it waits or was released.

        Returns:
            Whether it leaves the run in the middle, where it waits for whatever it is.

        Raises:
            ExceptionGroup: of LeaseLostError, RunIsOverError or TransitionError: the run is not
                ours any more, and its work has been stopped.
        """
        async with followed(self._environment.observers, self._execution) as tap:
            return await self._execute(replace(self._context, tap=heard(tap, self._context.tap)))

    async def _execute(self, context: RunContext) -> bool:
        async with asyncio.TaskGroup() as tasks:
            recording = tasks.create_task(self._ours(self._record()))
            lease = tasks.create_task(self._ours(self._lease.keep()))
            asked = tasks.create_task(self._ours(self._debugger.follow()))
            self._work = tasks.create_task(self._play.play(context))
            if self._stop is not None:
                self._work.cancel()
            with self._overdue_in_time():
                ending = await self._work_done(self._work)
            if ending is not None:
                self._recorder.put(self._debugger.unused())
            self._recorder.end()
            await recording
            if ending is None:
                await self._give_up()
            else:
                await self._end(ending)
            lease.cancel()
            asked.cancel()
        return ending is None

    @contextmanager
    def _overdue_in_time(self) -> Iterator[None]:
        """Meanwhile the run fails at its deadline."""
        if (deadline := self._beginning.deadline) is None:
            yield
            return
        fail = partial(self.fail, deadline.error)
        with self._countdowns.count(deadline.left_seconds, fail):
            yield

    def _next_due(self) -> datetime | None:
        """The earliest moment at which something goes on by itself."""
        moments = [self._waits.next_due]
        if self._sub_runs is not None:
            moments.append(self._sub_runs.next_due)
        if (left := self._countdowns.left_seconds) is not None:
            moments.append(self._environment.clock.now() + timedelta(seconds=left))
        return min((moment for moment in moments if moment is not None), default=None)

    def _stop_for(self, why: Stop) -> None:
        """Stop the work; of several reasons one decides what becomes of the run."""
        before, self._stop = self._stop, prevailing(self._stop, why)
        if self._stop is before and not isinstance(why, Left):
            return  # what is stopping already may need its time, unless the process goes
        if self.is_released:
            self._play.mute()
            self._debugger.give_up()
        if self._work is not None:
            self._work.cancel()

    def _rest(self) -> None:
        """Give the run up: all that it does is wait, or it has stopped and has nothing at work."""
        if self._debugger.is_behind:
            return
        is_held = self._gate.is_held
        if not is_held and self._waits.go_on_soon:
            return  # it is asked again then; to go on with another execution would cost more
        is_paused = is_held or not self._activity.is_waiting
        self._stop_for(Paused(is_held=is_held) if is_paused else Rested(self._next_due()))

    def obey(self, news: Renewal) -> None:
        """Do what was asked of the run, in this process or in another one."""
        self._heed(news.cancel_reason, is_held=news.is_held)
        self._debugger.heed(news.commands)
        if news.is_woken:
            self.look()

    def _recorded(self, recorded: Recorded) -> None:
        self._heed(recorded.cancel_reason, is_held=recorded.is_held)
        self._debugger.heed(recorded.commands)
        self._history.grew(recorded.event_count)

    def _heed(self, cancel_reason: str | None, *, is_held: bool) -> None:
        if cancel_reason is not None:
            self.cancel(cancel_reason)
        self.hold(is_held=is_held)

    async def _ours(self, keeping: Awaitable[None]) -> None:
        """Where this fails the run is not ours any more: it is in the middle for somebody else."""
        try:
            await keeping
        except Exception:
            self._stop = Left()
            self._play.mute()
            raise

    async def _record(self) -> None:
        await self._recorder.begin(self._beginning.event)
        await self._recorder.drain()

    async def _work_done(self, work: asyncio.Task[Ending]) -> Ending | None:
        """How the run ends, None where it does not end here.

        Whoever was told to stop has stopped, whatever its nodes made of it: one that swallows a
        cancel does not make it a success, and of what was muted the log does not know the end.
        """
        await asyncio.wait([work])
        self._activity.stop()
        now = self._environment.clock.now()
        match self._stop:
            case None:
                return work.result()
            case Cancelled(reason):
                return RunCancelled(reason=reason, at=now)
            case Failed(error):
                return RunFailed(error=error, at=now)
            case Left() | Rested() | Paused():
                return None

    async def _give_up(self) -> None:
        """Leave the run in the middle; the right to it goes to whoever goes on."""
        environment, now = self._environment, self._environment.clock.now()
        of_run = (environment.journal, environment.leases, self._run.id, self._fence)
        try:
            match self._stop:
                case Rested(due_at):
                    await rest_run(*of_run, RunWaiting(due_at=due_at, at=now), self._is_stale)
                case Left() if not self._gate.is_held:
                    await leave_run(*of_run, now)
                case Paused(is_held=False):
                    await rest_run(*of_run, RunPaused(at=now), self._is_stale)
                case _:
                    await rest_run(*of_run, RunPaused(at=now), is_held_no_more)
        except TransitionError:  # somebody has cancelled it in the meantime
            await self._end(self._cancelled())

    async def _is_stale(self, recorded: Recorded) -> bool:
        """Whether something may go on that stopped here before that was asked."""
        return recorded.commands > 0 and await self._debugger.has_missed()

    async def _end(self, ending: Ending) -> None:
        """Record how it ended; a cancel that somebody asked for in the meantime wins."""
        visits, threads = self._recorder.open_visits(), self._play.still_running
        journal, run = self._environment.journal, self._recorder.run
        left = self._beginning.variables.values
        try:
            await end_run(
                journal, run, self._fence, visits, replace(ending, variables=left), threads
            )
        except TransitionError:
            cancelled = replace(self._cancelled(), variables=left)
            await end_run(journal, run, self._fence, visits, cancelled, threads)

    def _cancelled(self) -> RunCancelled:
        """The end of a run of which we hear only now that somebody cancelled it."""
        reason = self.reason or "cancelled"
        return RunCancelled(reason=reason, at=self._environment.clock.now())
