"""The page of what can be wrong with expressions and templates: every message, with an example.

The examples are run when the page is written, so the messages are those that people see.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from workflow_compiler.expressions import (
    EvaluationError,
    ExpressionSyntaxError,
    Names,
    compile_expression,
    compile_template,
    is_template,
)

_DEEP: Final = json.loads("[" * 101 + "]" * 101)

SCOPE: Final[Mapping[str, Any]] = {
    "input": {
        "name": "Ada",
        "age": 36,
        "items": [1, 2],
        "flags": [],
        "digits": "9" * 400,
        "numbers": list(range(90_000)),
        "text": "x" * 1_500_000,
        "deep": _DEEP,
        "half": "\ud800",
    },
    "nodes": {},
}
NAMES: Final = Names(frozenset({"input", "vars", "nodes", "secrets"}), frozenset({"a"}))

EXAMPLES: Final = (
    "",
    "inptu.age > 3",
    "nodes['b'].output",
    "nodes[input.name]",
    "nodes",
    "secrets",
    "010",
    "input.name.trim()",
    "input.items[0]()",
    "len()",
    "input.age = 3",
    "input.age is 36",
    "input.age ** 2",
    "f'{input.name}'",
    "'''Ada'''",
    "'Ada",
    "12abc",
    "(input.age",
    "input.items.0",
    "input.items[0:1]",
    "{1, 2}",
    "len(*input.items)",
    "input.__class__",
    "{input.name: 1}",
    "99999999999999999999",
    "1e999",
    "matches(input.name, '(')",
    f"matches(input.name, '{'x' * 1_001}')",
    f"{'1 + ' * 200}1",
    f"[{', '.join('1' * 300)}]",
    "1" + " " * 2_000,
    "{{ input.name",
    "{{ }}",
    "{{{ input.name }}}",
    "{{ input.age + 1 }}",
    "{{ len(input.name) }}",
    "{{ input.items[input.age] }}",
    "{{ input.name | upper }}",
    "{{ input.name | 'x' }}",
    "{{ input.name | default }}",
    "{{ input.name | json | default('') }}",
    "vars.total",
    "input.email",
    "input.items[7]",
    "input.name.first",
    "input.age / 0",
    "1e308 * 10",
    "input.age * input.name.get('x')",
    "input.name - 1",
    "-input.name",
    "input.age < input.name",
    "3 in input.age",
    "3 in input.name",
    "lower(input.age)",
    "sum(['a'])",
    "keys(input.items)",
    "any(input.age)",
    "max(input.flags)",
    "max([1, 'a'])",
    "len(input.age)",
    "get(input.age, 'x')",
    "round(1.5, 1000)",
    "int(input.name)",
    "int(input.items)",
    "int(input.digits)",
    "float(input.digits)",
    "matches(input.age, 'x')",
    "matches(input.name, input.age)",
    "matches(input.half, 'x')",
    "input.text + 'x'",
    "input.numbers + input.numbers",
    " and ".join(["input.numbers == input.numbers"] * 8),
    "input.deep == [input.deep]",
    "{{ input.email }}",
    "{{ input.text }}{{ input.text }}",
    "{{ input.deep | json }}",
)

LONGEST: Final = 48

_INTRODUCTION: Final = """\
Every message, as the compiler says it about the example beside it. In the examples `input` holds
the name `Ada`, the age 36, two items, and some data that is too large or too deep. See
[the language](../expressions.md)."""

_AT_RUN_TIME: Final = """\
They fail the node with the type `EXPRESSION`. Messages name keys and kinds of values, never the
values."""


@dataclass(frozen=True, slots=True)
class Said:
    """An example, and what is said about it."""

    source: str
    error: ExpressionSyntaxError | EvaluationError


def expression_errors_page() -> str:
    """Every message with an example, first those of the check, then those of a run."""
    said = [_said(source) for source in EXAMPLES]
    checked = [found for found in said if isinstance(found.error, ExpressionSyntaxError)]
    running = [found for found in said if isinstance(found.error, EvaluationError)]
    lines = [
        "<!-- Written by `make docs`; change the code instead. -->",
        "# Errors of expressions and templates",
        "",
        _INTRODUCTION,
        "",
        "## Found when the workflow is checked",
        "",
        "They are problems with the code `invalid-expression`, with line and column.",
        "",
        "| example | message | hint |",
        "| --- | --- | --- |",
        *(_row(s, s.error.message, getattr(s.error, "hint", None) or "") for s in checked),
        "",
        "## Found when the workflow runs",
        "",
        _AT_RUN_TIME,
        "",
        "| example | message |",
        "| --- | --- |",
        *(_row(found, str(getattr(found.error, "reason", ""))) for found in running),
    ]
    return "\n".join([*lines, ""])


def _said(source: str) -> Said:
    try:
        if is_template(source):
            compile_template(source, NAMES).render(SCOPE)
        else:
            compile_expression(source, NAMES).evaluate(SCOPE)
    except (ExpressionSyntaxError, EvaluationError) as error:
        return Said(source, error)
    msg = f"the example {source!r} is no error"
    raise ValueError(msg)


def _row(said: Said, *cells: str) -> str:
    source = said.source if len(said.source) <= LONGEST else f"{said.source[:LONGEST]}…"
    return "| " + " | ".join(_escaped(cell) for cell in (f"`{source}`", *cells)) + " |"


def _escaped(cell: str) -> str:
    return cell.replace("|", r"\|").replace("``", "(nothing)")
