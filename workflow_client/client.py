"""The client: one object for one server and one project."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from types import TracebackType
from typing import Any, Final, Self

import httpx2

from workflow_client.access import Access
from workflow_client.documents import (
    Document,
    Event,
    Outcome,
    Page,
    Pruned,
    Run,
    SentSignal,
    Task,
    Visit,
    Workflow,
)
from workflow_client.following import follow
from workflow_client.http import Http, part
from workflow_client.looks import Looks
from workflow_client.schedules import Schedules
from workflow_client.wanted import Wanted
from workflow_client.webhooks import Webhooks

PREFIX: Final = "/api/v1"
PATIENCE_SECONDS: Final = 60.0


class Client:
    """A server's workflows, runs and tasks, used inside `async with`.

    Args:
        url: where the server is: `http://127.0.0.1:8000`.
        key: the API key, where the server wants one.
        project: the project.
        patience_seconds: how long the server may be away before a question or a stream fails.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str | None = None,
        project: str = "default",
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._url = httpx2.URL(url.rstrip("/") + PREFIX)
        self._headers = {} if key is None else {"Authorization": f"Bearer {key}"}
        self._project = f"/projects/{part(project)}"
        self._patience_seconds = patience_seconds
        self._client = httpx2.AsyncClient(base_url=self._url, headers=self._headers)
        self._http = Http(self._client, patience_seconds)
        self.looks = Looks(self._http)
        self.schedules = Schedules(self._http, self._project)
        self.webhooks = Webhooks(self._http, self._project)
        self.access = Access(self._http)

    async def __aenter__(self) -> Self:
        await self._client.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None = None,
        error: BaseException | None = None,
        traceback: TracebackType | None = None,
    ) -> None:
        await self._client.__aexit__(kind, error, traceback)

    async def store(self, definition: Mapping[str, Any]) -> Workflow:
        """Store a workflow by its name: a new one, or the next version of it."""
        path, body = f"{self._project}/workflows", {"definition": dict(definition)}
        return await self._http.post(Workflow, path, body)

    async def workflow(self, name: str) -> Workflow:
        """The workflow of this name, or else with this id.

        Raises:
            NotFoundError: there is none.
        """
        path, query = f"{self._project}/workflows", {"q": name[:200]}
        async with aclosing(self._http.every(Workflow, path, query)) as workflows:
            async for found in workflows:
                if found.name == name:
                    return found
        return await self._http.get(Workflow, f"{path}/{part(name)}")

    async def create(
        self,
        workflow_id: str,
        run_input: Mapping[str, Any],
        *,
        version: int | None = None,
        execute: bool = False,
        idempotency_key: str | None = None,
    ) -> Run:
        """Create a run, and execute it at once if asked to; however often it is tried, it is one.

        Your own key makes it one also if this program dies and asks again.
        """
        path = f"{self._project}/workflows/runs?execute={str(execute).lower()}"
        body = {"workflow_id": workflow_id, "input": dict(run_input), "version": version}
        key = idempotency_key or secrets.token_hex(16)
        return await self._http.post_once(Run, path, body, key)

    async def execute(self, run_id: str) -> Run:
        """Have a pending run executed."""
        return await self._http.post(Run, f"{_run(run_id)}/execute", {})

    async def cancel(self, run_id: str, reason: str = "cancelled by a client") -> Run:
        """Stop a run; it is `cancelling` until its work has stopped."""
        return await self._http.post(Run, f"{_run(run_id)}/cancel", {"reason": reason})

    async def pause(self, run_id: str) -> Run:
        """Let nothing more of a run begin."""
        return await self._http.post(Run, f"{_run(run_id)}/pause", {})

    async def resume(self, run_id: str) -> Run:
        """Let a paused run go on."""
        return await self._http.post(Run, f"{_run(run_id)}/resume", {})

    async def cancel_such(
        self, chosen: Mapping[str, Any], reason: str = "cancelled by a client"
    ) -> AsyncGenerator[Outcome, None]:
        """Stop all runs that a filter finds; tells of each what became of it."""
        body: dict[str, Any] = {"filter": dict(chosen), "reason": reason}
        while True:
            path = f"{self._project}/runs:cancel"
            page = await self._http.post(Page[Outcome], path, body)
            for outcome in page.items:
                yield outcome
            if page.next_cursor is None:
                return
            body["cursor"] = page.next_cursor

    async def prune(
        self, chosen: Mapping[str, Any], *, dry_run: bool = False
    ) -> AsyncGenerator[Pruned, None]:
        """Forget runs that ended long ago: `older_than_seconds`, `status`, `workflow_id`.

        It tells what was removed, or would be, some runs at a time.
        """
        body: dict[str, Any] = {**chosen, "dry_run": dry_run}
        while True:
            pruned = await self._http.post(Pruned, f"{self._project}/runs:prune", body)
            yield pruned
            if pruned.next_cursor is None:
                return
            body["cursor"] = pruned.next_cursor

    async def retry(
        self,
        run_id: str,
        wish: Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> Run:
        """Go on from a run that is over, in a new run; however often it is tried, it is one.

        Args:
            run_id: the run.
            wish: `from_node` (with `path`, `visit`), `input`, `version`: what is to be otherwise.
            idempotency_key: your own makes it one also if this program dies and asks again.
        """
        return await self._made_of(run_id, "retry", wish, idempotency_key)

    async def fork(
        self,
        run_id: str,
        wish: Mapping[str, Any] | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> Run:
        """Leave a run at a moment of its log, in a new run; however often it is tried, it is one.

        Args:
            run_id: the run.
            wish: `seq` or `node_id` (with `path`, `visit`), `edits`, `input` and so on.
            idempotency_key: your own makes it one also if this program dies and asks again.
        """
        return await self._made_of(run_id, "fork", wish, idempotency_key)

    async def migrate(self, run_id: str, version: int) -> Run:
        """Have a run that waits or is paused go on with another version of its workflow."""
        return await self._http.post(Run, f"{_run(run_id)}/migrate", {"version": version})

    async def get(self, run_id: str) -> Run:
        """The run as it stands now."""
        return await self._http.get(Run, _run(run_id))

    async def wait(self, run_id: str) -> Run:
        """The run when it has ended, however long that takes."""
        async with self.following(run_id, channels=["lifecycle"]) as events:
            async for _ in events:
                pass
        return await self.get(run_id)

    async def runs(
        self,
        *,
        statuses: Sequence[str] = (),
        workflow_id: str | None = None,
        text: str | None = None,
        limit: int = 50,
    ) -> Sequence[Run]:
        """The newest runs of the project: where they stand, of which workflow, with which text."""
        query: dict[str, Any] = {"workflow_id": workflow_id, "text": text, "limit": limit}
        if statuses:
            query["status"] = list(statuses)
        return (await self._http.get(Page[Run], f"{self._project}/workflows/runs", query)).items

    async def visits(self, run_id: str) -> Sequence[Visit]:
        """The visits of a run's nodes, and the nodes that were never visited."""
        return [visit async for visit in self._http.every(Visit, f"{_run(run_id)}/nodes")]

    async def tree(self, run_id: str) -> Document:
        """A run with its sub-runs, as the server says it."""
        return await self._http.get(Document, f"{_run(run_id)}/tree")

    async def tasks(
        self,
        *,
        run_id: str | None = None,
        status: str | None = "open",
        assignee: str | None = None,
        limit: int = 200,
    ) -> Sequence[Task]:
        """The questions of runs to people, newest first."""
        query = {"run_id": run_id, "status": status, "assignee": assignee, "limit": limit}
        return (await self._http.get(Page[Task], f"{self._project}/tasks", query)).items

    async def answer(self, task_id: str, answer: Any, *, by: str | None = None) -> Task:
        """Answer a task; the first answer that fits its form counts."""
        body = {"answer": answer} if by is None else {"answer": answer, "by": by}
        return await self._http.post(Task, f"{self._project}/tasks/{part(task_id)}/complete", body)

    async def signal(
        self, name: str, payload: Any = None, *, key: str = "", idempotency_key: str | None = None
    ) -> SentSignal:
        """Send a signal to whoever waits for it; however often it is tried, it is one."""
        body = {"name": name, "key": key, "payload": payload}
        path, once = f"{self._project}/signals", idempotency_key or secrets.token_hex(16)
        return await self._http.post_once(SentSignal, path, body, once)

    async def events(self, run_id: str, after_seq: int = 0) -> AsyncGenerator[Event, None]:
        """What the log of a run has now, after a place in it."""
        while True:
            query = {"after_seq": after_seq, "limit": 1_000}
            page = await self._http.get(Page[Event], f"{_run(run_id)}/events", query)
            for event in page.items:
                yield event
                after_seq = event.seq or after_seq
            if not page.items:
                return

    def follow(
        self, run_id: str, after_seq: int = 0, *, channels: Sequence[str] | None = None
    ) -> AsyncGenerator[Event, None]:
        """The events of a run after a place, then live to its last one, each once and in order.

        Whoever leaves before the end closes it: `async with client.following(...)` does so.

        Args:
            run_id: the run.
            after_seq: the last seq that is known.
            channels: only these: `lifecycle`, `progress`, `tokens`, `logs`, `custom`.
        """
        wanted = Wanted(self._url, self._headers, run_id, channels, self._patience_seconds)
        return follow(wanted, after_seq)

    def following(
        self, run_id: str, after_seq: int = 0, *, channels: Sequence[str] | None = None
    ) -> AbstractAsyncContextManager[AsyncGenerator[Event, None]]:
        """The same, closed at the end of the block."""
        return aclosing(self.follow(run_id, after_seq, channels=channels))

    async def _made_of(
        self, run_id: str, how: str, wish: Mapping[str, Any] | None, key: str | None
    ) -> Run:
        body = {name: value for name, value in (wish or {}).items() if value is not None}
        path, once = f"{_run(run_id)}/{how}", key or secrets.token_hex(16)
        return await self._http.post_once(Run, path, body, once)


def _run(run_id: str) -> str:
    return f"/runs/{part(run_id)}"
