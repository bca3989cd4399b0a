"""The rows of the whole service: a run is created, executed, stored and shown.

The base is what somebody writes by hand who wants a run to outlive its process: the same graph with
LangGraph's own saver on the same kind of database, a thread for each run, and its stream consumed.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from itertools import count
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any, Final, TypeAlias

import psycopg
from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from psycopg_pool import AsyncConnectionPool

from benchmarks.measure import Row, compare
from benchmarks.shapes import SLEEP, THREE, Document, Graph, Shape, start
from services.bootstrap import Services, open_services
from services.settings import Settings
from workflow_compiler import default_registry

Saver: TypeAlias = BaseCheckpointSaver[Any]
SaverAt: TypeAlias = Callable[[str], AbstractAsyncContextManager[Saver]]

POSTGRES: Final = "postgresql://postgres@127.0.0.1:5432/postgres"
"""A server whose user may create databases; the variable of the tests names another one."""

_threads = count()


async def service(repeats: int) -> AsyncIterator[Row]:
    """Runs on SQLite, one and several at once."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'bench.db'}"
        async with _sqlite_saver(str(Path(folder) / "by_hand.db")) as saver:
            async for row in _on(url, saver, "SQLite", repeats):
                yield row


async def service_on_postgres(repeats: int) -> AsyncIterator[Row]:
    """The same on PostgreSQL: `WORKFLOW_TEST_POSTGRES`, or the server on this machine."""
    async with _database() as ours, _database() as theirs, _postgres_saver(theirs) as saver:
        async for row in _on(ours, saver, "PostgreSQL", repeats):
            yield row


async def cancelling(repeats: int) -> AsyncIterator[Row]:
    """From the request until the run is `cancelled`, of a node that sleeps."""
    node = {"id": "asleep", "type": "sleep", "config": {"seconds": 3600}}
    document = {"name": "asleep", "nodes": [node], "edges": []}
    registry = default_registry().with_types(SLEEP)
    with TemporaryDirectory() as folder:
        settings = Settings(database_url=f"sqlite:///{Path(folder) / 'bench.db'}")
        async with open_services(settings, registry) as services:
            workflow_id = await _published(services, document)
            times = [await _cancelled(services, workflow_id) for _ in range(max(5, repeats // 4))]
    yield Row(
        name="cancel of a sleeping node",
        base="",
        ours_ms=sorted(times)[len(times) // 2],
        base_ms=None,
        goal=100,
        unit="ms",
    )


async def _cancelled(services: Services, workflow_id: str) -> float:
    run = await services.runs.create("default", workflow_id, {})
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        began = 0.0
        async for frame in frames:
            match frame.type:
                case "node.started":
                    began = perf_counter()
                    await services.runs.cancel(run.id, "enough")
                case "run.cancelled":
                    return (perf_counter() - began) * 1000
                case _:
                    pass
    raise RuntimeError("the run was not cancelled")


async def _on(url: str, saver: Saver, database: str, repeats: int) -> AsyncIterator[Row]:
    async with open_services(Settings(database_url=url)) as services:
        for shape in THREE:
            workflow_id = await _published(services, shape.document)
            graph = shape.by_hand().copy({"checkpointer": saver})
            for at_once in (1, 10, 50):
                yield await _row(services, workflow_id, graph, shape, at_once, database, repeats)


async def _row(  # noqa: PLR0913, PLR0917 - what is compared, and how it is called
    services: Services,
    workflow_id: str,
    graph: Graph,
    shape: Shape,
    at_once: int,
    database: str,
    repeats: int,
) -> Row:
    ours, base = await compare(
        lambda: _together(_run(services, workflow_id) for _ in range(at_once)),
        lambda: _together(_streamed(graph) for _ in range(at_once)),
        repeats=max(3, repeats // at_once),
    )
    return Row(
        name=f"service on {database}: {shape.name}, {at_once} at once",
        base="astream_events v2 and a saver by hand",
        ours_ms=ours,
        base_ms=base,
        goal=1.3,
    )


async def _published(services: Services, document: Document) -> str:
    published = await services.workflows.publish("default", document)
    return published.version.workflow_id


async def _run(services: Services, workflow_id: str) -> None:
    run = await services.runs.create("default", workflow_id, {})
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        async for _ in frames:
            pass


async def _streamed(graph: Graph) -> None:
    config = {"recursion_limit": 100_000, "configurable": {"thread_id": str(next(_threads))}}
    stream = graph.astream_events(start(), config, version="v2")
    async with aclosing(stream) as events:
        async for _ in events:
            pass


async def _together(work: Iterable[Awaitable[None]]) -> None:
    await asyncio.gather(*work)


@asynccontextmanager
async def _sqlite_saver(path: str) -> AsyncIterator[Saver]:
    async with AsyncSqliteSaver.from_conn_string(path) as saver:
        await saver.setup()
        await saver.conn.execute("PRAGMA synchronous=NORMAL")  # as our own store has it
        yield saver


@asynccontextmanager
async def _postgres_saver(url: str) -> AsyncIterator[Saver]:
    options = {"autocommit": True, "prepare_threshold": 0, "row_factory": psycopg.rows.dict_row}
    async with AsyncConnectionPool(url, kwargs=options, min_size=1, max_size=10) as pool:
        saver = AsyncPostgresSaver(pool)  # type: ignore[arg-type] # its rows are dicts, see options
        await saver.setup()
        yield saver


@asynccontextmanager
async def _database() -> AsyncIterator[str]:
    """The URL of a new database, dropped when the block ends."""
    server = os.environ.get("WORKFLOW_TEST_POSTGRES", POSTGRES)
    name = f"bench_{token_hex(8)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield f"{server.rpartition('/')[0]}/{name}"
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
