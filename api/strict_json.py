"""Reads JSON that comes from outside: bounded in depth, and meaning the same to every reader."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, NoReturn

from api.errors import JsonError

MAX_BYTES: Final = 1_048_576
"""What any value needs at most, from whatever side it comes."""

MAX_DEPTH: Final = 64

_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")


def read_json(text: bytes) -> Any:
    """The value that a JSON text holds.

    Raises:
        JsonError: it is no JSON, nested too deep, has a key twice, a number that JSON cannot say,
            or half of a character.
    """
    try:
        value = json.loads(
            text, object_pairs_hook=_object, parse_constant=_not_finite, parse_float=_float
        )
    except RecursionError as error:
        raise _too_deep() from error
    except ValueError as error:  # of json, of the decoding, of a number with thousands of digits
        raise JsonError("invalid-json", f"this is no JSON: {error}") from error
    _check_depth(value)
    if _SURROGATE.search(text):
        _check_text(value)
    return value


def _object(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for place, key in enumerate(keys) if key in keys[:place])
        raise JsonError("duplicate-key", f"the key {twice!r} stands twice in one object")
    return found


def _float(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _not_finite(text)


def _not_finite(text: str) -> NoReturn:
    raise JsonError("no-number", f"{text[:40]} is no number that JSON can say")


def _check_depth(value: object) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _containers(outer)]
        if not level:
            return
    raise _too_deep()


def _too_deep() -> JsonError:
    return JsonError("too-deep", f"the JSON is nested deeper than {MAX_DEPTH} levels")


def _containers(value: object) -> Iterator[object]:
    match value:
        case dict():
            parts: Iterable[object] = value.values()
        case list():
            parts = value
        case _:
            return
    yield from (part for part in parts if isinstance(part, dict | list))


def _check_text(value: object) -> None:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        raise JsonError("no-text", "a string holds half of a surrogate pair") from error
