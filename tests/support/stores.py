"""A whole store for tests: the real database, the real journal, and runs to write about."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from services.domain.events.runs import RunCreated, RunStarted
from services.domain.projection import Projection
from services.domain.runs import Run
from services.domain.visits import NodeState
from services.journal import Journal
from services.live.bell import Bell
from services.live.elsewhere import Elsewhere
from services.live.hub import Hub
from services.live.postgres import Listener
from services.ports import Ahead, TimeOrderedIds
from services.store.database import Database, open_database
from services.store.deliveries import Deliveries
from services.store.events import EventLog
from services.store.leases import Claim, Leases
from services.store.retention import Retention
from services.store.runs import STATES_LIMIT, Runs
from services.store.schedules import Schedules
from services.store.threads import Threads
from services.store.waits import Waits
from services.store.webhooks import Webhooks
from services.store.workflows import Content, StoredVersion, Workflows
from tests.support.databases import furnish

LEASE_SECONDS = 30.0


class TickingClock:
    """A clock that goes on by a millisecond whenever somebody looks at it."""

    def __init__(self, wrong_by: timedelta = timedelta()) -> None:
        self._start = datetime(2026, 1, 1, tzinfo=UTC) + wrong_by
        self._ticks = count()

    def now(self) -> datetime:
        return self._start + timedelta(milliseconds=next(self._ticks))


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """All that a test of the store talks to."""

    database: Database
    clock: TickingClock
    ids: TimeOrderedIds
    workflows: Workflows
    runs: Runs
    leases: Leases
    log: EventLog
    waits: Waits
    webhooks: Webhooks
    deliveries: Deliveries
    threads: Threads
    schedules: Schedules
    retention: Retention
    hub: Hub
    elsewhere: Elsewhere
    journal: Journal

    async def publish(self, name: str = "greet", **definition: object) -> StoredVersion:
        """A new workflow of the default project."""
        content = Content(name=name, definition=definition, fingerprint=repr(definition))
        return await self.workflows.save("default", None, content)

    async def create(
        self, version: StoredVersion, *, node_count: int = 2, key: str | None = None
    ) -> Run:
        """A run that nobody executes yet."""
        accepted = self.accepted(version, input={"name": "Ada"}, node_count=node_count)
        return await self.journal.create(*accepted, idempotency_key=key)

    def accepted(
        self, version: StoredVersion | Run, *, node_count: int = 1, **event: Any
    ) -> tuple[Run, RunCreated]:
        """A run of a version, or of the version of a run, as it comes to the journal."""
        at = self.clock.now()
        run = Run(
            id=self.ids.new(),
            project_id=version.project_id,
            workflow_id=version.workflow_id,
            version=version.version,
            created_at=at,
        )
        given = {"workflow_id": run.workflow_id, "version": run.version, "input": {}}
        return run, RunCreated(at=at, node_count=node_count, **given | event)

    async def begin(self, run: Run) -> tuple[Claim, Projection]:
        """Claim a run and start it, as a session does."""
        claim = await self.leases.claim(run.id, "tester", LEASE_SECONDS)
        assert claim is not None
        projection = Projection(claim.run, await self.runs.open_visits(run.id))
        started = RunStarted(at=self.clock.now(), attempt=claim.run.attempt + 1)
        await self.journal.record(run.id, claim.fence, [started], projection.apply([started]))
        return claim, projection

    async def begun(self, name: str = "greet") -> tuple[Run, Claim]:
        """A run of a new workflow, claimed and started."""
        run = await self.create(await self.publish(name))
        claim, _ = await self.begin(run)
        return run, claim

    async def all_states(self, run_id: str) -> Sequence[NodeState]:
        """Every visit of a run that is small enough for one page."""
        page = await self.runs.node_states(run_id, limit=STATES_LIMIT)
        assert page.next_cursor is None
        return page.items


@asynccontextmanager
async def open_store(
    url: str,
    hub: Hub | None = None,
    wrong_by: timedelta = timedelta(),
    ahead: Ahead | None = None,
) -> AsyncIterator[Store]:
    """A store on a database that is made first if it is new, for a process with such a clock.

    `ahead` is how far the clock of the database is ahead.
    """
    clock = TickingClock(wrong_by)
    ids = TimeOrderedIds(clock)
    elsewhere = Elsewhere()
    shown = hub or Hub(elsewhere=elsewhere)
    await asyncio.to_thread(furnish, url)  # what is between here and the server may be in this loop
    async with open_database(url, ahead) as database:
        await database.upgrade()
        log = EventLog(database)
        async with (
            _listening(database, log, shown),
            Journal(database, shown) as journal,
            elsewhere.speaking(journal.tell) if database.can_notify else nullcontext(),
        ):
            yield Store(
                database=database,
                clock=clock,
                ids=ids,
                workflows=Workflows(database, clock, ids),
                runs=Runs(database),
                leases=Leases(database),
                log=log,
                waits=Waits(database, clock, ids),
                webhooks=Webhooks(database, clock, ids),
                deliveries=Deliveries(database),
                threads=Threads(database),
                schedules=Schedules(database),
                retention=Retention(database),
                hub=shown,
                elsewhere=elsewhere,
                journal=journal,
            )


@asynccontextmanager
async def _listening(database: Database, log: EventLog, hub: Hub) -> AsyncIterator[None]:
    """As the service does it: where processes can hear of one another, they do."""
    if not database.can_notify:
        yield
        return
    async with Listener(database, log, hub, Bell()) as listener:
        await listener.hears()
        yield
