"""Threads as clients handle them: opened before their first run, described, copied, forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from services.domain.runs import Run
from services.domain.threads import Thread, ThreadRecord
from services.errors import (
    InputError,
    InputProblem,
    RunNotFoundError,
    ThreadExistsError,
)
from services.ports import Ids
from services.store.paging import Page
from services.store.runs import Runs
from services.store.thread_records import ThreadRecords
from services.store.threads import Threads
from workflow_compiler.definition import Variable
from workflow_compiler.errors import NodeError
from workflow_compiler.ports import WallClock
from workflow_compiler.reducers import reduce_variables


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationUseCases:
    """The threads of all projects."""

    threads: Threads
    records: ThreadRecords
    runs: Runs
    clock: WallClock
    ids: Ids

    async def open(
        self,
        project_id: str,
        thread_id: str | None,
        metadata: Mapping[str, Any],
        variables: Mapping[str, Any] | None = None,
    ) -> ThreadRecord:
        """Make a thread that runs can be put onto; its first run begins with the variables.

        Raises:
            ThreadExistsError: the project has a thread with this id already.
        """
        now = self.clock.now()
        record = ThreadRecord(
            id=thread_id or self.ids.new(),
            project_id=project_id,
            metadata=metadata,
            variables=variables,
            created_at=now,
            updated_at=now,
        )
        if not await self.records.open(record):
            raise ThreadExistsError(record.id)
        return record

    async def record(self, project_id: str, thread_id: str) -> ThreadRecord:
        """What is said of a thread beside its runs; nothing, of one that only has runs.

        Raises:
            ThreadNotFoundError: the project has no such thread.
        """
        found = await self.records.get(project_id, thread_id)
        if found is not None:
            return found
        thread = await self.threads.get(project_id, thread_id)
        first = await self._run_since(thread)
        return ThreadRecord(
            id=thread.id,
            project_id=project_id,
            metadata={},
            created_at=first.created_at,
            updated_at=first.finished_at or first.created_at,
        )

    async def describe(
        self, project_id: str, thread_id: str, metadata: Mapping[str, Any]
    ) -> ThreadRecord:
        """Note something about a thread, beside what was noted before.

        Raises:
            ThreadNotFoundError: the project has no such thread.
        """
        record, now = await self.record(project_id, thread_id), self.clock.now()
        return await self.records.change(
            record,
            lambda before: replace(
                before, metadata={**before.metadata, **metadata}, updated_at=now
            ),
        )

    async def write(
        self,
        project_id: str,
        thread_id: str,
        writes: Sequence[tuple[str, Any]],
        declared: Mapping[str, Variable],
        base: Mapping[str, Any] | None = None,
    ) -> None:
        """Write into the variables of a thread on which nothing runs, through their reducers.

        They are what the thread has come to, or `base`.

        Raises:
            ThreadNotFoundError: the project has no such thread.
            ThreadBusyError: a run of the thread is not over.
            InputError: a variable is not declared, or its value and the new one do not go together.
        """
        record = await self.record(project_id, thread_id)
        await self.records.write(
            record,
            lambda left: _written(declared, left if base is None else base, writes),
            self.clock.now(),
        )

    async def copy(self, project_id: str, thread_id: str) -> ThreadRecord:
        """A new thread that begins with what this one has come to.

        Raises:
            ThreadNotFoundError: the project has no such thread.
        """
        record = await self.record(project_id, thread_id)
        thread = await self.threads.get(project_id, thread_id)
        return await self.open(project_id, None, record.metadata, thread.variables)

    async def delete(self, project_id: str, thread_id: str) -> None:
        """Forget a thread with all its runs.

        Raises:
            ThreadNotFoundError: the project has no such thread.
            RunIsNotOverError: one of its runs still goes on.
        """
        await self.threads.get(project_id, thread_id)
        await self.records.delete(project_id, thread_id)

    async def delete_run(self, run: Run) -> None:
        """Forget a run; its thread keeps the variables that it has come to.

        Raises:
            RunIsNotOverError: it, or a sub-run of it, still goes on.
        """
        record = await self.record(run.project_id, run.thread_id)
        await self.records.delete_run(record, run, self.clock.now())

    async def page(self, project_id: str, cursor: str | None = None) -> Page[ThreadRecord]:
        """The threads that were opened for clients, the newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        return await self.records.page(project_id, cursor=cursor)

    async def current(self, project_id: str, thread_id: str) -> Run | None:
        """The run whose turn it is, or else the newest one that counts; None before the first.

        Raises:
            ThreadNotFoundError: the project has no such thread.
        """
        run = await self.threads.current(project_id, thread_id)
        if run is None:
            await self.record(project_id, thread_id)
        return run

    async def run(self, project_id: str, thread_id: str, run_id: str) -> Run:
        """A run of a thread; one that was rolled back is there no more when it has stopped.

        Raises:
            RunNotFoundError: the thread has no such run.
        """
        run = await self.runs.get(run_id)
        if run is None or (run.project_id, run.thread_id) != (project_id, thread_id):
            raise RunNotFoundError(run_id)
        if run.is_rolled_back and run.is_over:
            raise RunNotFoundError(run_id)
        return run

    async def _run_since(self, thread: Thread) -> Run:
        """A run of a thread that has had runs: its first one, unless that is forgotten."""
        first = await self.runs.get(thread.id)
        if first is not None:
            return first
        return (await self.threads.runs(thread.project_id, thread.id, limit=1)).items[0]


def _written(
    declared: Mapping[str, Variable], old: Mapping[str, Any], writes: Sequence[tuple[str, Any]]
) -> Mapping[str, Any]:
    try:
        return reduce_variables(declared, old, writes)
    except NodeError as error:
        problem = InputProblem(pointer="/values", code=error.type, detail=error.message)
        raise InputError([problem]) from error
