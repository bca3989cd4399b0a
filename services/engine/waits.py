"""What the visits of one run wait for, while a process executes it.

A visit waits in memory as long as other parts of the run have something to do; the store knows of
it all the same, so nothing is lost when the process is. What was answered is read from the store:
a wake-up only says that it is worth a look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any, Final

from services.domain.runs import Run
from services.domain.waits import SignalWait, Task, TaskStatus, VisitRef
from services.engine.activity import Activity
from services.engine.environment import Environment
from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.history import VisitKey
from workflow_compiler.ports import Clock as WorkflowClock
from workflow_compiler.ports import NodeContext
from workflow_compiler.waiting import HumanTask, Signal, Timer, Wait

_SOON: Final = 10
"""How many times as long as it lingers a run stays for what it goes on with by itself."""


class RunWaits:
    """The `Waits` port of one execution of one run.

    `known` are the visits that an earlier execution left waiting, and until when; of the `answered`
    ones it has told the answer too.
    """

    def __init__(
        self,
        environment: Environment,
        run: Run,
        activity: Activity,
        known: Mapping[VisitKey, datetime | None],
        answered: Collection[VisitKey],
    ) -> None:
        self._store = environment.waits
        self._clock = environment.clock
        self._linger_seconds = environment.linger_seconds
        self._run = run
        self._activity = activity
        self._known = known
        self._answered = answered
        self._due: dict[VisitKey, datetime | None] = {}
        self._woken: dict[VisitKey, asyncio.Event] = {}

    def look(self) -> None:
        """Something may have been answered."""
        for woken in self._woken.values():
            woken.set()

    @property
    def next_due(self) -> datetime | None:
        """The earliest moment until which a visit waits now."""
        return min((due for due in self._due.values() if due is not None), default=None)

    @property
    def go_on_soon(self) -> bool:
        """Whether a visit waits so shortly that it costs less to stay than to come back."""
        soon = self._clock.now() + timedelta(seconds=_SOON * self._linger_seconds)
        return self.next_due is not None and self.next_due < soon

    async def answer(self, wait: Wait, context: NodeContext) -> Any:
        """What a wait ends with.

        Raises:
            NodeError: TIMEOUT, when nobody answered in time.
        """
        key = _key(context)
        due = self._known[key] if key in self._known else _due_at(wait, context.run.clock)
        with self._hearing(key) as woken:
            match wait:
                case HumanTask():
                    return await self._asked(wait, context, due, woken)
                case Signal():
                    return await self._listening(wait, context, due, woken)
                case Timer():
                    return await self._sleeping(wait, context, due)

    async def _asked(
        self, wait: HumanTask, context: NodeContext, due: datetime | None, woken: asyncio.Event
    ) -> Any:
        task = await self._task(wait, context, due)
        self._begin(wait, context, due, task.id)
        while task.status is TaskStatus.OPEN:
            if await self._woken_in_time(woken, due, context):
                task = await self._task(wait, context, due)
            elif await self._store.expire(task.id) is not None:
                raise NodeError(ErrorType.TIMEOUT, "nobody answered in time")
            else:
                task = await self._task(wait, context, due)
        if task.status is not TaskStatus.COMPLETED:
            raise NodeError(ErrorType.TIMEOUT, "nobody answered in time")
        self._end(wait, context, task.answer, task.id, task.answered_by)
        return task.answer

    async def _listening(
        self, wait: Signal, context: NodeContext, due: datetime | None, woken: asyncio.Event
    ) -> Any:
        visit = self._visit(context)
        asked = SignalWait(
            project_id=self._run.project_id, name=wait.name, key=wait.key, visit=visit
        )
        received = await self._store.receive(asked)
        self._begin(wait, context, due)
        while received is None:
            if await self._woken_in_time(woken, due, context):
                received = await self._store.receive(asked)
            elif (received := await self._store.stop_waiting(visit)) is None:
                raise NodeError(ErrorType.TIMEOUT, f"no signal {wait.name!r} came in time")
        self._end(wait, context, received.payload)
        return received.payload

    async def _sleeping(self, wait: Timer, context: NodeContext, due: datetime | None) -> None:
        assert due is not None, "a timer has a moment"  # noqa: S101
        self._begin(wait, context, due)
        with self._idle(context, due):
            await context.run.clock.sleep(_left(due, context.run.clock))
        self._end(wait, context, None)

    def _begin(
        self, wait: Wait, context: NodeContext, due: datetime | None, task_id: str | None = None
    ) -> None:
        """From here on the store knows what the visit waits for, and so does the log."""
        if _key(context) not in self._known:
            context.report.wait_began(wait, due, task_id)

    async def _woken_in_time(
        self, woken: asyncio.Event, due: datetime | None, context: NodeContext
    ) -> bool:
        """Wait for a wake-up; False when the moment comes first."""
        clock = context.run.clock
        with self._idle(context, due):
            if due is None:
                await woken.wait()
            elif _left(due, clock):
                with suppress(TimeoutError), clock.timeout(_left(due, clock)):
                    await woken.wait()
        was_woken = woken.is_set()
        woken.clear()
        return was_woken

    @contextmanager
    def _idle(self, context: NodeContext, due: datetime | None) -> Iterator[None]:
        """For so long the visit does nothing but wait.

        What it asks the store before and after is work: a run that rested meanwhile could be due
        again at once, and would never get any further.
        """
        key, stopped = _key(context), context.run.until
        self._due[key] = min((moment for moment in (due, stopped) if moment), default=None)
        self._activity.waits(key)
        try:
            yield
        finally:
            del self._due[key]
            self._activity.goes_on(key)

    def _end(
        self,
        wait: Wait,
        context: NodeContext,
        answer: Any,
        task_id: str | None = None,
        by: str | None = None,
    ) -> None:
        if _key(context) not in self._answered:
            context.report.wait_ended(wait, answer, task_id, by)

    async def _task(self, wait: HumanTask, context: NodeContext, due: datetime | None) -> Task:
        return await self._store.open_task(
            self._run.project_id,
            self._visit(context),
            prompt=wait.prompt,
            form=wait.form,
            assignee=wait.assignee,
            due_at=due,
        )

    def _visit(self, context: NodeContext) -> VisitRef:
        return VisitRef(
            run_id=self._run.id, node_id=context.node_id, path=context.path, visit=context.visit
        )

    @contextmanager
    def _hearing(self, key: VisitKey) -> Iterator[asyncio.Event]:
        """Be told of answers, also of those that come before it is known that one is needed."""
        woken = self._woken[key] = asyncio.Event()
        try:
            yield woken
        finally:
            del self._woken[key]


def _key(context: NodeContext) -> VisitKey:
    return context.node_id, context.path, context.visit


def _due_at(wait: Wait, clock: WorkflowClock) -> datetime | None:
    match wait:
        case HumanTask(due_seconds=seconds) | Signal(timeout_seconds=seconds):
            return None if seconds is None else clock.now() + timedelta(seconds=seconds)
        case Timer(until=datetime() as until):
            return until
        case Timer(seconds=seconds):
            return clock.now() + timedelta(seconds=seconds or 0.0)


def _left(due: datetime, clock: WorkflowClock) -> float:
    return max(0.0, (due - clock.now()).total_seconds())
