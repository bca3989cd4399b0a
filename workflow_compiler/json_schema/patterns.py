"""Regular expressions in linear time."""

from __future__ import annotations

from typing import Any

import re2

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


def compiled(pattern: str) -> Any:
    """The pattern, ready to search with.

    Raises:
        re2.error: it cannot be matched in linear time, or is no pattern.
    """
    return re2.compile(pattern, _OPTIONS)


def pattern_fault(pattern: str) -> str | None:
    """Why the pattern cannot be used; None when it can."""
    try:
        compiled(pattern)
    except re2.error as error:
        why = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        return f"the pattern {pattern!r} cannot be used: {why}"
    return None
