"""The one composition root: settings in, services out."""

from __future__ import annotations

import os
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from langchain_core.tools import BaseTool

from services.dispatch.elsewhere import ElsewhereDispatcher
from services.dispatch.inprocess import Bounds, InProcessDispatcher
from services.engine.executor import Compiler, Executor
from services.engine.session import Environment
from services.journal import Journal
from services.live.hub import Hub
from services.ports import Clock, SystemClock, TimeOrderedIds
from services.providers.addresses import parse_allowed
from services.providers.agents import LangChainAgents
from services.providers.chat import LangChainChatModels
from services.providers.http import GuardedHttp
from services.providers.node_cache import MemoryNodeCache
from services.providers.node_types import installed_registry
from services.providers.tools import NamedTools, load_tools
from services.settings import Settings
from services.store.database import open_database
from services.store.events import EventLog
from services.store.runs import Runs
from services.store.versions import Versions
from services.store.workflows import Workflows
from services.usecases.runs import Dispatcher, RunUseCases
from services.usecases.subruns import SubRunUseCases
from services.usecases.workflows import WorkflowUseCases
from workflow_compiler import CompileCache, Registry, RunContext, knowing_tools

SWEEP_SECONDS: Final = 1.0
"""A run whose process is gone goes on that long after its lease has ended, at the latest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that the service can do, for the API, the command line and other programs."""

    settings: Settings
    workflows: WorkflowUseCases
    runs: RunUseCases
    log: EventLog
    hub: Hub
    registry: Registry
    cache: CompileCache
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    """What there is before it is said who executes runs."""

    settings: Settings
    registry: Registry
    tools: Mapping[str, BaseTool]
    clock: SystemClock
    ids: TimeOrderedIds
    hub: Hub
    cache: CompileCache
    journal: Journal
    runs: Runs
    workflows: Workflows
    versions: Versions
    log: EventLog


@asynccontextmanager
async def open_services(
    settings: Settings, registry: Registry | None = None
) -> AsyncIterator[Services]:
    """The services of a process that executes runs, for as long as the block lasts.

    `registry` holds the node types; by default the built-in ones, over the functions that the
    settings name, and those of installed plug-ins. Its `tool` and `agent` nodes may name the tools
    of the settings. Leaving the block lets running work finish or cancels it, and writes all of it.

    Raises:
        FunctionsError: a module of functions cannot be used.
        HttpAllowError: the setting `http_allow` has an entry that opens nothing.
        NodeTypesError: an installed plug-in cannot be used.
        ToolsError: a module or server of tools cannot be used.
    """
    bounds = Bounds(
        runs_at_once=settings.max_concurrent_runs,
        grace_seconds=settings.shutdown_grace_seconds,
        sweep_seconds=SWEEP_SECONDS,
    )
    async with (
        _opened(settings, registry) as parts,
        InProcessDispatcher(_executor(parts), parts.runs, bounds) as dispatcher,
    ):
        yield _services(parts, dispatcher)


@asynccontextmanager
async def open_records(
    settings: Settings, registry: Registry | None = None
) -> AsyncIterator[Services]:
    """The same services for a process that executes nothing itself.

    A run that is told to execute waits in the database for a process inside `open_services`, and
    one that is told to stop hears of it when its process renews its lease. It raises the errors of
    `open_services`.
    """
    async with _opened(settings, registry) as parts:
        yield _services(parts, ElsewhereDispatcher())


@asynccontextmanager
async def _opened(settings: Settings, registry: Registry | None) -> AsyncIterator[_Parts]:
    tools = await load_tools(settings.tools, settings.mcp)
    known = knowing_tools(registry or installed_registry(settings.functions), tools)
    clock, hub = SystemClock(), Hub()
    ids = TimeOrderedIds(clock)
    async with open_database(settings.database_url) as database:
        await database.upgrade()
        workflows = Workflows(database, clock, ids)
        async with Journal(database, hub) as journal:
            yield _Parts(
                settings=settings,
                registry=known,
                tools=tools,
                clock=clock,
                ids=ids,
                hub=hub,
                cache=CompileCache(settings.cache_size),
                journal=journal,
                runs=Runs(database),
                workflows=workflows,
                versions=Versions(workflows, settings.cache_size),
                log=EventLog(database),
            )


def _executor(parts: _Parts) -> Executor:
    return Executor(
        owner=f"{socket.gethostname()}:{os.getpid()}",
        environment=Environment(
            journal=parts.journal,
            hub=parts.hub,
            runs=parts.runs,
            clock=parts.clock,
            node_caches=MemoryNodeCache(parts.settings.node_cache_bytes, parts.clock),
            prices=parts.settings.prices,
            lease_seconds=parts.settings.lease_seconds,
        ),
        versions=parts.versions,
        compiler=Compiler(parts.registry, parts.cache),
        context=_world(parts.settings, parts.tools),
        # Who executes a run executes its sub-runs beside it, so none of them is dispatched.
        family=SubRunUseCases(_runs(parts, ElsewhereDispatcher())),
    )


def _runs(parts: _Parts, dispatcher: Dispatcher) -> RunUseCases:
    return RunUseCases(
        store=parts.runs,
        workflows=parts.workflows,
        versions=parts.versions,
        log=parts.log,
        journal=parts.journal,
        hub=parts.hub,
        dispatcher=dispatcher,
        clock=parts.clock,
        ids=parts.ids,
    )


def _services(parts: _Parts, dispatcher: Dispatcher) -> Services:
    return Services(
        settings=parts.settings,
        workflows=WorkflowUseCases(parts.workflows, parts.registry),
        runs=_runs(parts, dispatcher),
        log=parts.log,
        hub=parts.hub,
        registry=parts.registry,
        cache=parts.cache,
        clock=parts.clock,
    )


def _world(settings: Settings, tools: Mapping[str, BaseTool]) -> RunContext:
    """What every run gets from the world."""
    chat_models = LangChainChatModels()
    return RunContext(
        chat_models=chat_models,
        http=GuardedHttp(parse_allowed(settings.http_allow)),
        tools=NamedTools(tools),
        agents=LangChainAgents(chat_models, tools),
    )
