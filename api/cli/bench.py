"""`workflow bench`: how long runs of a workflow take on this machine."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated

import typer
from pydantic_core import to_json
from rich.table import Table

from api.cli.exits import Exit
from api.cli.logs import log_to_stderr
from api.cli.options import AsJson, DatabaseUrl, registry_from, settings_from
from api.cli.orders import Order, order_of, workflow_of
from api.cli.output.console import printed, write
from api.cli.run import read_input
from services.bootstrap import Services, open_services
from services.domain.runs import RunStatus
from services.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What some runs took, in milliseconds each, and how many of them ended well."""

    runs: int
    completed: int
    events: int
    median_ms: float
    p95_ms: float
    slowest_ms: float
    runs_per_second: float


def bench(
    target: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="A definition, or a sample's name.")
    ],
    given: Annotated[
        str, typer.Option("--input", help="The input: JSON, @file, or - for stdin.")
    ] = "{}",
    runs: Annotated[int, typer.Option(min=2, max=100_000, help="How many runs to make.")] = 50,
    at_once: Annotated[int, typer.Option(min=1, max=1_000, help="How many at the same time.")] = 1,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Say how long runs of a workflow take here, in a database of their own."""
    with TemporaryDirectory() as folder:
        scratch = f"sqlite:///{Path(folder) / 'bench.db'}"
        settings = settings_from(database_url=database_url or scratch)
        log_to_stderr(settings)
        order = order_of(target, read_input(given), registry_from(settings), settings)
        measured = asyncio.run(_measured(settings, order, runs, at_once))
    write(to_json(measured).decode() if as_json else printed(_table(measured)))
    is_sound = measured.completed == measured.runs
    raise typer.Exit(Exit.DONE if is_sound else Exit.RUN_FAILED)


async def _measured(settings: Settings, order: Order, runs: int, at_once: int) -> Measured:
    async with open_services(settings, registry_from(settings)) as services:
        workflow_id = await workflow_of(services, order)
        await _timed(services, workflow_id, order)  # the first one compiles
        ended: list[_Ended] = []
        places, begun = asyncio.Semaphore(at_once), perf_counter()

        async def one() -> None:
            async with places:
                ended.append(await _timed(services, workflow_id, order))

        async with asyncio.TaskGroup() as tasks:
            for _ in range(runs):
                tasks.create_task(one())
        return _summed(ended, perf_counter() - begun)


@dataclass(frozen=True, slots=True)
class _Ended:
    seconds: float
    is_completed: bool
    events: int


async def _timed(services: Services, workflow_id: str, order: Order) -> _Ended:
    begun, events = perf_counter(), 0
    run = await services.runs.create(services.settings.project, workflow_id, order.run_input)
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        async for frame in frames:
            events += frame.seq is not None
    seconds = perf_counter() - begun
    status = (await services.runs.get(run.id)).status
    return _Ended(seconds, status is RunStatus.COMPLETED, events)


def _summed(ended: Sequence[_Ended], seconds: float) -> Measured:
    took = [each.seconds * 1_000 for each in ended]
    return Measured(
        runs=len(ended),
        completed=sum(each.is_completed for each in ended),
        events=sum(each.events for each in ended),
        median_ms=round(median(took), 3),
        p95_ms=round(quantiles(took, n=20, method="inclusive")[-1], 3),
        slowest_ms=round(max(took), 3),
        runs_per_second=round(len(ended) / seconds, 2),
    )


def _table(measured: Measured) -> Table:
    table = Table("what", "value", box=None)
    table.add_row("runs", f"{measured.runs}, of which {measured.completed} completed")
    table.add_row("events", str(measured.events))
    table.add_row("median", f"{measured.median_ms:.1f} ms")
    table.add_row("95 of 100 within", f"{measured.p95_ms:.1f} ms")
    table.add_row("slowest", f"{measured.slowest_ms:.1f} ms")
    table.add_row("runs a second", f"{measured.runs_per_second:.1f}")
    return table
