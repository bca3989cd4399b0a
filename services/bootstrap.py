"""The one composition root: settings in, services out."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from langchain_core.tools import BaseTool

from services.computing import Computing
from services.dispatch.agenda import Agenda
from services.dispatch.elsewhere import ElsewhereDispatcher
from services.dispatch.inprocess import Bounds, InProcessDispatcher
from services.dispatch.queues import queue_dispatcher
from services.engine.compiling import Compiler
from services.engine.environment import Environment
from services.engine.executor import Executor
from services.hooks.bus import Bus
from services.hooks.sender import Sender, SenderBounds
from services.hooks.subscribers import Subscriber, installed_subscribers
from services.hooks.traces import Storyteller, TracedExecutions
from services.live.hub import Hub
from services.ports import Ahead, Observer
from services.providers.addresses import parse_allowed
from services.providers.agents import LangChainAgents
from services.providers.chat import LangChainChatModels
from services.providers.http import GuardedHttp
from services.providers.node_types import installed_registry
from services.providers.secrets import EnvironmentSecrets, secrets_of
from services.providers.tools import NamedTools, load_tools
from services.records import Records, recording
from services.settings import Dispatch, Settings
from services.store.events import EventLog
from services.store.once import Requests
from services.store.threads import Threads
from services.telemetry.opening import Telemetry, open_telemetry
from services.usecases.access import AccessUseCases
from services.usecases.alone import LoneVisitUseCases
from services.usecases.audit import AuditUseCases
from services.usecases.breakpoints import BreakpointUseCases
from services.usecases.control import Dispatcher
from services.usecases.conversations import ConversationUseCases
from services.usecases.debug_wishes import DebugWishes
from services.usecases.debugging import DebugUseCases
from services.usecases.forks import ForkUseCases
from services.usecases.interrupts import InterruptUseCases
from services.usecases.looks import LookUseCases
from services.usecases.migrations import MigrationUseCases
from services.usecases.projects import ProjectUseCases
from services.usecases.readiness import Readiness
from services.usecases.rehearsals import RehearsalUseCases
from services.usecases.retention import RetentionUseCases
from services.usecases.retries import RetryUseCases
from services.usecases.runs import RunUseCases
from services.usecases.schedules import ScheduleUseCases
from services.usecases.subruns import SubRunUseCases
from services.usecases.waits import WaitUseCases
from services.usecases.watching import Watching
from services.usecases.webhooks import SendsElsewhere, Wakes, WebhookUseCases
from services.usecases.workflows import WorkflowUseCases
from workflow_compiler import CompileCache, Registry, RunContext, knowing_tools
from workflow_compiler.node_cache import MemoryNodeCache
from workflow_compiler.ports import Clock, WallClock


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that the service can do, for the API, the command line and other programs."""

    settings: Settings
    access: AccessUseCases
    projects: ProjectUseCases
    audit: AuditUseCases
    workflows: WorkflowUseCases
    runs: RunUseCases
    retries: RetryUseCases
    migrations: MigrationUseCases
    waits: WaitUseCases
    webhooks: WebhookUseCases
    threads: Threads
    conversations: ConversationUseCases
    interrupts: InterruptUseCases
    schedules: ScheduleUseCases
    retention: RetentionUseCases
    looks: LookUseCases
    rehearsals: RehearsalUseCases
    lone_visits: LoneVisitUseCases
    breakpoints: BreakpointUseCases
    debugging: DebugUseCases
    debug_wishes: DebugWishes
    forks: ForkUseCases
    log: EventLog
    hub: Hub
    registry: Registry
    cache: CompileCache
    clock: WallClock
    computing: Computing
    readiness: Readiness
    watching: Watching


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """The services of a process that executes runs, and the way to have it execute one."""

    services: Services
    dispatcher: InProcessDispatcher


@dataclass(frozen=True, slots=True, kw_only=True)
class _Means:
    """What runs are executed with in this process, or would be."""

    compiler: Compiler
    world: RunContext
    secrets: EnvironmentSecrets
    telemetry: Telemetry


