"""Creating, executing, cancelling and watching runs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from services.computing import Computing
from services.domain.events.frames import Frame, StoredEvent
from services.domain.events.runs import RunCreated
from services.domain.family import RunTree, grown
from services.domain.progress import Progress, estimated
from services.domain.runs import Run, RunStatus
from services.domain.selecting import ALL_RUNS, RunSelection
from services.domain.threads import Joining, rolling_back
from services.domain.visits import NodeState, NodeStatus
from services.engine.leaving import Closer
from services.errors import (
    RunAlreadyExecutedError,
    RunIsPausedError,
    RunNotFoundError,
)
from services.journal import Journal
from services.live.feed import feed, feed_since
from services.live.hub import Hub
from services.live.subscription import Subscription
from services.ports import Ids
from services.store.events import EventLog
from services.store.leases import Leases
from services.store.paging import Page
from services.store.runs import Runs
from services.store.versions import Versions
from services.store.workflows import Workflows
from services.usecases.accepting import NOTHING_BEHIND_IT, Acceptance, Background, RunRequest
from services.usecases.control import Control, Dispatcher
from services.usecases.creating import Creation
from workflow_compiler.ports import WallClock

MAX_FAMILY: Final = 1_000
"""Runs in one tree at most; of more, the earliest are shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunUseCases:
    """The runs of all projects, over the parts of the service that they need."""

    store: Runs
    leases: Leases
    workflows: Workflows
    versions: Versions
    log: EventLog
    journal: Journal
    hub: Hub
    dispatcher: Dispatcher
    clock: WallClock
    ids: Ids
    computing: Computing

    async def create(
        self,
        project_id: str,
        workflow_id: str,
        run_input: Mapping[str, Any],
        *,
        version: int | None = None,
        idempotency_key: str | None = None,
        background: Background = NOTHING_BEHIND_IT,
    ) -> Run:
        """Accept a run of a version of a workflow (the newest by default); it is `pending`.

        The same idempotency key and request give the same run again, also when the newest version
        is another one by then. A run that a node asked for, or that goes on from another one (its
        origin), is due from the beginning.

        Raises:
            ProjectNotFoundError: no such project.
            WorkflowNotFoundError: the project has no such workflow.
            VersionNotFoundError: the workflow has no such version.
            InputError: the input breaks the workflow's `input_schema`.
            IdempotencyError: the key was used for another request.
        """
        behind = (background.origin, background.joining, background.debug)
        wanted = RunRequest(workflow_id, version, run_input, *behind)
        return await self._creation.once(project_id, wanted, idempotency_key)

    async def join(
        self,
        project_id: str,
        joining: Joining,
        workflow_id: str,
        run_input: Mapping[str, Any],
        *,
        version: int | None = None,
        idempotency_key: str | None = None,
    ) -> Run:
        """Accept a run on an existing thread: it begins with the variables that are left there.

        It is due from the beginning and begins when its turn has come; only one that is refused
        when a run of the thread is not over (`reject`) waits to be executed, as any other run.

        Raises:
            ThreadNotFoundError: the project has no such thread.
            ThreadBusyError: a run of the thread is not over, and this one is not to wait for it.
            ServiceError: what `create` raises.
        """
        wanted = RunRequest(workflow_id, version, run_input, joining=joining)
        return await self._creation.once(project_id, wanted, idempotency_key)

    async def accepted(
        self,
        project_id: str,
        workflow_id: str,
        run_input: Mapping[str, Any],
        version: int | None = None,
    ) -> tuple[Run, RunCreated]:
        """A run as `create` would write it, for whoever writes it together with something else.

        Raises:
            WorkflowNotFoundError: the project has no such workflow.
            VersionNotFoundError: the workflow has no such version.
            InputError: the input breaks the workflow's `input_schema`.
        """
        return await self._acceptance.accept(
            project_id, RunRequest(workflow_id, version, run_input)
        )

    async def execute(self, run_id: str, *, after_seconds: float = 0.0) -> Run:
        """Have a pending run executed, now or in some seconds.

        Raises:
            RunNotFoundError: no such run.
            RunAlreadyExecutedError: it runs, or ran, or is about to.
            RunIsPausedError: it was paused before it began.
        """
        tell = after_seconds > 0 or not self.dispatcher.has_room
        run = await self.leases.wake(run_id, tell=tell, after_seconds=after_seconds)
        if run is None:
            raise _not_executed(await self.get(run_id))
        self._control.begin(run_id, after_seconds)
        return run

    async def cancel(self, run_id: str, reason: str) -> Run:
        """Stop a run; it is `cancelling` until its work has stopped.

        Raises:
            RunNotFoundError: no such run.
            RunIsOverError: it has reached its end.
        """
        await self._control.cancel(run_id, reason)
        return await self.get(run_id)

    async def roll_back(self, run_id: str, reason: str) -> Run:
        """Stop a run as `cancel` does, and discard what it wrote into variables.

        Raises:
            RunNotFoundError: no such run.
            RunIsOverError: it has reached its end.
        """
        asked = await self.journal.ask(run_id, rolling_back(reason, self.clock.now()))
        await self._control.stop(asked, reason)
        return await self.get(run_id)

    async def pause(self, run_id: str) -> Run:
        """Let nothing more of a run and its sub-runs begin; it is `paused` when nothing is at work.

        Raises:
            RunNotFoundError: no such run.
            RunIsOverError: it has reached its end.
            RunIsStoppingError: somebody has cancelled it.
        """
        await self._control.pause(run_id)
        return await self.get(run_id)

    async def resume(self, run_id: str) -> Run:
        """Let a run that was paused go on, with its sub-runs.

        Raises:
            RunNotFoundError: no such run.
            RunIsOverError: it has reached its end.
            RunIsStoppingError: somebody has cancelled it.
            RunNotPausedError: nobody has paused it.
        """
        await self._control.resume(run_id)
        return await self.get(run_id)

    async def get(self, run_id: str) -> Run:
        """The run with this id.

        Raises:
            RunNotFoundError: there is none.
        """
        return await self.store.require(run_id)

    async def page(
        self,
        project_id: str,
        wanted: RunSelection = ALL_RUNS,
        *,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Run]:
        """The runs of a project that somebody means, newest first unless they say otherwise.

        Raises:
            CursorError: no page gave this cursor.
        """
        return await self.store.page(project_id, wanted, cursor=cursor, limit=limit)

    async def progress(self, run_id: str) -> Progress:
        """How far a run is: what it is at, and when it may be done.

        Raises:
            RunNotFoundError: no such run.
        """
        run = await self.get(run_id)
        if run.is_over:
            return Progress(run=run, current=(), estimated_completion=None)
        current = tuple(await self.store.open_visits(run_id))
        took = await self.store.durations(run.workflow_id, run.version)
        return Progress(run, current, estimated(run, took, self.clock.now()))

    async def tree(self, run_id: str) -> RunTree:
        """A run with its sub-runs, and theirs.

        Raises:
            RunNotFoundError: no such run.
        """
        family = await self.store.family(run_id, MAX_FAMILY + 1)
        if not family:
            raise RunNotFoundError(run_id)
        root, *descendants = family[:MAX_FAMILY]
        return RunTree(grown(root, descendants), is_complete=len(family) <= MAX_FAMILY)

    async def nodes(
        self, run_id: str, *, cursor: str | None = None, limit: int = 1_000
    ) -> Page[NodeState]:
        """The visits of a run; after the last one, the nodes that were never visited.

        Raises:
            RunNotFoundError: no such run.
            CursorError: no page gave this cursor.
        """
        run = await self.get(run_id)
        page = await self.store.node_states(run_id, cursor=cursor, limit=limit)
        if page.next_cursor is not None:
            return page
        return Page(items=(*page.items, *await self._untouched(run)), next_cursor=None)

    async def events(
        self, run_id: str, *, after_seq: int = 0, limit: int = 500
    ) -> list[StoredEvent]:
        """The events of a run after a place in its log; go on with the last one's seq.

        Raises:
            RunNotFoundError: no such run.
        """
        await self.get(run_id)
        return await self.log.after(run_id, after_seq, limit)

    @asynccontextmanager
    async def listen(
        self, subscription: Subscription, run_id: str, after_seq: int
    ) -> AsyncIterator[AsyncIterator[Frame]]:
        """The same as `watch`, for whoever has listened since before that place was written."""
        silence = self.hub.silence_seconds
        heard = feed_since(self.log, subscription, run_id, after_seq, silence_seconds=silence)
        async with aclosing(heard) as frames:
            yield frames

    @asynccontextmanager
    async def watch(self, run_id: str, after_seq: int = 0) -> AsyncIterator[AsyncIterator[Frame]]:
        """All events of a run after a place in its log, then live, until its last one.

        Raises:
            RunNotFoundError: no such run.
        """
        await self.get(run_id)
        async with (
            self.hub.subscribe(run_id=run_id) as subscription,
            aclosing(
                feed(
                    self.log,
                    subscription,
                    run_id,
                    after_seq,
                    silence_seconds=self.hub.silence_seconds,
                )
            ) as frames,
        ):
            yield frames

    @property
    def _creation(self) -> Creation:
        return Creation(
            store=self.store,
            log=self.log,
            journal=self.journal,
            acceptance=self._acceptance,
            control=self._control,
        )

    @property
    def _acceptance(self) -> Acceptance:
        return Acceptance(self.workflows, self.versions, self.clock, self.ids, self.computing)

    @property
    def _control(self) -> Control:
        closer = Closer(self.journal, self.store, self.log, self.versions)
        return Control(self.store, self.leases, self.journal, self.dispatcher, self.clock, closer)

    async def _untouched(self, run: Run) -> list[NodeState]:
        version = await self.versions.get(run.project_id, run.workflow_id, run.version)
        touched = await self.store.touched_nodes(run.id)
        nodes = version.definition["nodes"] if version else ()
        return [
            NodeState(node_id=node["id"], path="", visit=0, status=NodeStatus.PENDING)
            for node in nodes
            if node["id"] not in touched
        ]


def _not_executed(run: Run) -> RunAlreadyExecutedError | RunIsPausedError:
    if run.status is RunStatus.PAUSED or run.is_held:
        return RunIsPausedError(run.id)
    return RunAlreadyExecutedError(run.id, run.status)
