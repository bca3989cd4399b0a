"""Threads as they go over the wire."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from api.findings import Answer
from api.schemas import Page, Run
from services.domain.runs import Run as StoredRun
from services.domain.threads import Thread as StoredThread
from services.store.paging import Page as StoredPage


class ThreadInList(Answer):
    """A thread, and the newest of its runs."""

    id: str = Field(description="The thread's id, which is that of its first run.")
    project_id: str = Field(description="The project that it belongs to.")
    last_run: Run = Field(description="Its newest run.")

    @classmethod
    def of(cls, last: StoredRun) -> ThreadInList:
        """The thread whose newest run this is."""
        run = Run.model_validate(last)
        return cls(id=last.thread_id, project_id=last.project_id, last_run=run)


class Thread(Answer):
    """Runs that follow one another and share variables."""

    id: str = Field(description="The thread's id, which is that of its first run.")
    project_id: str = Field(description="The project that it belongs to.")
    status: Literal["idle", "busy"] = Field(description="`busy` while a run of it is not over.")
    active_run_id: str | None = Field(description="The run whose turn it is; null when idle.")
    variables: dict[str, Any] = Field(description="The variables that a next run begins with.")
    runs: Page[Run] = Field(description="Its runs, newest first.")

    @classmethod
    def of(cls, thread: StoredThread, runs: StoredPage[StoredRun]) -> Thread:
        """A thread with a page of its runs."""
        return cls(
            id=thread.id,
            project_id=thread.project_id,
            status="idle" if thread.active_run_id is None else "busy",
            active_run_id=thread.active_run_id,
            variables=dict(thread.variables),
            runs=Page(
                items=[Run.model_validate(run) for run in runs.items], next_cursor=runs.next_cursor
            ),
        )