@asynccontextmanager
async def open_services(
    settings: Settings,
    registry: Registry | None = None,
    ahead: Ahead | None = None,
    subscribers: Sequence[Subscriber] = (),
) -> AsyncIterator[Services]:
    """The services of a server, for as long as the block lasts.

    `settings.dispatch` says who executes runs: this process, as with `open_worker`, or workers that
    it tells through a queue. `subscribers` and those of installed plug-ins hear of the events that
    this process writes. With `ahead` all clocks seem to be so far ahead.

    Raises:
        DispatchError: the extra that the dispatch needs is not installed.
        FunctionsError: a module of functions cannot be used.
        HttpAllowError: the setting `http_allow` has an entry that opens nothing.
        NodeTypesError: an installed plug-in cannot be used.
        SubscriberError: an installed subscriber cannot be used.
        ToolsError: a module or server of tools cannot be used.
    """
    if settings.dispatch is Dispatch.INPROCESS:
        async with open_worker(settings, registry, ahead, subscribers) as worker:
            yield worker.services
    else:
        async with (
            queue_dispatcher(settings) as dispatcher,
            _telling(settings, registry, dispatcher, ahead, subscribers) as services,
        ):
            yield services


@asynccontextmanager
async def open_worker(
    settings: Settings,
    registry: Registry | None = None,
    ahead: Ahead | None = None,
    subscribers: Sequence[Subscriber] = (),
) -> AsyncIterator[Worker]:
    """The services of a process that executes runs, for as long as the block lasts.

    `registry` holds the node types; by default the built-in ones, over the functions that the
    settings name, and those of installed plug-ins. Its `tool` and `agent` nodes may name the tools
    of the settings. With `ahead` all clocks seem to be so far ahead, that of the database too.
    It looks for runs that are due by itself; a queue only makes it quicker. Leaving the block lets
    running work finish or cancels it, and writes all of it.

    Raises:
        FunctionsError: a module of functions cannot be used.
        HttpAllowError: the setting `http_allow` has an entry that opens nothing.
        NodeTypesError: an installed plug-in cannot be used.
        SubscriberError: an installed subscriber cannot be used.
        ToolsError: a module or server of tools cannot be used.
    """
    bounds = Bounds(
        runs_at_once=settings.max_concurrent_runs,
        grace_seconds=settings.shutdown_grace_seconds,
        sweep_seconds=settings.lease_seconds,
        runs_per_project=settings.max_concurrent_runs_per_project,
    )
    tools = await load_tools(settings.tools, settings.mcp)
    known = knowing_tools(registry or installed_registry(settings.functions), tools)
    async with recording(settings, ahead) as records, _telling_of(settings, records) as telemetry:
        means = _means(settings, records, known, tools, telemetry)
        executor = _executor(settings, records, means)
        # What schedules begin is due, and the dispatcher asks for what is due: it sends it itself.
        agenda = Agenda(
            leases=records.leases,
            schedules=records.schedule_use_cases(ElsewhereDispatcher()),
            log=records.log,
        )
        async with (
            _hearing(settings, records, (*subscribers, *_storytellers(records, telemetry))),
            _sending(settings, records) as sender,
            InProcessDispatcher(executor, agenda, bounds) as dispatcher,
        ):
            records.journal.when_turns_come(dispatcher.send)
            services = _services(settings, records, means, dispatcher, sender)
            with records.asked_by_others(dispatcher.look, sender.wake):
                yield Worker(services=services, dispatcher=dispatcher)


@asynccontextmanager
async def open_records(
    settings: Settings, registry: Registry | None = None
) -> AsyncIterator[Services]:
    """The same services for a process that executes nothing itself.

    A run that is told to execute waits in the database for a process inside `open_services`, and
    one that is told to stop hears of it when its process renews its lease. No server of tools is
    asked here: only a run finds out whether a tool is there.

    Raises:
        FunctionsError: a module of functions cannot be used.
        NodeTypesError: an installed plug-in cannot be used.
    """
    async with _telling(settings, registry, ElsewhereDispatcher()) as services:
        yield services


