"""What installed packages offer to this service: their entry points, looked up once."""

from __future__ import annotations

import sys
from functools import cache
from importlib.metadata import EntryPoint, EntryPoints, entry_points


def offered(group: str) -> EntryPoints:
    """The entry points of a group, of all packages on the path of this process."""
    return _found(group, tuple(sys.path))


def place_of(entry: EntryPoint) -> str:
    """Where an entry point is: in which package, and what it says there."""
    package = entry.dist.name if entry.dist else "?"
    return f"{package}: {entry.name} = {entry.value}"


@cache
def _found(group: str, _path: tuple[str, ...]) -> EntryPoints:
    """Kept, for to read what every package says of itself takes as long as to open a service."""
    return entry_points(group=group)
