"""How a command ends."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What an exit code means; `UNHEARD`: the reader of our output went away (SIGPIPE)."""

    DONE = 0
    RUN_FAILED = 1
    USAGE = 2
    INVALID_DEFINITION = 3
    CANCELLED = 130
    UNHEARD = 141


class UsageError(Exception):
    """The command was called in a way that cannot work; the text says how to mend it."""
