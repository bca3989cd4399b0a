"""Times as people write them at the terminal: `30d`, `12h`."""

from __future__ import annotations

import re
from datetime import timedelta
from types import MappingProxyType
from typing import Final

from api.cli.exits import UsageError

_UNITS: Final = MappingProxyType(
    {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
)
_DURATION: Final = re.compile(r"(\d{1,6})([smhdw])", re.ASCII)


def read_duration(option: str, given: str) -> timedelta:
    """The time that an option says.

    Raises:
        UsageError: it says none.
    """
    match = _DURATION.fullmatch(given)
    if match is None:
        raise UsageError(f"{option}: {given!r} is no duration; write a number and one of s m h d w")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})
