"""How a command ends: the exit codes, and the errors that have one of their own."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from pathlib import Path

from workflow_compiler import Problem
from workflow_compiler.show import counted


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


class BrokenFileError(Exception):
    """A file holds a definition with errors."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__(f"{path} has {counted(len(problems), 'problem')}")
