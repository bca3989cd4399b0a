"""The desk that asks a server, and the work that is done there."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from api.cli.desk import Cancelled, TaskChoice
from api.cli.exits import UsageError
from api.cli.files import read_file
from api.cli.output.console import say
from api.schemas import NodeVisit, Receiver, Run, RunTree, Task
from api.schemas.forks import ForkBody, ForkedRun
from services.domain.events.frames import Frame
from services.domain.events.vocabulary import WIRE_PREFIX
from services.domain.runs import RunStatus
from services.domain.selecting import RunSelection
from services.errors import RunIsOverError
from services.settings import Settings
from workflow_client import Client, ConflictError, Event, NotFoundError
from workflow_client.documents import Document
from workflow_compiler.definition.load import load
from workflow_compiler.ports import SystemClock, WallClock


class DeskThere:
    """The runs of a server."""

    def __init__(self, client: Client) -> None:
        self._client = client

    @property
    def clock(self) -> WallClock:
        """The clock of this machine."""
        return SystemClock()

    async def page(self, wanted: RunSelection, limit: int) -> Sequence[Run]:
        """The newest runs that are meant."""
        found = await self._client.runs(
            statuses=[str(status) for status in wanted.statuses],
            workflow_id=wanted.workflow_id,
            text=wanted.text,
            limit=limit,
        )
        return [_run(run) for run in found]

    async def get(self, run_id: str) -> Run:
        """The run as it stands now."""
        return _run(await self._client.get(run_id))

    async def visits(self, run_id: str) -> Sequence[NodeVisit]:
        """The visits of a run."""
        visits = await self._client.visits(run_id)
        return [NodeVisit.model_validate(visit.model_dump()) for visit in visits]

    async def tree(self, run_id: str) -> RunTree:
        """A run with its sub-runs."""
        return RunTree.model_validate((await self._client.tree(run_id)).model_dump())

    async def cancel(self, run_id: str, reason: str) -> Run:
        """Stop a run."""
        try:
            return _run(await self._client.cancel(run_id, reason))
        except ConflictError as error:
            ended = await self._client.get(run_id)
            raise RunIsOverError(run_id, ended.status) from error

    async def pause(self, run_id: str) -> Run:
        """Let nothing more of it begin."""
        return _run(await self._client.pause(run_id))

    async def resume(self, run_id: str) -> Run:
        """Let it go on."""
        return _run(await self._client.resume(run_id))

    async def cancel_such(self, wanted: RunSelection, reason: str) -> AsyncIterator[Cancelled]:
        """Stop all runs that are meant."""
        chosen = {
            "status": [str(status) for status in wanted.statuses],
            "workflow_id": wanted.workflow_id,
            "text": wanted.text,
        }
        async for outcome in self._client.cancel_such(chosen, reason):
            status = outcome.status and RunStatus(outcome.status)
            refusal = outcome.problem.detail if outcome.problem else ""
            yield Cancelled(outcome.id, status or None, refusal)

    @asynccontextmanager
    async def watch(self, run_id: str) -> AsyncIterator[AsyncIterator[Frame]]:
        """Its events from the first to the last, however often the line is cut."""
        async with aclosing(_frames(self._client, run_id)) as frames:
            yield frames


class WaitsThere:
    """What the runs of a server wait for."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def tasks(self, wanted: TaskChoice) -> Sequence[Task]:
        """The newest tasks that are meant."""
        found = await self._client.tasks(
            run_id=wanted.run_id,
            status=wanted.status,
            assignee=wanted.assignee,
            limit=wanted.limit,
        )
        return [Task.model_validate(task.model_dump()) for task in found]

    async def answer(self, task_id: str, answer: Any, by: str) -> Task:
        """Answer a task; its run goes on there."""
        task = await self._client.answer(task_id, answer, by=by)
        return Task.model_validate(task.model_dump())

    async def signal(self, name: str, key: str, payload: Any) -> Receiver | None:
        """Send a signal; None where nobody waits for it."""
        visit = (await self._client.signal(name, payload, key=key)).delivered_to
        return None if visit is None else Receiver.model_validate(visit.model_dump())


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkThere:
    """A workflow that a server executes: one that it is given, or one that it has."""

    title: str
    document: Mapping[str, Any] | None
    run_input: Mapping[str, Any]
    client: Client

    @property
    def desk(self) -> DeskThere:
        """Where the run can be followed."""
        return DeskThere(self.client)

    async def begin(self) -> str:
        """A run of it, which is pending.

        Raises:
            UsageError: there is no such workflow.
        """
        return (await self.client.create(await self._workflow_id(), self.run_input)).id

    async def execute(self, run_id: str) -> None:
        """Let it begin."""
        await self.client.execute(run_id)

    async def _workflow_id(self) -> str:
        if self.document is not None:
            return (await self.client.store(self.document)).id
        try:
            return (await self.client.workflow(self.title)).id
        except NotFoundError as error:
            words = f"{self.title!r} is neither a file nor a workflow of the server"
            raise UsageError(words) from error