@asynccontextmanager
async def _telling(
    settings: Settings,
    registry: Registry | None,
    dispatcher: Dispatcher,
    ahead: Ahead | None = None,
    subscribers: Sequence[Subscriber] = (),
) -> AsyncIterator[Services]:
    """The services of a process that leaves runs and deliveries to others."""
    known = registry or installed_registry(settings.functions)
    async with (
        recording(settings, ahead) as records,
        _telling_of(settings, records) as telemetry,
        _hearing(settings, records, (*subscribers, *_storytellers(records, telemetry))),
    ):
        records.journal.when_turns_come(dispatcher.send)
        means = _means(settings, records, known, {}, telemetry)  # no server of tools is asked
        yield _services(settings, records, means, dispatcher, SendsElsewhere())


@asynccontextmanager
async def open_lone_visits(
    settings: Settings, registry: Registry | None = None
) -> AsyncIterator[LoneVisitUseCases]:
    """Single nodes with all that the world gives to them, in a process that executes no runs.

    Raises:
        FunctionsError: a module of functions cannot be used.
        HttpAllowError: the setting `http_allow` has an entry that opens nothing.
        NodeTypesError: an installed plug-in cannot be used.
        ToolsError: a module or server of tools cannot be used.
    """
    tools = await load_tools(settings.tools, settings.mcp)
    known = knowing_tools(registry or installed_registry(settings.functions), tools)
    async with recording(settings) as records:
        world = _world(settings, tools, records.clock)
        yield LoneVisitUseCases(
            looks=records.look_use_cases(known),
            world=world,
            secrets=secrets_of(settings),
        )


@asynccontextmanager
async def _telling_of(settings: Settings, records: Records) -> AsyncIterator[Telemetry]:
    """The telemetry of this process, which hears of what it writes while the block lasts."""
    async with open_telemetry(settings, records.clock) as telemetry:
        records.journal.measured_by(telemetry.metrics.committed)
        with records.spread.to(telemetry.metrics):
            yield telemetry


def _observers(records: Records, telemetry: Telemetry) -> tuple[Observer, ...]:
    """Who looks on while runs are executed here."""
    observers: list[Observer] = [telemetry.lines, telemetry.metrics]
    if telemetry.otel is not None:
        observers.append(TracedExecutions(records.log, telemetry.otel))
    if telemetry.langfuse is not None:
        observers.append(telemetry.langfuse)
    return tuple(observers)


def _storytellers(records: Records, telemetry: Telemetry) -> tuple[Subscriber, ...]:
    """Who makes traces of what this process writes, if somebody wants them."""
    if telemetry.otel is None:
        return ()
    teller = Storyteller(records.log, records.versions, telemetry.otel.send)
    return (teller.subscriber,)


@asynccontextmanager
async def _hearing(
    settings: Settings, records: Records, subscribers: Sequence[Subscriber]
) -> AsyncIterator[None]:
    """Tells subscribers of what this process writes while the block lasts."""
    everybody = (*installed_subscribers(), *subscribers)
    grace_seconds = settings.shutdown_grace_seconds
    async with Bus(everybody, records.log, records.origins, grace_seconds) as bus:
        with records.spread.to(bus):
            yield


@asynccontextmanager
async def _sending(settings: Settings, records: Records) -> AsyncIterator[Sender]:
    """Tells webhooks of events while the block lasts."""
    bounds = SenderBounds(
        look_seconds=settings.lease_seconds, grace_seconds=settings.shutdown_grace_seconds
    )
    http = GuardedHttp(parse_allowed(settings.http_allow))
    async with Sender(records.deliveries, http, records.clock, bounds) as sender:
        with records.spread.to(sender):
            yield sender


