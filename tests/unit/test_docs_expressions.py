"""The examples of docs/expressions.md are true.

A fenced block marked `json data` holds the scope. In blocks marked `expression` or `template`
each line reads `source → value as JSON`, or `source → error: beginning of the message`.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workflow_compiler.errors import WorkflowError
from workflow_compiler.expressions import (
    Names,
    Scope,
    compile_expression,
    compile_template,
)
from workflow_compiler.expressions.functions import FUNCTIONS

PAGE = (Path(__file__).parents[2] / "docs" / "expressions.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w+)(?: data)?\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
SCOPE: Scope = json.loads(next(body for kind, body in BLOCKS if kind == "json"))
NAMES = Names(
    roots=frozenset({"input", "vars", "context", "nodes"}),
    nodes=frozenset({"classify", "skipped", "node-2"}),
)
EVALUATE: dict[str, Callable[[str], Any]] = {
    "expression": lambda source: compile_expression(source, NAMES).evaluate(SCOPE),
    "template": lambda source: compile_template(source, NAMES).render(SCOPE),
}
EXAMPLES = [
    (kind, *re.split(r"\s*→ ", line))
    for kind, body in BLOCKS
    if kind in EVALUATE
    for line in body.splitlines()
]


@pytest.mark.parametrize(("kind", "source", "expected"), EXAMPLES)
def test_example(kind: str, source: str, expected: str) -> None:
    if expected.startswith("error: "):
        with pytest.raises(WorkflowError, match=f"^{re.escape(expected.removeprefix('error: '))}"):
            EVALUATE[kind](source)
    else:
        assert EVALUATE[kind](source) == json.loads(expected)


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) > 50


def test_the_table_of_functions_is_complete() -> None:
    section = PAGE.partition("### Functions")[2].partition("```")[0]
    documented = re.findall(r"^\| `([^`]+)` \|", section, re.MULTILINE)
    assert documented == [function.signature for function in FUNCTIONS.values()]
