"""How a command ends."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What an exit code means.

    `WAITING`: the run rests in the database until somebody answers. `TIMED_OUT`: the run failed
    since time ran out. `UNHEARD`: the reader of our output went away (SIGPIPE).
    """

    DONE = 0
    RUN_FAILED = 1
    USAGE = 2
    INVALID_DEFINITION = 3
    WAITING = 4
    TIMED_OUT = 5
    CANCELLED = 130
    UNHEARD = 141


class UsageError(Exception):
    """The command was called in a way that cannot work; the text says how to mend it."""
