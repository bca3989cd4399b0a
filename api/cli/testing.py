"""`workflow test`: runs as regression tests, recorded and played again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Final

import typer
from typer.core import TyperGroup
from typing_extensions import override

from api.cli.desk import at_database
from api.cli.exits import Exit
from api.cli.junit import junit_xml
from api.cli.options import DatabaseUrl, registry_from, settings_from
from api.cli.output.console import say, write
from api.cli.recordings import TestFile, read_test, save, to_text
from api.cli.reports import Report, lines_of, mismatch_line
from services.bootstrap import open_records
from services.settings import Settings
from services.usecases.rehearsals import Recorded, rehearse
from workflow_compiler import DefinitionError, Registry

_DEFAULT: Final = "run"

_Context = Any


class _FilesAreRun(TyperGroup):
    """A first word that is no command is a file to be run."""

    @override
    def resolve_command(self, ctx: _Context, args: list[str]) -> Any:
        known = args and (args[0] in self.commands or args[0].startswith("-"))
        return super().resolve_command(ctx, args if known else [_DEFAULT, *args])


def commands() -> typer.Typer:
    """The commands of this group."""
    app = typer.Typer(
        help="Run regression tests, and make runs into them.",
        no_args_is_help=True,
        cls=_FilesAreRun,
    )
    app.command(_DEFAULT)(run)
    app.command("record")(record)
    return app


def run(
    files: Annotated[
        list[Path], typer.Argument(help="Recorded runs, as YAML or JSON.", metavar="FILE...")
    ],
    junit: Annotated[
        Path | None, typer.Option(help="Write the results into this file as JUnit XML too.")
    ] = None,
    update: Annotated[
        bool, typer.Option("--update", help="Let the files expect what happens now.")
    ] = False,
) -> None:
    """Run recorded runs again, without database or network, and say what has become of them."""
    registry = registry_from(settings_from())
    tests = [read_test(path) for path in files]  # all are read before any is run
    reports = asyncio.run(_run_all(tests, registry, update=update))
    if junit is not None:
        save(junit, junit_xml(reports))
    failed = sum(not report.passed for report in reports)
    say(f"{len(reports) - failed} passed, {failed} failed")
    raise typer.Exit(Exit.RUN_FAILED if failed else Exit.DONE)


def record(
    run_id: Annotated[str, typer.Argument(metavar="RUN", help="The id of a run that has ended.")],
    output: Annotated[
        Path | None,
        typer.Option("--output", "-o", help="Where to; stdout by default. YAML but for .json."),
    ] = None,
    definition: Annotated[
        Path | None,
        typer.Option(help="Name this file of the definition instead of holding a copy."),
    ] = None,
    database_url: DatabaseUrl = None,
) -> None:
    """Make a run into a regression test."""
    settings = at_database("a run is recorded", database_url)
    recorded = asyncio.run(_recorded(settings, registry_from(settings), run_id))
    for wrong in recorded.left_out:
        say(f"not expected, since it comes out differently here: {mismatch_line(wrong)}")
    text = to_text(recorded.recording, output, definition)
    if output is None:
        write(text.rstrip("\n"))
    else:
        save(output, text)


async def _recorded(settings: Settings, registry: Registry, run_id: str) -> Recorded:
    async with open_records(settings, registry) as services:
        return await services.rehearsals.record(run_id)


async def _run_all(tests: Iterable[TestFile], registry: Registry, *, update: bool) -> list[Report]:
    reports = []
    for test in tests:
        report = await _run_one(test, registry, update=update)
        for line in lines_of(report):
            write(line)
        reports.append(report)
    return reports


async def _run_one(test: TestFile, registry: Registry, *, update: bool) -> Report:
    begun = time.monotonic()
    try:
        rehearsed = await rehearse(test.recording, test.definition, registry)
    except DefinitionError as error:
        seconds = time.monotonic() - begun
        return Report(test=test, seconds=seconds, broken=str(error))
    seconds = time.monotonic() - begun
    if update and rehearsed.mismatches:
        expect = rehearsed.expectations
        changed = test.recording.model_copy(update={"expect": expect})
        save(test.path, to_text(changed, test.path, None))
        return Report(test=test, seconds=seconds, visits=len(expect.visits), is_updated=True)
    visits = sum(visited.began > 0 for visited in rehearsed.chronicle.visits.values())
    return Report(test=test, seconds=seconds, visits=visits, mismatches=rehearsed.mismatches)
