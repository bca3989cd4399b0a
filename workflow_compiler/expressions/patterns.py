"""Regular expressions that search in linear time (RE2): no back-references, no look-around."""

from typing import Any, Final, Protocol

import re2

from workflow_compiler.expressions.bounds import Budget
from workflow_compiler.expressions.errors import RefusedError
from workflow_compiler.expressions.values import kind_of

MAX_PATTERN: Final = 1_000
_MAX_MEMORY: Final = 1 << 20
_INSTRUCTIONS_PER_STEP: Final = 16


class Pattern(Protocol):
    """What is used of RE2's compiled patterns, which come without types."""

    @property
    def programsize(self) -> int:
        """The number of instructions that a character may cost."""

    def search(self, text: str) -> object | None:
        """Find the first match."""


def compile_pattern(pattern: Any) -> Pattern:
    """Prepare a pattern.

    Raises:
        RefusedError: It is no string, is too long, or is no pattern that RE2 knows.
    """
    if not isinstance(pattern, str):
        raise RefusedError(f"a pattern is a string, not {kind_of(pattern)}")
    if len(pattern) > MAX_PATTERN:
        raise RefusedError(f"a pattern has at most {MAX_PATTERN:,} characters")
    try:
        return _compile(pattern)
    except re2.error as error:
        reason = bytes(error.args[0]).decode(errors="replace")
        raise RefusedError(f"the pattern cannot be used: {reason}") from None
    except UnicodeEncodeError:
        raise RefusedError("the pattern holds half of a surrogate pair") from None


def search(pattern: Pattern, text: Any, budget: Budget) -> bool:
    """Tell whether the text contains a match.

    Raises:
        RefusedError: It is no text, or is too long for this pattern.
    """
    if not isinstance(text, str):
        raise RefusedError(f"matches() searches a string, not {kind_of(text)}")
    budget.spend(len(text) * (1 + pattern.programsize // _INSTRUCTIONS_PER_STEP))
    try:
        return pattern.search(text) is not None
    except UnicodeEncodeError:
        raise RefusedError("the text holds half of a surrogate pair") from None


def _compile(pattern: str) -> Pattern:
    options = re2.Options()
    options.log_errors = False
    options.never_capture = True
    options.max_mem = _MAX_MEMORY
    compiled: Pattern = re2.compile(pattern, options)
    return compiled
