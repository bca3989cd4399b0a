"""`workflow migrate`: definitions in any accepted spelling become the canonical form."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Final

import typer
import yaml

from api.cli.exits import UsageError
from api.cli.files import BrokenFileError, examine_file
from api.cli.options import registry_from, settings_from
from api.cli.output.console import write
from workflow_compiler import Registry

_YAML: Final = frozenset({".yaml", ".yml"})


def migrate(
    files: Annotated[list[Path], typer.Argument(help="Definitions, as JSON or YAML.")],
    in_place: Annotated[
        bool, typer.Option("--write", help="Rewrite the files, and write nothing to stdout.")
    ] = False,
) -> None:
    """Rewrite definitions in the canonical form."""
    # All are read before any is written: a file that cannot be migrated stops the whole batch.
    registry = registry_from(settings_from())
    migrated = {path: _canonical(path, registry) for path in files}
    if not in_place:
        write("\n".join(migrated.values()))
        return
    for path, text in migrated.items():
        _rewrite(path, text)


def _canonical(path: Path, registry: Registry) -> str:
    """The definition of a file in canonical form.

    Raises:
        BrokenFileError: it has not the shape of a definition.
    """
    examined = examine_file(path, registry)
    if examined.definition is None:
        raise BrokenFileError(path, examined.problems)
    document = dict(examined.definition.canonical())
    if path.suffix in _YAML:
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=100)
        return f"---\n{text}".rstrip("\n")
    return json.dumps(document, indent=2, ensure_ascii=False)


def _rewrite(path: Path, text: str) -> None:
    try:
        path.write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {str(path)!r}: {error.strerror}") from error
