"""What stops a run until somebody answers, and going on with it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from services.domain.interrupts import Interrupt, Resumption, resumptions
from services.domain.runs import AT_REST, Run, RunStatus
from services.domain.waits import SignalWait, Task
from services.errors import NothingToResumeError
from services.store.interrupts import OpenInterrupts, Rest
from services.usecases.runs import RunUseCases
from services.usecases.waits import WaitUseCases

_MOMENT_SECONDS: Final = 0.005

BY = "a client"
"""Who answers, where nobody says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """A run does nothing until somebody answers, or lets it go on where it is only paused."""

    interrupts: tuple[Interrupt, ...]
    is_paused: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptUseCases:
    """The interrupts of all runs."""

    store: OpenInterrupts
    runs: RunUseCases
    waits: WaitUseCases

    async def stop(self, run_id: str) -> Stop | None:
        """What a run has stopped for; None while it goes on, also by itself, and when it is over.

        A run that was answered goes on, though no process may have begun with it.
        """
        rest = await self._settled(run_id)
        match rest.status:
            case RunStatus.PAUSED if not rest.is_due:
                return Stop(interrupts=await self.store.of(run_id), is_paused=True)
            case RunStatus.WAITING if not rest.is_due:
                interrupts = await self.store.of(run_id)
                return Stop(interrupts=interrupts, is_paused=False) if interrupts else None
            case _:
                return None

    async def _settled(self, run_id: str) -> Rest:
        """How a run rests, when no process has it: one is just giving it up, or going on with it.

        Either is over in a moment, and nothing tells which it was but the row of the run.
        """
        rest = await self.store.rest(run_id)
        while rest.is_owned and rest.status in AT_REST:
            await asyncio.sleep(_MOMENT_SECONDS)
            rest = await self.store.rest(run_id)
        return rest

    async def resume(self, run: Run, answer: Any) -> None:
        """Answer what a run waits for; it goes on at once, as far as it can.

        Raises:
            NothingToResumeError: nothing waits for an answer.
            InterruptError: nobody can tell for which interrupt the answer is.
            AnswerError: the answer breaks the form of its task.
            TaskIsOverError: somebody else was faster.
        """
        chosen = resumptions(run.thread_id, await self.store.of(run.id), answer)
        for each in chosen:  # all or none: what is wrong is said before anything is answered
            if isinstance(task := each.interrupt.source, Task):
                await self.waits.check(task, each.answer)
        for each in chosen:
            await self._answer(run, each)

    async def go_on(self, run: Run) -> None:
        """Let a run go on that is paused.

        Raises:
            NothingToResumeError: nobody has paused it.
        """
        if run.status is not RunStatus.PAUSED and not run.is_held:
            raise NothingToResumeError(run.thread_id)
        await self.runs.resume(run.id)

    async def _answer(self, run: Run, resumption: Resumption) -> None:
        match resumption.interrupt.source:
            case Task(id=task_id, project_id=project_id):
                await self.waits.complete(project_id, task_id, resumption.answer, BY)
            case SignalWait() as wait:
                if not await self.store.give(wait, resumption.answer):
                    raise NothingToResumeError(run.thread_id)
                self.runs.dispatcher.send(await self.runs.store.root_of(wait.visit.run_id))
