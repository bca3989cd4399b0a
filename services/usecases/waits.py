"""Answering what runs wait for: tasks and signals."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.computing import Computing
from services.domain.once import once
from services.domain.waits import Task, TaskStatus, VisitRef
from services.errors import AnswerError, InputProblem, TaskIsOverError, TaskNotFoundError
from services.store.paging import Page
from services.store.waits import Waits
from services.usecases.control import Dispatcher
from workflow_compiler.json_schema import mismatches


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitUseCases:
    """The tasks and signals of all projects."""

    store: Waits
    dispatcher: Dispatcher
    computing: Computing

    async def task(self, project_id: str, task_id: str) -> Task:
        """The task with this id.

        Raises:
            TaskNotFoundError: the project has none.
        """
        task = await self.store.task(project_id, task_id)
        if task is None:
            raise TaskNotFoundError(task_id)
        return task

    async def tasks(
        self,
        project_id: str,
        *,
        status: TaskStatus | None = None,
        assignee: str | None = None,
        run_id: str | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Task]:
        """The tasks of a project, newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        return await self.store.tasks(
            project_id,
            status=status,
            assignee=assignee,
            run_id=run_id,
            cursor=cursor,
            limit=limit,
        )

    async def complete(self, project_id: str, task_id: str, answer: Any, by: str) -> Task:
        """Answer a task; its run goes on at once.

        Raises:
            TaskNotFoundError: the project has no such task.
            AnswerError: the answer breaks the task's form.
            TaskIsOverError: it was answered before, its time is up, or its run is over.
        """
        task = await self.task(project_id, task_id)
        if task.status is TaskStatus.OPEN:
            await self.check(task, answer)
        answered = await self.store.answer(task_id, answer, by)
        if answered is None:
            over = await self.task(project_id, task_id)
            raise TaskIsOverError(task_id, over.status, over.answered_by)
        self.dispatcher.send(await self.store.root_of(answered.run_id))
        return answered

    async def check(self, task: Task, answer: Any) -> None:
        """Refuse an answer that breaks the form of its task.

        Raises:
            AnswerError: it does; says all that is wrong with it.
        """
        await self.computing.run(lambda: _must_meet(task, answer))

    async def signal(
        self,
        project_id: str,
        name: str,
        key: str,
        payload: Any,
        *,
        idempotency_key: str | None = None,
    ) -> VisitRef | None:
        """Send a signal: to the visit that waits longest for it, or to the first that will.

        With an idempotency key, the same signal that comes again is not sent again.

        Returns:
            The visit that got it, None when it is kept.

        Raises:
            IdempotencyError: the key was used for another request.
        """
        asked = once(idempotency_key, "signal", name, key, payload)
        visit = await self.store.signal(project_id, name, key, payload, asked)
        if visit is not None:
            self.dispatcher.send(await self.store.root_of(visit.run_id))
        return visit


def _must_meet(task: Task, answer: Any) -> None:
    if found := mismatches(task.form, answer):
        raise AnswerError(
            [InputProblem(pointer=f.pointer, code=f.code, detail=f.message) for f in found]
        )
