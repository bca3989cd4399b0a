"""The front door of the compiler: a stored document in, a `Definition` out."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from workflow_compiler.definition.load import check_data, load
from workflow_compiler.definition.models import Definition, keys_at
from workflow_compiler.definition.salvage import Salvage
from workflow_compiler.definition.source import Source, pointer_of
from workflow_compiler.definition.spellings import canonicalise
from workflow_compiler.errors import DefinitionError, Problem

MAX_ROUNDS = 8
"""Turns of reading and leaving out: some faults show only when others are gone."""


def read(document: dict[str, Any] | str | Path) -> Definition:
    """Read a definition in any accepted spelling: data, a JSON or YAML text, or a file of one.

    Parts of a wrong shape are left out, and are among the faults of the definition's source: so
    the rules can say what else is wrong, and nothing of it ever runs.

    Raises:
        DefinitionError: nothing can be made of the document.
        OSError: the file cannot be read.
    """
    match document:
        case Path():
            return read(document.read_text(encoding="utf-8"))
        case str():
            return _read(load(document), document)
        case _:
            return _read(document, None)


def _read(document: Any, text: str | None) -> Definition:
    check_data(document)
    if not isinstance(document, dict):
        found = type(document).__name__
        problem = Problem(
            code="no-object", message=f"a definition is an object, not a {found}", pointer=""
        )
        raise DefinitionError([problem])
    canonical = canonicalise(document)
    source = Source(canonical.moved, text, canonical.problems)
    salvage = Salvage(canonical.document)
    for _ in range(MAX_ROUNDS):
        try:
            return Definition.model_validate(salvage.document).read_from(source)
        except ValidationError as error:
            details = error.errors(include_url=False)
        faults = [source.locate(_shape_problem(detail)) for detail in details]
        salvage.drop(detail["loc"] for detail in details)
        source = source.short_of(faults, salvage.kept)
    raise DefinitionError(source.faults)


def _shape_problem(details: ErrorDetails) -> Problem:
    if details["type"] == "missing":
        message = f"the key {details['loc'][-1]!r} is missing"
        return Problem(
            code="invalid-shape", message=message, pointer=pointer_of(*details["loc"][:-1])
        )
    if details["type"] == "extra_forbidden":
        return _unknown_key(details["loc"])
    return Problem(
        code="invalid-shape",
        message=f"{_sentence(details['msg'])}, got {_short(details['input'])}",
        pointer=pointer_of(*details["loc"]),
    )


def _unknown_key(place: tuple[int | str, ...]) -> Problem:
    known = keys_at(place[:-1])
    close = get_close_matches(str(place[-1]), known, n=1)
    listed = f"known keys: {', '.join(known)}" if known else None
    return Problem(
        code="invalid-shape",
        message=f"the key {place[-1]!r} is not known",
        pointer=pointer_of(*place),
        hint=f"did you mean {close[0]!r}?" if close else listed,
    )


def _sentence(message: str) -> str:
    return message.removeprefix("Value error, ").removesuffix(".")


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."  # noqa: PLR2004
