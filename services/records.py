"""The database and what is asked of it: all that a process needs which executes nothing.

It knows neither node types nor LangGraph, so a command that only looks is quick to start.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Final

from services.computing import Computing
from services.dispatch.elsewhere import ElsewhereDispatcher
from services.domain.access import digest_of
from services.journal import Journal
from services.live.bell import Bell
from services.live.elsewhere import Elsewhere
from services.live.hub import Hub
from services.live.postgres import SILENCE_SECONDS, Listener
from services.live.spread import Spread
from services.ports import Ahead, TimeOrderedIds
from services.settings import Settings
from services.store.audit import Audit
from services.store.breakpoints import Breakpoints
from services.store.clock import DatabaseClock
from services.store.database import Database, open_database
from services.store.deliveries import Deliveries
from services.store.events import EventLog
from services.store.interrupts import OpenInterrupts
from services.store.keys import Keys
from services.store.leases import Leases
from services.store.origins import Origins
from services.store.projects import Projects
from services.store.retention import Retention
from services.store.runs import Runs
from services.store.schedules import Schedules
from services.store.thread_records import ThreadRecords
from services.store.threads import Threads
from services.store.versions import Versions
from services.store.waits import Waits
from services.store.webhooks import Webhooks
from services.store.workflows import Workflows
from services.usecases.access import AccessUseCases
from services.usecases.audit import AuditUseCases
from services.usecases.control import Dispatcher
from services.usecases.conversations import ConversationUseCases
from services.usecases.interrupts import InterruptUseCases
from services.usecases.looks import LookUseCases
from services.usecases.plans import Plans
from services.usecases.projects import ProjectUseCases
from services.usecases.retention import RetentionUseCases
from services.usecases.runs import RunUseCases
from services.usecases.schedules import ScheduleUseCases
from services.usecases.waits import WaitUseCases
from services.usecases.webhooks import SendsElsewhere, Wakes, WebhookUseCases
from workflow_compiler import Registry

_ELSEWHERE: Final = ElsewhereDispatcher()
_SENT_ELSEWHERE: Final = SendsElsewhere()


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """What is kept, and the one way in which it is written and shown.

    Its use cases leave what is to be done to other processes, unless they are told who does it
    here: a run that is told to execute waits in the database for a process inside `open_services`,
    one that is told to stop hears of it when its process renews its lease, and what is to be sent
    goes out from there.
    """

    database: Database
    clock: DatabaseClock
    ids: TimeOrderedIds
    hub: Hub
    spread: Spread
    bell: Bell
    journal: Journal
    projects: Projects
    keys: Keys
    audit: Audit
    runs: Runs
    leases: Leases
    workflows: Workflows
    versions: Versions
    log: EventLog
    waits: Waits
    webhooks: Webhooks
    deliveries: Deliveries
    origins: Origins
    breakpoints: Breakpoints
    threads: Threads
    thread_records: ThreadRecords
    interrupts: OpenInterrupts
    schedules: Schedules
    retention: Retention
    computing: Computing

    @contextmanager
    def asked_by_others(self, *hearers: Callable[[], None]) -> Iterator[None]:
        """Call these whenever another process has asked something of runs."""
        with ExitStack() as hearing:
            for hear in hearers:
                hearing.enter_context(self.bell.heard_by(hear))
            hearing.enter_context(self.database.rings(self.bell.ring))
            yield

    def access_use_cases(self, settings: Settings) -> AccessUseCases:
        """Who asks, and what there is for them."""
        key = settings.api_key
        return AccessUseCases(
            keys=self.keys,
            projects=self.projects,
            origins=self.origins,
            clock=self.clock,
            bootstrap=None if key is None else digest_of(key.get_secret_value()),
        )

    def project_use_cases(self) -> ProjectUseCases:
        """All projects."""
        return ProjectUseCases(store=self.projects)

    def audit_use_cases(self) -> AuditUseCases:
        """Who did what in all projects."""
        return AuditUseCases(store=self.audit)

    def run_use_cases(self, dispatcher: Dispatcher = _ELSEWHERE) -> RunUseCases:
        """The runs of all projects, brought to those who execute them by this dispatcher."""
        return RunUseCases(
            store=self.runs,
            leases=self.leases,
            workflows=self.workflows,
            versions=self.versions,
            log=self.log,
            journal=self.journal,
            hub=self.hub,
            dispatcher=dispatcher,
            clock=self.clock,
            ids=self.ids,
            computing=self.computing,
        )

    def wait_use_cases(self, dispatcher: Dispatcher = _ELSEWHERE) -> WaitUseCases:
        """The tasks and signals of all projects; their runs are brought to those who execute."""
        return WaitUseCases(store=self.waits, dispatcher=dispatcher, computing=self.computing)

    def interrupt_use_cases(self, dispatcher: Dispatcher = _ELSEWHERE) -> InterruptUseCases:
        """What runs have stopped for; who answers it has them brought to those who execute."""
        return InterruptUseCases(
            store=self.interrupts,
            runs=self.run_use_cases(dispatcher),
            waits=self.wait_use_cases(dispatcher),
        )

    def conversation_use_cases(self) -> ConversationUseCases:
        """The threads of all projects."""
        return ConversationUseCases(
            threads=self.threads,
            records=self.thread_records,
            runs=self.runs,
            clock=self.clock,
            ids=self.ids,
        )

    def webhook_use_cases(self, sender: Wakes = _SENT_ELSEWHERE) -> WebhookUseCases:
        """The webhooks of all projects; this sender hears when there is something to send."""
        return WebhookUseCases(store=self.webhooks, sender=sender)

    def retention_use_cases(self) -> RetentionUseCases:
        """What is kept of the runs of all projects."""
        return RetentionUseCases(store=self.retention)

    def schedule_use_cases(self, dispatcher: Dispatcher = _ELSEWHERE) -> ScheduleUseCases:
        """The schedules of all projects, and the runs that they begin."""
        return ScheduleUseCases(
            store=self.schedules,
            runs=self.run_use_cases(dispatcher),
            journal=self.journal,
            dispatcher=dispatcher,
            clock=self.clock,
            ids=self.ids,
        )

    def look_use_cases(self, registry: Registry) -> LookUseCases:
        """What can be seen of the runs of all projects, by those who know the node types."""
        plans = Plans(self.versions, registry, self.computing)
        return LookUseCases(store=self.runs, log=self.log, plans=plans, computing=self.computing)


@asynccontextmanager
async def recording(settings: Settings, ahead: Ahead | None = None) -> AsyncIterator[Records]:
    """The records for as long as the block lasts; leaving it writes all that was handed in.

    With `ahead` all clocks seem to be so far ahead.

    Raises:
        DatabaseDriverError: the driver for this kind of database is not installed.
    """
    async with open_database(settings.database_url, ahead) as database:
        await database.upgrade()
        log, bell, elsewhere = EventLog(database), Bell(), Elsewhere()
        async with (
            DatabaseClock(database, ahead) as clock,
            _hub(database, log, bell, elsewhere) as hub,
            Journal(database, spread := Spread(hub)) as journal,
            elsewhere.speaking(journal.tell) if database.can_notify else nullcontext(),
        ):
            ids = TimeOrderedIds(clock)
            workflows = Workflows(database, clock, ids)
            yield Records(
                database=database,
                clock=clock,
                ids=ids,
                hub=hub,
                spread=spread,
                bell=bell,
                journal=journal,
                projects=Projects(database, clock),
                keys=Keys(database, clock, ids),
                audit=Audit(database, clock, ids),
                runs=Runs(database),
                leases=Leases(database),
                workflows=workflows,
                versions=Versions(workflows, settings.cache_size),
                log=log,
                waits=Waits(database, clock, ids),
                webhooks=Webhooks(database, clock, ids),
                deliveries=Deliveries(database),
                origins=Origins(database),
                breakpoints=Breakpoints(database),
                threads=Threads(database),
                thread_records=ThreadRecords(database),
                interrupts=OpenInterrupts(database, clock, ids),
                schedules=Schedules(database),
                retention=Retention(database),
                computing=Computing(),
            )


@asynccontextmanager
async def _hub(
    database: Database, log: EventLog, bell: Bell, elsewhere: Elsewhere
) -> AsyncIterator[Hub]:
    """A hub that shows what all processes write, as far as the database lets it hear of them."""
    if not database.can_notify:
        yield Hub()
        return
    hub = Hub(silence_seconds=SILENCE_SECONDS, elsewhere=elsewhere)
    async with Listener(database, log, hub, bell):
        yield hub
