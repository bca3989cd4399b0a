"""One execution of one run: from the claim to a terminal event, or to where the run is left."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from dataclasses import replace

from services.domain.events import RunCancelled, RunFailed, RunWaiting
from services.domain.runs import TransitionError
from services.engine.activity import Activity
from services.engine.closing import Ending, end_run
from services.engine.environment import Beginning, Environment
from services.engine.lease import Lease
from services.engine.playing import Play
from services.engine.recorder import Recorder
from services.engine.stops import Cancelled, Failed, Left, Rested, Stop, prevailing
from services.engine.waits import RunWaits
from services.store.runs import Claim, Renewal
from workflow_compiler import CompiledWorkflow, RunContext
from workflow_compiler.lower import run_limiter


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
        run, journal = claim.run, environment.journal
        self._run = run
        self._fence = claim.fence
        self._environment = environment
        self._beginning = beginning
        self._activity = Activity(environment.linger_seconds, self._rest)
        self._waits = RunWaits(
            environment.waits, run, self._activity, beginning.waits, beginning.answered
        )
        self._recorder = Recorder(journal, run, claim.fence, beginning.open_visits)
        self._play = Play(run, compiled, environment, beginning, self._recorder, self._activity)
        self._lease = Lease(environment.runs, claim, environment.lease_seconds, self._obey)
        self._context = replace(
            context,
            tap=self._play.hear,
            tapped=compiled.plan.fingerprint,
            history=beginning.history,
            waits=self._waits,
            room=self._recorder.room,
            limiter=run_limiter(compiled.plan),
        )
        self._work: asyncio.Task[Ending] | None = None
        self._stop: Stop | None = None

    @property
    def is_released(self) -> bool:
        """Whether it leaves the run in the middle, because it was told to or has lost it."""
        return isinstance(self._stop, Left | Rested)

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

    def release(self) -> None:
        """Stop the work and leave the run in the middle, for another execution to go on with."""
        self._stop_for(Left())

    def look(self) -> None:
        """Something that the run waits for may have come."""
        self._waits.look()

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
            lease = tasks.create_task(self._ours(self._lease.keep()))
            self._work = tasks.create_task(self._play.play(self._context))
            if self._stop is not None:
                self._work.cancel()
            ending = await self._work_done(self._work)
            self._recorder.end()
            await recording
            if ending is None:
                await self._give_up()
            else:
                await self._end(ending)
            lease.cancel()
        return isinstance(self._stop, Rested)

    def _stop_for(self, why: Stop) -> None:
        """Stop the work; of several reasons one decides what becomes of the run."""
        before, self._stop = self._stop, prevailing(self._stop, why)
        if self._stop is before and not isinstance(why, Left):
            return  # what is stopping already may need its time, unless the process goes
        if self.is_released:
            self._play.mute()
        if self._work is not None:
            self._work.cancel()

    def _rest(self) -> None:
        """Give the run up until something is answered or due: all that it does is wait."""
        self._stop_for(Rested(self._waits.next_due))

    def _obey(self, renewal: Renewal) -> None:
        """Do what was asked of the run, in this process or in another one."""
        if renewal.cancel_reason is not None:
            self.cancel(renewal.cancel_reason)
        if renewal.is_woken:
            self.look()

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
            case Left() | Rested():
                return None

    async def _give_up(self) -> None:
        """Leave the run in the middle; the right to it goes to whoever goes on."""
        environment, run_id, due = self._environment, self._run.id, None
        if isinstance(self._stop, Rested):
            due = self._stop.due_at
            waiting = RunWaiting(due_at=due, at=environment.clock.now())
            try:
                await environment.journal.record(run_id, self._fence, [waiting])
            except TransitionError:  # somebody has cancelled it in the meantime
                await self._end(self._cancelled())
                return
        await environment.runs.release(run_id, self._fence, due)

    async def _end(self, ending: Ending) -> None:
        """Record how it ended; a cancel that somebody asked for in the meantime wins."""
        visits = self._recorder.open_visits()
        journal, run = self._environment.journal, self._recorder.run
        try:
            await end_run(journal, run, self._fence, visits, ending)
        except TransitionError:
            await end_run(journal, run, self._fence, visits, self._cancelled())

    def _cancelled(self) -> RunCancelled:
        """The end of a run of which we hear only now that somebody cancelled it."""
        reason = self.reason or "cancelled"
        return RunCancelled(reason=reason, at=self._environment.clock.now())
