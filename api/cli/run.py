"""`workflow run`: one run, in this process or on a server, shown while it goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Annotated, Any, Protocol

import typer

from api.cli.desk import Watched, Where
from api.cli.desk_here import DeskHere
from api.cli.ending import end_with
from api.cli.exits import UsageError
from api.cli.grouped import grouped
from api.cli.logs import log_to_stderr
from api.cli.options import AsEvents, Watch, registry_from
from api.cli.orders import Order, order_of, workflow_of
from api.cli.output.console import say
from api.cli.output.displays import Display, Show, display
from api.cli.output.view import read_event
from api.cli.signals import stop_asked
from api.cli.standstill import Standstill
from api.cli.values import read_option
from api.schemas import Run
from services.bootstrap import Services, open_worker
from services.domain.events.frames import Frame
from services.errors import RunIsOverError
from services.settings import Settings
from workflow_compiler import Registry


class Work(Protocol):
    """What is to be run, where it is executed."""

    @property
    def title(self) -> str:
        """What the run is called while it is shown."""

    @property
    def desk(self) -> Watched:
        """Where it can be followed."""

    async def begin(self) -> str:
        """A run of it, which is pending."""

    async def execute(self, run_id: str) -> None:
        """Let it begin."""


@grouped
def run(
    target: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="A definition, or a stored workflow.")
    ],
    where: Where,
    given: Annotated[
        str, typer.Option("--input", help="The input: JSON, @file, or - for stdin.")
    ] = "{}",
    watch: Watch = True,
    as_json: AsEvents = False,
) -> None:
    """Run a workflow here and now, or on a server, and write its output as JSON."""
    settings, run_input = where.settings(), read_input(given)
    if settings.server is None:
        work = _work_here(settings, target, run_input)
    else:
        work = import_module("api.cli.desk_there").open_work(settings, target, run_input)
    log_to_stderr(settings)
    show = partial(display, as_json=as_json, watch=watch)
    end_with(asyncio.run(_run(work, show)), watch=watch, as_json=as_json)


def _work_here(
    settings: Settings, target: str, run_input: Mapping[str, Any]
) -> AbstractAsyncContextManager[Work]:
    registry = registry_from(settings)
    return _opened(order_of(target, run_input, registry, settings), settings, registry)


@dataclass(frozen=True, slots=True)
class _WorkHere:
    """A run in this process."""

    services: Services
    order: Order

    @property
    def title(self) -> str:
        return self.order.name

    @property
    def desk(self) -> DeskHere:
        return DeskHere(self.services.runs, self.services.settings.project)

    async def begin(self) -> str:
        workflow_id = await workflow_of(self.services, self.order)
        project = self.services.settings.project
        return (await self.services.runs.create(project, workflow_id, self.order.run_input)).id

    async def execute(self, run_id: str) -> None:
        await self.services.runs.execute(run_id)


@asynccontextmanager
async def _opened(order: Order, settings: Settings, registry: Registry) -> AsyncIterator[Work]:
    async with open_worker(settings, registry) as worker:
        yield _WorkHere(worker.services, order)


async def _run(opened: AbstractAsyncContextManager[Work], show: Callable[..., Any]) -> Run:
    async with opened as work:
        run_id = await work.begin()
        async with work.desk.watch(run_id) as frames:
            await work.execute(run_id)
            return await follow(work.desk, run_id, frames, partial(show, work.title))


async def follow_new(opened: AbstractAsyncContextManager[tuple[Watched, str]], show: Show) -> Run:
    """A run that was just made out of another one, and is executed already."""
    async with opened as (desk, run_id), desk.watch(run_id) as frames:
        return await follow(desk, run_id, frames, show)


async def follow(desk: Watched, run_id: str, frames: AsyncIterator[Frame], show: Show) -> Run:
    """A run that this command began, shown until it ends, or rests because somebody must answer."""
    async with show(desk.clock) as shown:
        with stop_asked() as stop:
            standstill = await _shown(desk, run_id, frames, shown, stop)
    if standstill is not None:
        _say_who_waits(run_id, standstill)
    return await desk.get(run_id)


async def _shown(
    desk: Watched,
    run_id: str,
    frames: AsyncIterator[Frame],
    shown: Display,
    stop: asyncio.Event,
) -> Standstill | None:
    """Show a run to its end, which comes sooner when somebody asks to stop.

    Returns:
        What it waits for, where it rests before its end.
    """
    standstill, is_reached = Standstill(), False
    async with asyncio.TaskGroup() as tasks:
        cancelling = tasks.create_task(_cancel_when(stop, desk, run_id))
        async for frame in frames:
            shown.show(frame)
            if is_reached := standstill.is_reached(read_event(frame)):
                break
        cancelling.cancel()
    return standstill if is_reached else None


def _say_who_waits(run_id: str, standstill: Standstill) -> None:
    if standstill.has_stopped:
        say(f"run {run_id} has stopped; `workflow debug {run_id}` goes on with it:")
    else:
        say(f"run {run_id} waits, and goes on under `workflow serve` when it is answered:")
    for line in standstill.lines():
        say(line)


async def _cancel_when(stop: asyncio.Event, desk: Watched, run_id: str) -> None:
    await stop.wait()
    say("stopping the run; once more to stop at once")
    try:
        await desk.cancel(run_id, "interrupted at the terminal")
    except RunIsOverError:
        return


def read_input(given: str) -> dict[str, Any]:
    """The input that the flag stands for.

    Raises:
        UsageError: it is no JSON object, or the file cannot be read.
    """
    value = read_option("--input", given)
    if not isinstance(value, dict):
        raise UsageError(f"--input: an input is a JSON object, not {json.dumps(value)[:60]}")
    return value
