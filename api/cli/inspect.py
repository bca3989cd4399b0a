"""`workflow validate`, `plan`, `draw`, `schema`: look at definitions without running them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from enum import StrEnum
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Final

import typer

from api.cli.exits import Exit, UsageError
from api.cli.files import ExaminedFile, examine_file, problem_line
from api.cli.options import AsJson, File, registry_from, settings_from
from api.cli.output.console import write, write_bytes
from api.cli.output.svg import svg
from api.definition_schema import definition_schema
from api.event_schema import event_schema
from api.findings import findings_of
from api.live.asyncapi import asyncapi
from api.plans import plan_document
from services.providers.secrets import secrets_of
from workflow_compiler import Plan
from workflow_compiler import plan as make_plan
from workflow_compiler.show import dot, mermaid, show


class Drawing(StrEnum):
    """How a workflow is drawn."""

    MERMAID = "mermaid"
    DOT = "dot"
    SVG = "svg"
    PNG = "png"


_DRAW: Final[Mapping[Drawing, Callable[[Plan], str]]] = MappingProxyType(
    {Drawing.MERMAID: mermaid, Drawing.DOT: dot, Drawing.SVG: svg}
)


class Described(StrEnum):
    """What has a formal description."""

    DEFINITION = "definition"
    EVENT = "event"
    ASYNCAPI = "asyncapi"


_DESCRIBE: Final[Mapping[Described, Callable[[], dict[str, Any]]]] = MappingProxyType(
    {
        Described.DEFINITION: definition_schema,
        Described.EVENT: event_schema,
        Described.ASYNCAPI: asyncapi,
    }
)


def validate(
    files: Annotated[list[Path], typer.Argument(help="Definitions, as JSON or YAML; - reads one.")],
    as_json: AsJson = False,
) -> None:
    """Say all that is wrong with definitions."""
    settings = settings_from()
    registry, secrets = registry_from(settings), secrets_of(settings).of(settings.project)
    valid, unreadable = True, []
    for path in files:
        try:
            file = examine_file(path, registry, secrets)
        except UsageError as error:
            unreadable.append(str(error))
            continue
        write(_verdict(file) if as_json else _remarks(file))
        valid = valid and file.is_valid
    if unreadable:
        raise UsageError("; ".join(unreadable))
    if not valid:
        raise typer.Exit(Exit.INVALID_DEFINITION)


def plan(file: File, as_json: AsJson = False) -> None:
    """Show what a definition compiles to."""
    made = _plan(file)
    write(plan_document(made).model_dump_json(indent=2) if as_json else show(made))


def draw(
    file: File,
    drawing: Annotated[Drawing, typer.Option("--format", help="The language.")] = Drawing.MERMAID,
) -> None:
    """Draw a definition."""
    made = _plan(file)
    if drawing is Drawing.PNG:
        write_bytes(_png()(made))
    else:
        write(_DRAW[drawing](made))


def schema(
    of: Annotated[Described, typer.Argument(help="What is described.")] = Described.DEFINITION,
) -> None:
    """Write the schema of definitions, of events, or of the socket (AsyncAPI)."""
    write(json.dumps(_DESCRIBE[of](), indent=2))


def _png() -> Callable[[Plan], bytes]:
    """What draws images; few need it, so it comes with an extra.

    Raises:
        UsageError: the extra is not installed.
    """
    try:
        found: Callable[[Plan], bytes] = import_module("api.cli.output.png").png
    except ImportError as error:
        msg = f"a PNG needs the extra: pip install 'workflow-compiler[png]' ({error})"
        raise UsageError(msg) from error
    return found


def _plan(path: Path) -> Plan:
    registry = registry_from(settings_from())
    return make_plan(examine_file(path, registry).sound(), registry)


def _remarks(file: ExaminedFile) -> str:
    lines = [problem_line(file.path, problem) for problem in file.problems]
    return "\n".join(lines) or f"{file.path}: ok"


def _verdict(file: ExaminedFile) -> str:
    problems = [finding.model_dump(mode="json") for finding in findings_of(file.problems)]
    return json.dumps({"file": str(file.path), "valid": file.is_valid, "problems": problems})
