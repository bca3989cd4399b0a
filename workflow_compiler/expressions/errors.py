"""What can go wrong with an expression.

WorkflowError
├── ExpressionSyntaxError    the text is wrong; found when it is compiled, with its column
└── NodeError
    └── EvaluationError      the data does not fit; found when it is evaluated
RefusedError                 inside this package only: an operation refuses its operands
"""

from __future__ import annotations

from collections.abc import Iterable

from workflow_compiler.errors import ErrorType, NodeError, WorkflowError

_MAX_SHOWN = 80


class ExpressionSyntaxError(WorkflowError):
    """The text is no expression of the language.

    `line` and `column` count from 1, in the text as its author wrote it. Of several faults it is
    the first one, and knows the others.
    """

    def __init__(self, message: str, column: int, hint: str | None = None, line: int = 1) -> None:
        self.message = message
        self.column = column
        self.hint = hint
        self.line = line
        self.further: tuple[ExpressionSyntaxError, ...] = ()
        place = f"column {column}" if line == 1 else f"line {line}, column {column}"
        super().__init__(f"{message} at {place}" + (f" ({hint})" if hint else ""))

    @property
    def faults(self) -> tuple[ExpressionSyntaxError, ...]:
        """All that is wrong with the text, in its order."""
        return (self, *self.further)


def all_of(faults: Iterable[ExpressionSyntaxError]) -> ExpressionSyntaxError:
    """Several faults of one text as one error."""
    first, *further = sorted(faults, key=lambda fault: (fault.line, fault.column))
    first.further = tuple(further)
    return first


class EvaluationError(NodeError):
    """An expression or a template cannot be worked out from the data of this run.

    The message names keys and kinds of values, never the values themselves.
    """

    def __init__(self, reason: str, expression: str) -> None:
        self.reason = reason
        self.expression = expression
        super().__init__(ErrorType.EXPRESSION, f"{reason}, in {shorten(expression)!r}")


class RefusedError(Exception):
    """An operation refuses its operands; whoever knows the source adds where."""


def shorten(text: str) -> str:
    """Keep a piece of source short enough for one line of a log."""
    return text if len(text) <= _MAX_SHOWN else f"{text[: _MAX_SHOWN - 1]}…"
