"""The text form of values: JSON for templates, Python's `str` for expressions."""

import json
from collections.abc import Mapping
from typing import Any, Final

from workflow_compiler.expressions.bounds import Budget, weigh
from workflow_compiler.expressions.errors import EvaluationError, RefusedError
from workflow_compiler.expressions.values import kind_of

MAX_TEXT: Final = 2 * 1024 * 1024
"""Bytes of UTF-8 that one rendered template may have."""


def as_text(value: Any) -> str:
    """Write a whole value as the text of a field that takes nothing but text.

    Raises:
        EvaluationError: It is no JSON value, or its text would be too long.
    """
    try:
        return to_text(value, Budget())
    except RefusedError as error:
        raise EvaluationError(str(error), "a config field") from None


def to_json(value: Any, budget: Budget) -> str:
    """Write a value as compact JSON.

    Raises:
        RefusedError: It is no JSON value, or its text would be too long.
    """
    plain = to_plain(value, budget, MAX_TEXT)
    try:
        return json.dumps(plain, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:
        raise RefusedError("a number that JSON cannot write is in it") from None


def to_text(value: Any, budget: Budget) -> str:
    """Write a value into a text: strings as they are, null as nothing, the rest as JSON."""
    match value:
        case None:
            return ""
        case str():
            budget.spend_text(value)
            return str(value)
        case _:
            return to_json(value, budget)


def to_plain(value: Any, budget: Budget, limit: int) -> Any:
    """Copy a value into plain dicts and lists, once it is known to be small enough.

    Raises:
        RefusedError: It is no JSON value, or its text would be longer than the limit.
    """
    if weigh(value, budget) > limit:
        raise RefusedError(f"its text would be longer than {limit:,} characters")
    return _plain(value)


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return str(value)
        case list() | tuple():
            return [_plain(item) for item in value]
        case Mapping():
            return {_plain_key(key): _plain(item) for key, item in value.items()}
        case _:
            raise RefusedError(f"{kind_of(value)} has no JSON form")


def _plain_key(key: Any) -> str:
    if not isinstance(key, str):
        raise RefusedError(f"the keys of an object are strings, not {kind_of(key)}")
    return str(key)
