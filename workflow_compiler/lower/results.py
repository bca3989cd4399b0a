"""What behaviours give out, as plain JSON that is not too large."""

from __future__ import annotations

from typing import Any

from pydantic_core import from_json, to_json

from workflow_compiler.errors import ErrorType, NodeError

MAX_PAYLOAD = 2 * 1024 * 1024
"""Bytes of JSON that one visit may give out."""


LARGE_PAYLOAD = 256 * 1024
"""Bytes of JSON from which on it is worth a warning: all of them are stored and sent."""


def plain(value: Any) -> Any:
    """What a behaviour gave out, as plain JSON: `weighed` without the size."""
    return weighed(value)[0]


def weighed(value: Any) -> tuple[Any, int]:
    """What a behaviour returned, as plain JSON: it is stored, shown, and read by expressions.

    Also the bytes that it takes.

    It is written and read again in compiled code, which is the fastest way to a copy, and makes
    sure that whoever stores it gets back the same.

    Raises:
        NodeError: TRANSFORMATION where it is no JSON, VALIDATION where it is too large.
    """
    try:
        text = to_json(value)
        made = from_json(text, allow_inf_nan=False)
    except (ValueError, RecursionError) as error:
        message = f"the result is no JSON: {_reason(error)}"
        raise NodeError(ErrorType.TRANSFORMATION, message) from error
    if len(text) > MAX_PAYLOAD:
        message = f"the result is larger than {MAX_PAYLOAD:,} bytes of JSON"
        raise NodeError(ErrorType.VALIDATION, message)
    return made, len(text)


def _reason(error: Exception) -> str:
    """What is wrong with it; `to_json` writes nothing else that a reader stops at."""
    said = str(error)
    if said.startswith(("expected value", "invalid number")):
        return "a number in it is not finite (NaN, Infinity)"
    return said
