"""`workflow run`: one run in this process, shown while it goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic_core import to_json

from api.cli.exits import Exit, UsageError
from api.cli.files import examine_file, problem_line
from api.cli.options import PROJECT, DatabaseUrl, registry_from, settings_from
from api.cli.output.console import say, write
from api.cli.output.displays import Display, Show, display
from api.cli.output.view import read_event
from api.cli.signals import stop_asked
from api.cli.standstill import Standstill
from api.cli.values import read_option
from api.samples import sample_documents, with_called
from services.bootstrap import Services, open_services
from services.domain.frames import Frame
from services.domain.runs import Run, RunStatus
from services.errors import RunIsOverError, WorkflowNotFoundError
from services.settings import Settings
from services.telemetry.logging import configure_logging
from workflow_compiler import Registry
from workflow_compiler.usage import Usage

_EXITS: Mapping[RunStatus, Exit] = {
    RunStatus.COMPLETED: Exit.DONE,
    RunStatus.FAILED: Exit.RUN_FAILED,
    RunStatus.CANCELLED: Exit.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What is to be run: a document to be stored first, or the name of what is stored."""

    name: str
    document: Mapping[str, Any] | None
    run_input: Mapping[str, Any]


def run(
    target: Annotated[
        str, typer.Argument(metavar="FILE|NAME", help="A definition, or a stored workflow.")
    ],
    given: Annotated[
        str, typer.Option("--input", help="The input: JSON, @file, or - for stdin.")
    ] = "{}",
    watch: Annotated[bool, typer.Option(help="Show the run while it goes on.")] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Write the events as JSON lines instead of the output.")
    ] = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Run a workflow here and now, and write its output as JSON."""
    settings = settings_from(database_url=database_url)
    registry = registry_from(settings)
    order = _order(target, read_input(given), registry, settings)
    show = partial(display, order.name, as_json=as_json, watch=watch)
    configure_logging("WARNING")
    end_with(asyncio.run(_run(order, settings, registry, show)), watch=watch, as_json=as_json)


def end_with(ended: Run, *, watch: bool, as_json: bool) -> NoReturn:
    """Write what a run gave, say what it lacks, and leave with the exit code that it deserves."""
    if ended.status is RunStatus.COMPLETED and not as_json:
        write(to_json(ended.output, indent=2, inf_nan_mode="null").decode())
    if ended.error is not None:
        place = f" in {ended.error.node_id!r}" if ended.error.node_id else ""
        say(f"run failed{place}: {ended.error.type}: {ended.error.message}")
    if watch and ended.usage is not None:
        say(_words_of(ended.usage))
    raise typer.Exit(_EXITS.get(ended.status, Exit.WAITING))


def _words_of(usage: Usage) -> str:
    cost = f", ${usage.cost_usd:,.4f}" if usage.cost_usd else ""
    tokens = f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out"
    return f"{tokens}{cost}"


def _order(
    target: str, run_input: Mapping[str, Any], registry: Registry, settings: Settings
) -> _Order:
    """What the target stands for: a file, or else a name, which may be a sample's.

    Raises:
        BrokenFileError: the file's definition has errors.
        UsageError: the file cannot be read.
    """
    path = Path(target)
    if path.is_file():
        file = examine_file(path, registry)
        definition = file.sound()
        for problem in file.problems:
            say(problem_line(path, problem))
        return _Order(name=definition.name, document=definition.canonical(), run_input=run_input)
    samples = sample_documents() if settings.samples else ()
    names = {sample.path.stem: sample.name for sample in samples}
    return _Order(name=names.get(target, target), document=None, run_input=run_input)


async def _run(order: _Order, settings: Settings, registry: Registry, show: Show) -> Run:
    async with open_services(settings, registry) as services:
        workflow_id = await _workflow_id(services, order)
        created = await services.runs.create(PROJECT, workflow_id, order.run_input)
        async with services.runs.watch(created.id, 0) as frames:
            await services.runs.execute(created.id)
            return await follow(services, created.id, frames, show)


async def follow(services: Services, run_id: str, frames: AsyncIterator[Frame], show: Show) -> Run:
    """A run that is executed here, shown until it ends, or rests because somebody has to answer."""
    async with show(services.clock) as shown:
        with stop_asked() as stop:
            standstill = await _shown(services, run_id, frames, shown, stop)
    if standstill is not None:
        _say_who_waits(run_id, standstill)
    return await services.runs.get(run_id)


async def _shown(
    services: Services,
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
        cancelling = tasks.create_task(_cancel_when(stop, services, run_id))
        async for frame in frames:
            shown.show(frame)
            if is_reached := standstill.is_reached(read_event(frame)):
                break
        cancelling.cancel()
    return standstill if is_reached else None


def _say_who_waits(run_id: str, standstill: Standstill) -> None:
    say(f"run {run_id} waits, and goes on under `workflow serve` when it is answered:")
    for line in standstill.lines():
        say(line)


async def _cancel_when(stop: asyncio.Event, services: Services, run_id: str) -> None:
    await stop.wait()
    say("stopping the run; once more to stop at once")
    try:
        await services.runs.cancel(run_id, "interrupted at the terminal")
    except RunIsOverError:
        return


async def _workflow_id(services: Services, order: _Order) -> str:
    """The stored workflow that is to run; a document, or a sample with those it runs, first.

    Raises:
        UsageError: there is no such workflow.
    """
    if order.document is not None:
        return (await services.workflows.publish(PROJECT, order.document)).version.workflow_id
    try:
        return (await services.workflows.find(PROJECT, order.name)).id
    except WorkflowNotFoundError as error:
        samples = with_called(order.name) if services.settings.samples else ()
        stored = [await services.workflows.publish(PROJECT, s.document) for s in samples]
        if not stored:
            raise UsageError(f"{order.name!r} is neither a file nor a stored workflow") from error
        return stored[-1].version.workflow_id


def read_input(given: str) -> dict[str, Any]:
    """The input that the flag stands for.

    Raises:
        UsageError: it is no JSON object, or the file cannot be read.
    """
    value = read_option("--input", given)
    if not isinstance(value, dict):
        raise UsageError(f"--input: an input is a JSON object, not {json.dumps(value)[:60]}")
    return value
