"""One broken definition per problem code: each is found, at its place, with a way to mend it."""

import re
from dataclasses import dataclass
from pathlib import Path

import pytest

import workflow_compiler
from workflow_compiler import (
    DefinitionError,
    Problem,
    check,
    default_registry,
    knowing_tools,
    parse,
)
from workflow_compiler.errors import Severity

BROKEN = Path(__file__).parents[4] / "fixtures" / "broken"
REGISTRY = knowing_tools(default_registry({"score_lead": len}), ["weather"])


@dataclass(frozen=True)
class Expected:
    """Where the problem of a fixture is, and a piece of its hint."""

    pointer: str
    hint: str | None = None
    line: int | None = None
    severity: Severity = Severity.ERROR


EXPECTED = {
    "cache-without-effect": Expected("/nodes/0/cache", "leave 'cache' out", 9, Severity.WARNING),
    "dangling-edge": Expected("/edges/1/target", "'report'", 7),
    "duplicate-id": Expected("/nodes/1/id", "another id", 5),
    "duplicate-key": Expected("", None, 5),
    "edge-across-border": Expected("/edges/1", "connect the container", 10),
    "empty-container": Expected("/nodes/1", "'parent': 'loop'", 5),
    "endless-cycle": Expected("/nodes/1", "put a condition", 5),
    "invalid-config": Expected("/nodes/0/config/expresion", "known keys: expression", 3),
    "invalid-expression": Expected("/edges/0/condition", "'score'", 7),
    "invalid-schema": Expected("/input_schema", "JSON Schema of draft", 3),
    "invalid-shape": Expected("/nodes/0/timeout_seconds", None, 8),
    "loop-with-several-entries": Expected("/nodes/1", "one node", 5, Severity.WARNING),
    "may-be-skipped": Expected("/nodes/2/config/template", "default(...)", 6, Severity.WARNING),
    "misplaced-secret": Expected("/nodes/0/config/template", "agent, http, llm", 4),
    "missing-handle": Expected("/edges/1", "handles: 'high', 'low'", 15),
    "no-container": Expected("/nodes/1/parent", "foreach, try", 5),
    "no-default": Expected("/nodes/1", "'default': true", 5, Severity.WARNING),
    "no-json": Expected("", None, 1),
    "no-nodes": Expected("/nodes", "add one", 1),
    "no-number": Expected("", None, 1),
    "no-object": Expected(""),
    "no-root": Expected("/nodes", "type 'start'", 3),
    "no-yaml": Expected("", None, 4),
    "parent-cycle": Expected("/nodes/0/parent", "no parent", 4),
    "read-across-border": Expected("/nodes/2", "'loop' itself", 6),
    "read-before-run": Expected("/nodes/0/config/expression", "from 'report' to 'score'", 4),
    "recursive-workflow": Expected("/nodes/0/config", "with a loop", 7),
    "repeated-edge": Expected("/edges/1", "delete one", 7),
    "reserved-handle": Expected("/nodes/1/config/cases/0/handle", "another handle", 8),
    "retry-without-effect": Expected("/nodes/0/retry", "leave 'retry' out", 8, Severity.WARNING),
    "shadowed-id": Expected("/nodes/0/id", "nodes['input']", 4, Severity.WARNING),
    "timeout-without-effect": Expected(
        "/nodes/0/timeout_seconds", "leave 'timeout_seconds' out", 8, Severity.WARNING
    ),
    "too-deep": Expected(""),
    "too-large": Expected(""),
    "too-nested": Expected("/nodes/16/parent", "'subworkflow'", 20),
    "unknown-function": Expected("/nodes/0/config/function", "'score_lead'", 3),
    "unknown-handle": Expected("/edges/1/sourceHandle", "'high', 'low', 'default', 'error'", 15),
    "unknown-key": Expected("/nodes/0/timeout_second", "'timeout_seconds'", 8, Severity.WARNING),
    "unknown-parent": Expected("/nodes/2/parent", "'loop'", 6),
    "unknown-reducer": Expected("/variables/notes/reducer", "'append'", 3),
    "unknown-slot": Expected("/nodes/2/slot", "'catch'", 11),
    "unknown-tool": Expected("/nodes/0/config/tool", "'weather'", 3),
    "unknown-type": Expected("/nodes/0/type", "'transform'", 3),
    "unknown-type-version": Expected("/nodes/0/type_version", None, 8),
    "unknown-variable": Expected("/nodes/0/config/values/totl", "'total'", 4),
    "unreachable-node": Expected("/nodes/1", "connect it", 5),
}


def problems_of(path: Path) -> tuple[Problem, ...]:
    try:
        return check(parse(path), REGISTRY)
    except DefinitionError as error:
        return error.problems


@pytest.mark.parametrize("path", sorted(BROKEN.iterdir()), ids=lambda path: path.stem)
def test_the_problem_is_found_where_it_is(path: Path):
    expected = EXPECTED[path.stem]
    found = next(problem for problem in problems_of(path) if problem.code == path.stem)
    assert (found.pointer, found.line, found.severity) == (
        expected.pointer,
        expected.line,
        expected.severity,
    )
    assert (found.hint is None) == (expected.hint is None)
    assert (expected.hint or "") in (found.hint or "")


def test_every_code_has_a_broken_definition():
    package = Path(workflow_compiler.__file__).parent
    source = "".join(path.read_text(encoding="utf-8") for path in package.rglob("*.py"))
    codes = set(re.findall(r'(?:code=|_refused\(\s*)"([a-z-]+)"', source))
    assert codes == {path.stem for path in BROKEN.iterdir()} == set(EXPECTED)