@asynccontextmanager
async def open_desk(settings: Settings) -> AsyncIterator[DeskThere]:
    """The desk of the server of the settings."""
    async with client_of(settings) as client:
        yield DeskThere(client)


@asynccontextmanager
async def open_waits_desk(settings: Settings) -> AsyncIterator[WaitsThere]:
    """What the runs of the server of the settings wait for."""
    async with client_of(settings) as client:
        yield WaitsThere(client)


@asynccontextmanager
async def open_retry(
    settings: Settings, run_id: str, said: Mapping[str, Any]
) -> AsyncIterator[tuple[DeskThere, str]]:
    """The run that goes on from another one there."""
    async with client_of(settings) as client:
        run = await client.retry(run_id, said)
        say(f"run {run.id} goes on from run {run_id}")
        yield DeskThere(client), run.id


@asynccontextmanager
async def open_fork(
    settings: Settings, run_id: str, body: ForkBody
) -> AsyncIterator[tuple[DeskThere, ForkedRun]]:
    """The run that leaves another one there."""
    async with client_of(settings) as client:
        run = await client.fork(run_id, body.model_dump(mode="json", exclude_unset=True))
        yield DeskThere(client), ForkedRun.model_validate(run.model_dump(), by_name=True)


async def migrate(settings: Settings, run_id: str, version: int) -> None:
    """Have a run there go on with another version."""
    async with client_of(settings) as client:
        await client.migrate(run_id, version)


def open_work(
    settings: Settings, target: str, run_input: Mapping[str, Any]
) -> AbstractAsyncContextManager[WorkThere]:
    """What is to be run on the server of the settings; the server says what is wrong with it."""
    path = Path(target)
    document = load(read_file(path)) if path.is_file() else None
    return _opened(settings, target, document, run_input)


@asynccontextmanager
async def _opened(
    settings: Settings, title: str, document: Any, run_input: Mapping[str, Any]
) -> AsyncIterator[WorkThere]:
    async with client_of(settings) as client:
        yield WorkThere(title=title, document=document, run_input=run_input, client=client)


def client_of(settings: Settings) -> Client:
    """A client of the server of the settings."""
    key = settings.client_key
    return Client(
        settings.server or "",
        key=None if key is None else key.get_secret_value(),
        project=settings.project,
    )


async def _frames(client: Client, run_id: str) -> AsyncGenerator[Frame, None]:
    async with client.following(run_id) as events:
        async for event in events:
            yield _frame(event)


def _frame(event: Event) -> Frame:
    return Frame(event.seq, event.type.removeprefix(WIRE_PREFIX), event.text, event.run_id)


def _run(document: Document) -> Run:
    return Run.model_validate(document.model_dump(), by_name=True)
