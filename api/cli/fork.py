"""`workflow runs fork`: a new run that leaves another one, here or on a server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Annotated, Any

import typer
from pydantic import ValidationError

from api.cli.desk import Watched, Where
from api.cli.desk_here import DeskHere
from api.cli.ending import end_with
from api.cli.exits import UsageError
from api.cli.grouped import grouped
from api.cli.logs import log_to_stderr
from api.cli.options import AsEvents, Watch, registry_from
from api.cli.output.console import say
from api.cli.output.displays import display
from api.cli.retry import RunId
from api.cli.run import follow_new, read_input
from api.cli.values import read_option
from api.schemas.forks import ForkBody, ForkedRun, RepeatedVisit
from services.bootstrap import open_services
from services.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Where the fork leaves its run."""

    seq: Annotated[int | None, typer.Option(help="After this entry of the log.")] = None
    node: Annotated[
        str | None, typer.Option(help="Right before the latest visit of this node began.")
    ] = None
    path: Annotated[str | None, typer.Option(help="Its visit in this body: 'loop[3]'.")] = None
    visit: Annotated[int | None, typer.Option(help="This visit of it.")] = None

    def said(self) -> dict[str, Any]:
        """The same, as a client would send it."""
        places = {"seq": self.seq, "node_id": self.node, "path": self.path, "visit": self.visit}
        return {name: value for name, value in places.items() if value is not None}


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """What is to be otherwise in the fork."""

    edit: Annotated[
        list[str] | None,
        typer.Option(
            help="A visit to change before it begins, as JSON or @file: its `node_id` (`path`, "
            "`visit`), and `input`, `output` or `variables`."
        ),
    ] = None
    given: Annotated[
        str | None, typer.Option("--input", help="Another input: JSON, @file, or - for stdin.")
    ] = None
    version: Annotated[int | None, typer.Option(help="Another version of its workflow.")] = None
    pin_side_effects: Annotated[
        bool,
        typer.Option(
            "--pin-side-effects", help="Let nothing touch the world again that did so afterwards."
        ),
    ] = False
    stop: Annotated[bool, typer.Option("--stop", help="Stop before whatever begins first.")] = False

    def said(self) -> dict[str, Any]:
        """The same, as a client would send it."""
        said: dict[str, Any] = {
            "edits": [read_option("--edit", text) for text in self.edit or ()],
            "pin_side_effects": self.pin_side_effects,
            "version": self.version,
        }
        said |= {} if self.given is None else {"input": read_input(self.given)}
        return said | ({"debug": {"stepping": True}} if self.stop else {})


@grouped
def fork(
    run_id: RunId,
    moment: Moment,
    otherwise: Otherwise,
    where: Where,
    watch: Watch = True,
    as_json: AsEvents = False,
) -> None:
    """Leave a run at any moment of its log, in a new run, here and now or on a server."""
    body, settings = _body(moment.said() | otherwise.said()), where.settings()
    show = partial(display, f"fork of {run_id}", as_json=as_json, watch=watch)
    log_to_stderr(settings)
    ended = asyncio.run(follow_new(_forked(settings, run_id, body), show))
    end_with(ended, watch=watch, as_json=as_json)


def _body(said: dict[str, Any]) -> ForkBody:
    """What is wanted, held to the same schema as what clients send.

    Raises:
        UsageError: it breaks that schema.
    """
    try:
        return ForkBody.model_validate(said)
    except ValidationError as error:
        wrong = (f"{'/'.join(map(str, e['loc'])) or 'options'}: {e['msg']}" for e in error.errors())
        raise UsageError("\n".join(wrong)) from error


@asynccontextmanager
async def _forked(
    settings: Settings, run_id: str, body: ForkBody
) -> AsyncIterator[tuple[Watched, str]]:
    """The fork, where it is executed."""
    opened = _forked_here if settings.server is None else _there().open_fork
    async with opened(settings, run_id, body) as (desk, forked):
        say(f"run {forked.id} leaves run {run_id}")
        for repeat in forked.repeats:
            say(_told(repeat))
        yield desk, forked.id


@asynccontextmanager
async def _forked_here(
    settings: Settings, run_id: str, body: ForkBody
) -> AsyncIterator[tuple[Watched, ForkedRun]]:
    async with open_services(settings, registry_from(settings)) as services:
        fork = await services.forks.fork(run_id, body.wish())
        yield DeskHere(services.runs, settings.project), ForkedRun.of_fork(fork)


def _there() -> Any:
    return import_module("api.cli.desk_there")


def _told(repeat: RepeatedVisit) -> str:
    path = f" in {repeat.path!r}" if repeat.path else ""
    name = f"visit {repeat.visit} of {repeat.node_id!r}{path}"
    return f"{name} is pinned" if repeat.pinned else f"{name} touched the world, and may again"
