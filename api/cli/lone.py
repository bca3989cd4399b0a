"""`workflow runs node`: one node alone, with the input that it had in a run or with another."""

from __future__ import annotations

import asyncio
import json
from importlib import import_module
from typing import Annotated, Any

import typer

from api.cli.desk import Where
from api.cli.exits import Exit, UsageError
from api.cli.grouped import grouped
from api.cli.logs import log_to_stderr
from api.cli.options import registry_from
from api.cli.output.console import say, write
from api.cli.runs import RunId
from api.cli.values import read_option
from api.schemas.looks import LoneVisit
from services.bootstrap import open_lone_visits
from services.domain.visits import NodeStatus
from services.settings import Settings
from services.usecases.alone import Wanted


@grouped
def node(
    run_id: RunId,
    node_id: Annotated[str, typer.Argument(metavar="NODE", help="The node's id.")],
    where: Where,
    visit: Annotated[
        int | None, typer.Option(min=1, help="Which visit's input; by default the latest.")
    ] = None,
    path: Annotated[
        str | None, typer.Option(help="Its path inside containers, such as loop[3].")
    ] = None,
    given: Annotated[
        str | None,
        typer.Option("--input", help="Another resolved config: JSON, @file, or - for stdin."),
    ] = None,
) -> None:
    """Run one node alone. It really does its work; the run itself stays as it is."""
    settings = where.settings()
    wanted = Wanted(
        node_id=node_id, path=path, visit=visit, given=None if given is None else _object(given)
    )
    log_to_stderr(settings)
    shown = asyncio.run(_done(settings, run_id, wanted))
    _show(shown)
    raise typer.Exit(Exit.DONE if shown.status is NodeStatus.COMPLETED else Exit.RUN_FAILED)


async def _done(settings: Settings, run_id: str, wanted: Wanted) -> LoneVisit:
    if settings.server is not None:
        wish = {"visit": wanted.visit, "path": wanted.path, "input": wanted.given}
        there = import_module("api.cli.looks_there")
        shown: LoneVisit = await there.node(settings, run_id, wanted.node_id, wish)
        return shown
    async with open_lone_visits(settings, registry_from(settings)) as lone_visits:
        return LoneVisit.of(run_id, await lone_visits.run(run_id, wanted))


def _object(given: str) -> dict[str, Any]:
    """The config that the flag stands for.

    Raises:
        UsageError: it is no JSON object.
    """
    value = read_option("--input", given)
    if not isinstance(value, dict):
        raise UsageError("--input: the config of a node is a JSON object")
    return value


def _show(shown: LoneVisit) -> None:
    for event in shown.events:
        match event:
            case {"type": "workflow.log", "data": {"level": level, "message": message}}:
                say(f"{level}: {message}")
            case {"type": "workflow.node.attempt_failed", "attempt": attempt, "data": data}:
                error = data["error"]
                say(f"attempt {attempt} failed: {error['type']}: {error['message']}")
            case _:
                pass
    if shown.error is not None:
        say(f"{shown.node_id!r} failed: {shown.error.type}: {shown.error.message}")
    elif shown.status is NodeStatus.COMPLETED:
        write(_json(shown.output))


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