def _executor(settings: Settings, records: Records, means: _Means) -> Executor:
    return Executor(
        owner=f"{socket.gethostname()}:{os.getpid()}",
        environment=Environment(
            journal=records.journal,
            hub=records.hub,
            runs=records.runs,
            leases=records.leases,
            log=records.log,
            waits=records.waits,
            threads=records.threads,
            clock=records.clock,
            node_caches=MemoryNodeCache(settings.node_cache_bytes, records.clock),
            secrets=means.secrets,
            prices=settings.prices,
            lease_seconds=settings.lease_seconds,
            linger_seconds=settings.wait_linger_seconds,
            observers=_observers(records, means.telemetry),
        ),
        versions=records.versions,
        compiler=means.compiler,
        context=means.world,
        # Who executes a run executes its sub-runs beside it, so none of them is dispatched.
        family=SubRunUseCases(records.run_use_cases(ElsewhereDispatcher()), records.breakpoints),
    )


def _services(
    settings: Settings,
    records: Records,
    means: _Means,
    dispatcher: Dispatcher,
    sender: Wakes,
) -> Services:
    compiler, world, telemetry = means.compiler, means.world, means.telemetry
    registry, runs = compiler.registry, records.run_use_cases(dispatcher)
    looks = records.look_use_cases(registry)
    breakpoints = BreakpointUseCases(
        runs=runs, plans=looks.plans, store=records.breakpoints, ids=records.ids
    )
    requests = Requests(records.database, records.clock, records.ids)
    wishes = DebugWishes(runs=runs, breakpoints=breakpoints, looks=looks, requests=requests)
    return Services(
        settings=settings,
        access=records.access_use_cases(settings),
        projects=records.project_use_cases(),
        audit=records.audit_use_cases(),
        workflows=WorkflowUseCases(records.workflows, registry, means.secrets, records.computing),
        runs=runs,
        retries=RetryUseCases(runs, compiler),
        migrations=MigrationUseCases(runs, compiler),
        waits=records.wait_use_cases(dispatcher),
        webhooks=records.webhook_use_cases(sender),
        threads=records.threads,
        conversations=records.conversation_use_cases(),
        interrupts=records.interrupt_use_cases(dispatcher),
        schedules=records.schedule_use_cases(dispatcher),
        retention=records.retention_use_cases(),
        looks=looks,
        rehearsals=RehearsalUseCases(looks=looks, registry=registry, clock=records.clock),
        lone_visits=LoneVisitUseCases(looks=looks, world=world, secrets=means.secrets),
        breakpoints=breakpoints,
        debugging=DebugUseCases(runs=runs, plans=looks.plans, breakpoints=breakpoints),
        debug_wishes=wishes,
        forks=ForkUseCases(runs=runs, plans=looks.plans, wishes=wishes, requests=requests),
        log=records.log,
        hub=records.hub,
        registry=registry,
        cache=compiler.cache,
        clock=records.clock,
        computing=records.computing,
        readiness=Readiness(
            database=records.database,
            sweep_seconds=settings.lease_seconds,
            delay=lambda: telemetry.delay.steady,
            load=dispatcher.load,
        ),
        watching=Watching(
            telemetry=telemetry,
            database=records.database,
            compiled=compiler.cache.counts,
            load=dispatcher.load,
        ),
    )


def _means(
    settings: Settings,
    records: Records,
    registry: Registry,
    tools: Mapping[str, BaseTool],
    telemetry: Telemetry,
) -> _Means:
    return _Means(
        compiler=Compiler(registry, CompileCache(settings.cache_size)),
        world=_world(settings, tools, records.clock),
        secrets=secrets_of(settings),
        telemetry=telemetry,
    )


def _world(settings: Settings, tools: Mapping[str, BaseTool], clock: Clock) -> RunContext:
    """What every run gets from the world."""
    chat_models = LangChainChatModels()
    return RunContext(
        clock=clock,
        chat_models=chat_models,
        http=GuardedHttp(parse_allowed(settings.http_allow)),
        tools=NamedTools(tools),
        agents=LangChainAgents(chat_models, tools),
    )
