"""The program `workflow`: its commands, and how they end."""

from __future__ import annotations

import os
import sys
from importlib import import_module
from importlib.metadata import version
from types import MappingProxyType
from typing import Annotated, Final

import typer

from api.cli.exits import Exit
from api.cli.lazy import Entry, group_of
from api.cli.output.console import write

COMMANDS: Final = MappingProxyType(
    {
        "serve": Entry(
            "api.cli.serve:serve",
            "Serve the page, the REST interface and the socket, and execute runs.",
        ),
        "worker": Entry(
            "api.cli.worker:worker", "Execute runs, beside a server or on other machines."
        ),
        "run": Entry(
            "api.cli.run:run",
            "Run a workflow here and now, or on a server, and write its output as JSON.",
        ),
        "debug": Entry(
            "api.cli.debug:debug", "Run a workflow step by step, or stop a run and look into it."
        ),
        "validate": Entry("api.cli.inspect:validate", "Say all that is wrong with definitions."),
        "plan": Entry("api.cli.inspect:plan", "Show what a definition compiles to."),
        "draw": Entry("api.cli.inspect:draw", "Draw a definition."),
        "migrate": Entry("api.cli.migrate:migrate", "Rewrite definitions in the canonical form."),
        "schema": Entry(
            "api.cli.inspect:schema",
            "Write the schema of definitions, of events, or of the socket (AsyncAPI).",
        ),
        "bench": Entry(
            "api.cli.bench:bench",
            "Say how long runs of a workflow take here, in a database of their own.",
        ),
        "doctor": Entry(
            "api.cli.doctor:doctor",
            "Show the settings and their origin, the versions, and how the database stands.",
        ),
        "runs": Entry(
            "api.cli.runs:commands",
            "Look at runs, control them, go on from them, and forget them.",
            is_group=True,
        ),
        "test": Entry(
            "api.cli.testing:commands",
            "Run regression tests, and make runs into them.",
            is_group=True,
        ),
        "schedules": Entry(
            "api.cli.schedules:commands", "Have workflows run by themselves.", is_group=True
        ),
        "tasks": Entry(
            "api.cli.waits:task_commands",
            "List and answer the tasks that runs wait for.",
            is_group=True,
        ),
        "signal": Entry("api.cli.waits:signal", "Send a signal to whoever waits for it."),
        "webhooks": Entry(
            "api.cli.webhooks:commands",
            "Have addresses outside told of events, and see what came of it.",
            is_group=True,
        ),
        "projects": Entry(
            "api.cli.access:project_commands", "Make and list projects.", is_group=True
        ),
        "keys": Entry(
            "api.cli.access:key_commands", "Make, list and revoke API keys.", is_group=True
        ),
        "audit": Entry(
            "api.cli.access:audit_commands",
            "See who changed what, and forget it in time.",
            is_group=True,
        ),
        "db": Entry("api.cli.doctor:database_commands", "Look after the database.", is_group=True),
    }
)


def main() -> None:
    """Run one command and leave with its exit code."""
    try:
        _command()
    except* BrokenPipeError:
        # Whoever read our output has gone (`| head`); what Python flushes at exit goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(Exit.UNHEARD)


def program() -> typer.Typer:
    """All commands."""
    app = typer.Typer(
        name="workflow",
        cls=group_of(COMMANDS),
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    app.callback()(_workflow)
    return app


def _write_version(is_wanted: bool) -> None:
    if is_wanted:
        write(version("workflow-compiler"))
        raise typer.Exit


def _workflow(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Write the version and exit.", callback=_write_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Run workflows that are stored as data, and watch every step."""


def _command() -> None:
    try:
        program()()
    except KeyboardInterrupt:
        sys.exit(Exit.CANCELLED)
    except Exception as error:  # noqa: BLE001 - it comes back when it has no exit code of its own
        # The errors are defined where the commands stand, which may not even be loaded.
        sys.exit(import_module("api.cli.failures").exit_of(error))


if __name__ == "__main__":
    main()
