"""Recorded runs in files: YAML for people, or JSON."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import ValidationError

from api.cli.exits import UsageError
from services.domain.debug.recording import Recording
from workflow_compiler import DefinitionError
from workflow_compiler.definition.load import load

_WIDTH: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class TestFile:
    """A file with a recorded run; `definition` is the workflow, wherever it is kept."""

    __test__ = False  # pytest takes everything that is called like this for its own

    path: Path
    recording: Recording
    definition: Mapping[str, Any]


def read_test(path: Path) -> TestFile:
    """The recorded run in a file.

    Raises:
        UsageError: the file cannot be read, or holds no recorded run.
    """
    try:
        recording = Recording.model_validate(_document(path))
    except ValidationError as error:
        raise UsageError(f"{path} is no recorded run: {_first(error)}") from error
    match recording.definition:
        case str() as place:
            definition = _document(path.parent / place)
        case document:
            definition = document
    return TestFile(path=path, recording=recording, definition=definition)


def to_text(recording: Recording, path: Path | None, definition: Path | None) -> str:
    """A recorded run as the text of a file with this name; without one, as YAML."""
    document = recording.model_dump(mode="json", exclude_unset=True)
    document = {"workflow_test": recording.workflow_test} | document
    if definition is not None:
        folder = path.parent if path is not None else Path()
        document["definition"] = _seen_from(folder, definition)
    if path is None or path.suffix != ".json":
        text = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=_WIDTH)
        if _reads_as(text, document):
            return f"---\n{text}"
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _reads_as(text: str, document: Mapping[str, Any]) -> bool:
    """Whether a YAML text is read as it was meant; JSON, which is YAML too, always is.

    PyYAML writes YAML 1.1, in which `1e5` is a text, and files may be larger than definitions.
    """
    try:
        return bool(load(text) == document)
    except DefinitionError:
        return False


def save(path: Path, text: str) -> None:
    """Write a file.

    Raises:
        UsageError: it cannot be written.
    """
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write {str(path)!r}: {error.strerror}") from error


def _document(path: Path) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
        return json.loads(text) if text.startswith("{") else load(text)
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror}") from error
    except (ValueError, DefinitionError) as error:
        raise UsageError(f"{str(path)!r} is neither JSON nor YAML: {error}") from error


def _seen_from(folder: Path, path: Path) -> str:
    return Path(os.path.relpath(path, folder)).as_posix()


def _first(error: ValidationError) -> str:
    details = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, details['loc']))}: {details['msg']}"
