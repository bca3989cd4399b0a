"""What came of the tests that were run, in the words of a test runner."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from api.cli.output.moments import short
from api.cli.recordings import TestFile
from services.domain.debug.verdict import Mismatch
from workflow_compiler.show import counted

MAX_LINES: Final = 20
MAX_WIDTH: Final = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What came of one test; `broken` says why it could not be run."""

    test: TestFile
    seconds: float
    visits: int = 0
    mismatches: tuple[Mismatch, ...] = ()
    broken: str | None = None
    is_updated: bool = False

    @property
    def passed(self) -> bool:
        """Whether all was as expected, or is expected now."""
        return not self.mismatches and self.broken is None


def lines_of(report: Report) -> Iterator[str]:
    """A test as the terminal shows it: one line, and below it what is wrong."""
    word = "pass" if report.passed else "FAIL"
    word = "updated" if report.is_updated else word
    took = f"({counted(report.visits, 'visit')}, {report.seconds:.2f} s)"
    yield f"{word}  {report.test.path}  {report.test.recording.name}  {took}"
    yield from (f"    {line}" for line in reasons(report))


def reasons(report: Report) -> Iterator[str]:
    """Why a test has failed."""
    if report.broken is not None:
        yield from report.broken.splitlines()
    yield from map(mismatch_line, report.mismatches[:MAX_LINES])
    if (more := len(report.mismatches) - MAX_LINES) > 0:
        yield f"… and {more:,} more"


def mismatch_line(wrong: Mismatch) -> str:
    """One thing that is not as expected."""
    expected, actual = (short(value, MAX_WIDTH) for value in (wrong.expected, wrong.actual))
    return f"{wrong.place}: expected {expected}, got {actual}"
