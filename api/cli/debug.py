"""`workflow debug`: a run that stops where somebody wants it, in the terminal or by a script."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Annotated

import typer

from api.cli.debugger.commands import Break, CommandError
from api.cli.debugger.parsing import parse_breakpoint, parse_pin
from api.cli.debugger.rest import rest
from api.cli.debugger.session import Session
from api.cli.debugger.subject import Subject
from api.cli.debugger.talking import play_script, talk
from api.cli.debugger.terminal import Terminal
from api.cli.desk import at_database
from api.cli.ending import end_with
from api.cli.exits import UsageError
from api.cli.grouped import grouped
from api.cli.logs import log_to_stderr
from api.cli.options import DatabaseUrl, registry_from
from api.cli.orders import Order, order_of, workflow_of
from api.cli.output.console import say
from api.cli.run import read_input
from api.schemas import Run as RunDocument
from services.bootstrap import Services, open_worker
from services.domain.runs import Run, RunStatus
from services.settings import Settings
from services.usecases.debug_wishes import DebugRequest
from workflow_compiler import Registry


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """How a new run is debugged from its beginning."""

    breaks: Annotated[
        list[str] | None,
        typer.Option("--break", help="A breakpoint: 'NODE[:after|:error] \\[if EXPR] \\[hits N]'."),
    ] = None
    pins: Annotated[
        list[str] | None,
        typer.Option("--pin", help="What a node comes to without doing its work: NODE=JSON."),
    ] = None

    def request(self) -> DebugRequest:
        """The same, as it is asked for; the breakpoints have no ids yet.

        Raises:
            UsageError: one of them is not written like that.
        """
        try:
            breakpoints = [parse_breakpoint(text) for text in self.breaks or ()]
            pins = tuple(parse_pin(text) for text in self.pins or ())
        except CommandError as error:
            raise UsageError(str(error)) from error
        return DebugRequest(breakpoints=breakpoints, pins=pins, with_kept=True, is_stepping=True)


@grouped
def debug(
    target: Annotated[
        str,
        typer.Argument(
            metavar="FILE|NAME|RUN", help="A definition, a stored workflow, or a run's id."
        ),
    ],
    beginning: Beginning,
    given: Annotated[str | None, typer.Option("--input", help="The input: JSON, or @file.")] = None,
    script: Annotated[
        str | None, typer.Option(help="A file with commands, or - for stdin.")
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Run a workflow step by step, or stop a run and look into it."""
    # A run that has stopped is given up at once: what is asked next finds all of it at rest.
    settings = at_database("a run is debugged", database_url, wait_linger_seconds=0.0)
    registry = registry_from(settings)
    order = order_of(target, read_input(given or "{}"), registry, settings)
    lines = None if script is None else _lines_of(script)
    log_to_stderr(settings)
    debugged = asyncio.run(_debug(order, beginning.request(), lines, settings, registry))
    if not debugged.is_over:
        say(f"run {debugged.id} is {debugged.status}; `workflow debug {debugged.id}` comes back")
    end_with(RunDocument.model_validate(debugged), watch=False, as_json=False)


async def _debug(
    order: Order,
    request: DebugRequest,
    lines: Sequence[str] | None,
    settings: Settings,
    registry: Registry,
) -> Run:
    async with open_worker(settings, registry) as worker:
        services = worker.services
        known = None if order.document is not None else await services.runs.store.get(order.name)
        session = await (
            _attached(services, known, order, request)
            if known is not None
            else _begun(services, order, request)
        )
        if lines is not None:
            await play_script(session, lines)
        elif sys.stdin.isatty() and sys.stdout.isatty():
            await Terminal(session, order.name).talk()
        else:
            await talk(session)
        return await session.subject.run()


async def _attached(services: Services, run: Run, order: Order, request: DebugRequest) -> Session:
    """A session at a run that there is; one that nobody has executed yet is paused.

    Raises:
        UsageError: it is over, or it is wanted otherwise than it has begun.
        BreakpointError: a breakpoint names what is not there, or its condition is wrong.
    """
    if run.is_over:
        raise UsageError(f"run {run.id} is {run.status}; `workflow runs state {run.id}` shows it")
    if request.pins or order.run_input:
        raise UsageError("--input and --pin are for new runs, and this one is there already")
    session = Session(Subject(services, run.id))
    if run.status is RunStatus.PENDING:
        await services.runs.pause(run.id)
    for breakpoint_ in request.breakpoints:
        await session.do(Break(breakpoint_))
    return session


async def _begun(services: Services, order: Order, request: DebugRequest) -> Session:
    """A session at a new run that has stopped before its first node.

    Raises:
        UsageError: there is no such workflow.
        BreakpointError: a breakpoint names what is not there, or its condition is wrong.
        PinError: a pin names a node that is not there.
    """
    workflow_id = await workflow_of(services, order)
    request = await _numbered(services, workflow_id, request)
    project = services.settings.project
    run = await services.debug_wishes.create(project, workflow_id, order.run_input, request)
    await services.runs.execute(run.id)
    await rest(services, run.id, 0)
    return Session(Subject(services, run.id))


async def _numbered(services: Services, workflow_id: str, request: DebugRequest) -> DebugRequest:
    """The same with short ids, which none of the breakpoints has that are kept."""
    project = services.settings.project
    kept = {each.id for each in await services.breakpoints.kept_with(project, workflow_id)}
    free = (number for number in map(str, count(1)) if number not in kept)
    numbered = [replace(each, id=next(free)) for each in request.breakpoints]
    return replace(request, breakpoints=numbered)


def _lines_of(script: str) -> Sequence[str]:
    """The commands of a script.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        text = sys.stdin.read() if script == "-" else Path(script).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"--script: cannot read {script!r}: {error}") from error
    return text.splitlines()
