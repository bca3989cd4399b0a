"""Times as people write them at the terminal: `30d`, `12h`."""

from __future__ import annotations

import re
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from api.cli.exits import UsageError

_SECONDS: Final = MappingProxyType({"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800})
_DURATION: Final = re.compile(r"(\d+)([smhdw])", re.ASCII)
_MOST_DIGITS: Final = 12
_LONGEST_DAYS: Final = 36_500
"""So far from now every moment is one that can be written."""


def read_duration(option: str, given: str) -> timedelta:
    """The time that an option says.

    Raises:
        UsageError: it says none, or a longer one than a century.
    """
    match = _DURATION.fullmatch(given)
    if match is None:
        raise UsageError(f"{option}: {given!r} is no duration; write a number and one of s m h d w")
    digits, unit = match.groups()
    seconds = int(digits[: _MOST_DIGITS + 1]) * _SECONDS[unit]
    if len(digits) > _MOST_DIGITS or seconds > _LONGEST_DAYS * _SECONDS["d"]:
        raise UsageError(f"{option}: {given!r} is too long; write {_LONGEST_DAYS}d at most")
    return timedelta(seconds=seconds)
