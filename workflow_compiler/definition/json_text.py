"""JSON, read strictly: what Python's reader lets through is refused, all of it, with its place."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from workflow_compiler.errors import DefinitionError, Problem

MAX_DIGITS = 1_000

_TOKEN = re.compile(
    r"""(?P<key> "(?:[^"\\]|\\.)*+" (?=\s*:) )
      | (?P<text> "(?:[^"\\]|\\.)*+" )
      | (?P<mark> [{}\[\]] )
      | (?P<plain> [^\s{}\[\],:"]+ )
    """,
    re.VERBOSE | re.DOTALL,
)


class _RefusedError(Exception):
    """There is something that the data must not hold; the text is then searched for all of it."""


def read_json(text: str) -> Any:
    """The data that a JSON text holds.

    Raises:
        DefinitionError: it has keys twice in one object, or numbers that JSON does not know.
        JSONDecodeError: it is no JSON.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_object,
            parse_constant=_refuse,
            parse_int=_integer,
            parse_float=_float,
        )
    except _RefusedError as error:
        raise DefinitionError(list(_faults(text))) from error


def wrong_number(number: str) -> str | None:
    """Why a number, as it is written, is refused; None where it is not."""
    if number in {"NaN", "Infinity", "-Infinity"}:
        return f"{number} is no JSON number"
    if len(number) > MAX_DIGITS:  # Python would refuse, or take long, to read or write it
        return f"a number has more than {MAX_DIGITS:,} digits"
    if number[-1:].isdigit() and math.isinf(float(number)):
        return f"{number} is no JSON number: it is too large"
    return None


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _RefusedError
    return found


def _refuse(_: str) -> NoReturn:
    raise _RefusedError


def _integer(digits: str) -> int:
    if len(digits) > MAX_DIGITS:
        raise _RefusedError
    return int(digits)


def _float(digits: str) -> float:
    if wrong_number(digits):
        raise _RefusedError
    return float(digits)


def _faults(text: str) -> Iterator[Problem]:
    """All keys that stand twice and all wrong numbers, in their order.

    What follows the first of them may be no JSON at all, so nothing is taken for granted.
    """
    opened: list[set[str]] = []
    for token in _TOKEN.finditer(text):
        said = token.group()
        match token.lastgroup:
            case "mark" if said in "{[":
                opened.append(set())
            case "mark" if opened:
                opened.pop()
            case "key" if opened:
                if (key := _decoded(said)) in opened[-1]:
                    message = f"the key {key!r} stands twice in one object"
                    yield _problem("duplicate-key", message, text, token.start())
                opened[-1].add(key)
            case "plain" if why := _wrong_plain(said):
                yield _problem("no-number", why, text, token.start())
            case _:
                pass


def _decoded(key: str) -> str:
    try:
        return str(json.loads(key))
    except ValueError:
        return key


def _wrong_plain(said: str) -> str | None:
    try:
        return wrong_number(said)
    except ValueError:  # no number, and whoever reads on will say so
        return None


def _problem(code: str, message: str, text: str, offset: int) -> Problem:
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return Problem(code=code, message=message, pointer="", line=line, column=column)
