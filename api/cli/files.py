"""Definitions in files, examined the way a compiler does it."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from api.cli.exits import UsageError
from services.providers.missing_secrets import missing_in
from services.providers.secrets import ProjectSecrets
from workflow_compiler import Definition, DefinitionError, Problem, Registry, parse
from workflow_compiler.checks import examine
from workflow_compiler.errors import Severity
from workflow_compiler.show import counted

STDIN: Final = Path("-")
"""What stands for the standard input."""


class BrokenFileError(Exception):
    """A file holds a definition with errors."""

    def __init__(self, path: Path, problems: Sequence[Problem]) -> None:
        self.path = path
        self.problems = tuple(problems)
        super().__init__(f"{path} has {counted(len(problems), 'problem')}")


@dataclass(frozen=True, slots=True)
class ExaminedFile:
    """A file, and what there is to say about the definition in it."""

    path: Path
    definition: Definition | None
    problems: tuple[Problem, ...]

    @property
    def is_valid(self) -> bool:
        """Whether it can be run."""
        return all(problem.severity is not Severity.ERROR for problem in self.problems)

    def sound(self) -> Definition:
        """The definition.

        Raises:
            BrokenFileError: it has errors.
        """
        if self.definition is None or not self.is_valid:
            raise BrokenFileError(self.path, self.problems)
        return self.definition


def examine_file(
    path: Path, registry: Registry, secrets: ProjectSecrets | None = None
) -> ExaminedFile:
    """Read a file, or the standard input where it is `-`, and find all that is wrong with it.

    That secrets are missing is told where the ones that there are are given.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        definition = parse(read_file(path), registry)
    except DefinitionError as error:
        return ExaminedFile(path, None, _from_the_top(error.problems))
    examined = examine(definition, registry)
    missing = () if secrets is None else missing_in(examined, secrets)
    return ExaminedFile(path, definition, _from_the_top([*examined.problems, *missing]))


def read_file(path: Path) -> str:
    """The text of a file.

    Raises:
        UsageError: the file cannot be read.
    """
    try:
        return _stdin() if path == STDIN else path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot read {str(path)!r}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{str(path)!r} is no text: {error}") from error


def _stdin() -> str:
    return sys.stdin.buffer.read().decode()


def problem_line(path: Path, problem: Problem) -> str:
    """A problem as compilers write it, so that editors find the place."""
    place = str(path)
    if problem.line is not None:
        place += f":{problem.line}:{problem.column or 1}"
    hint = f" ({problem.hint})" if problem.hint else ""
    return f"{place}: {problem.severity} {problem.code} {problem.message}{hint}"


def _from_the_top(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    return tuple(sorted(problems, key=lambda problem: (problem.line or 0, problem.column or 0)))
