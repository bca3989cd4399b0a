"""The program `workflow`: its commands, and what each error makes of the exit code."""

from __future__ import annotations

import os
import sys

import typer

from api.cli import doctor, inspect, runs
from api.cli.exits import BrokenFileError, Exit, UsageError
from api.cli.files import problem_line
from api.cli.output.console import say
from api.cli.run import run
from api.cli.serve import serve
from api.server import AddressError
from services.errors import InputError, ServiceError
from workflow_compiler import DefinitionError


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
        help="Run workflows that are stored as data, and watch every step.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for command in (
        serve,
        run,
        inspect.validate,
        inspect.plan,
        inspect.draw,
        inspect.schema,
        doctor.doctor,
    ):
        app.command()(command)
    app.add_typer(runs.commands(), name="runs")
    app.add_typer(doctor.database_commands(), name="db")
    return app


def _command() -> None:
    try:
        program()()
    except BrokenFileError as error:
        for problem in error.problems:
            say(problem_line(error.path, problem))
        sys.exit(Exit.INVALID_DEFINITION)
    except DefinitionError as error:
        say(str(error))
        sys.exit(Exit.INVALID_DEFINITION)
    except InputError as error:
        say(f"the input does not fit the workflow; give it with --input:\n{error}")
        sys.exit(Exit.USAGE)
    except (UsageError, AddressError, ServiceError) as error:
        say(str(error))
        sys.exit(Exit.USAGE)
    except KeyboardInterrupt:
        sys.exit(Exit.CANCELLED)


if __name__ == "__main__":
    main()
