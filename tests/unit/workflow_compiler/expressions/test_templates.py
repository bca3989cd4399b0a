"""Texts with holes."""

from typing import Any

import pytest

from workflow_compiler.expressions import (
    EvaluationError,
    ExpressionSyntaxError,
    Names,
    compile_template,
    is_template,
)

NAMES = Names(roots=frozenset({"input", "nodes"}), nodes=frozenset({"draft", "node-2"}))
SCOPE: dict[str, Any] = {
    "input": {
        "name": "Ada",
        "n": 1.5,
        "yes": True,
        "none": None,
        "items": [{"id": 1}, "é"],
        "braces": "{{ input.name }} \\{{",
        "my-key": "dashed",
        "from": "here",
        "a}}b": "odd",
        "nan": float("nan"),
        "half": "\ud800",
    },
    "nodes": {"node-2": {"output": {"text": "hello"}}, "draft": {"output": None}},
}


def render(text: str, scope: dict[str, Any] = SCOPE) -> Any:
    return compile_template(text, NAMES).render(scope)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("no hole } {", "no hole } {"),
        ("{{ input.name }}", "Ada"),
        ("{{input.items}}", [{"id": 1}, "é"]),
        ("{{ input.n }}", 1.5),
        ("{{ input.none }}", None),
        ("Dear {{ input.name }}!", "Dear Ada!"),
        ("{{ input.name }}{{ input.n }}", "Ada1.5"),
        (" {{ input.n }}", " 1.5"),
        ("[{{ input.none }}] {{ input.yes }}", "[] true"),
        ("{{ input.items }}.", '[{"id":1},"é"].'),
        ("{{ input.items[0].id }}{{ input.items[-1] }}", "1é"),
        ("{{ input['my-key'] }}", "dashed"),
        ("{{ input.from }}", "here"),
        ("{{ input['a}}b'] }}", "odd"),
        ("{{ input['{{'] | default('{{') }}", "{{"),
        ("{{ nodes['node-2'].output.text }}", "hello"),
        ("{{ nodes['draft'].output.text }}", None),
        ("{{ input.name | json }}", '"Ada"'),
        ("{{ input.zip | default('none') }}", "none"),
        ("{{ input.none | default(0) }}", 0),
        ("{{ input.name.first | default('?') }}", "?"),
        ("{{ input.items[9].id | default(-1) }}", -1),
        ("{{ input.zip.code | default({'a': [true, null]}) | json }}", '{"a":[true,null]}'),
        ("{{ input.zip | default(null) | default('x|}}\\'') }}", "x|}}'"),
        ("{{ input.name | default('x') }}", "Ada"),
        (r"\{{ input.name }}", "{{ input.name }}"),
        (r"\\{{ input.name }}", "\\Ada"),
        (r"C:\dir \{{ {{ input.name }} }}", "C:\\dir {{ Ada }}"),
        ("{{ input.braces }}!", "{{ input.name }} \\{{!"),
        ('{"name": {{ input.name | json }}}', '{"name": "Ada"}'),
        ("{{\n  input.name\n}}", "Ada"),
        ("{{ input.half }}.", "\ud800."),
    ],
)
def test_render(text: str, expected: Any) -> None:
    assert render(text) == expected


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        ("a {{ inptu.x }}", 1, 6, "'input'"),
        ("a\nb {{ inptu.x }}", 2, 6, "'input'"),
        ("{{ input.a }} {{ nodes['nod-2'] }}", 1, 24, "'node-2'"),
        ("a {{ input.x", 1, 3, "not closed"),
        ("a {{ 'x }}", 1, 3, "not closed"),
        ("{{ }}", 1, 3, "empty"),
        ("{{ input.x | }}", 1, 13, "empty"),
        ("{{{ input.x }}}", 1, 3, "brace"),
        ("{{ input.n + 1 }}", 1, 12, "transform"),
        ("{{ input.my-key }}", 1, 12, "['my-key']"),
        ("{{ input.a || input.b }}", 1, 12, "transform"),
        ("{{ input.a && input.b }}", 1, 12, "transform"),
        ("{{ input[input.k] }}", 1, 10, "transform"),
        ("{{ input.get('a') }}", 1, 10, "default"),
        ("{{ 'text' }}", 1, 4, "path"),
        ("{{ true }}", 1, 4, "path"),
        ("{{ input.x | upper }}", 1, 14, "'upper'"),
        ("{{ input.x | jsn }}", 1, 14, "'json'"),
        ("{{ input.x | default }}", 1, 14, "literal"),
        ("{{ input.x | default(input.y) }}", 1, 22, "literal"),
        ("{{ input.x | default([1, input.y]) }}", 1, 22, "literal"),
        ("{{ input.x | default(1 + 1) }}", 1, 22, "literal"),
        ("{{ input.x | 5 }}", 1, 14, "filter"),
        ("a\nbc {{ input.n > 1 }}", 2, 15, "transform"),
        ("a\nbc {{ input.n + }}", 2, 16, "too early"),
        ("a {{ input. }} b", 1, 12, "too early"),
        ("a {{ input.x ? 1 : 2 }}", 1, 14, "if condition"),
        ("a {{ (input.x }}", 1, 6, "never closed"),
        ("{{ input.x input.y }}", 1, 12, "invalid syntax"),
        ("{{ input.a }} {{ input.x.trim() }}", 1, 26, "default"),
        ("{{ input.x | json | default(1) }}", 1, 21, "json last"),
        ("{{ input.__class__ }}", 1, 10, "underscore"),
    ],
)
def test_a_wrong_hole_is_refused_at_its_place(
    text: str, line: int, column: int, words: str
) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_template(text, NAMES)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a {{ input.nme }}", "did you mean 'name'?"),
        ("{{ input.items[7] }}", "no position 7"),
        ("{{ input.name.first }}", "a string"),
        ("a {{ input.nan }}", "a number that JSON cannot write"),
        ("{{ input.nan | json }}", "a number that JSON cannot write"),
    ],
)
def test_a_path_that_cannot_be_read_is_an_error(text: str, words: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        render(text)
    assert words in caught.value.message


def test_references_and_roots() -> None:
    template = compile_template("{{ draft.output }} {{ nodes['node-2'].x }} {{ input.a }}", NAMES)
    assert template.references == {"draft", "node-2"}
    assert template.roots == {"input", "nodes"}


def test_equality_and_hash_go_by_source() -> None:
    assert compile_template("a", NAMES) == compile_template("a", NAMES)
    assert hash(compile_template("a", NAMES)) == hash(compile_template("a", NAMES))
    assert compile_template("a", NAMES) != compile_template("b", NAMES)


def test_is_template_tells_whether_rendering_matters() -> None:
    assert is_template("{{ input.a }}")
    assert is_template(r"\{{")
    assert not is_template("plain } text {")


def test_a_default_is_fresh_each_time() -> None:
    template = compile_template("{{ input.list | default([]) }}", NAMES)
    template.render({"input": {}}).append(1)
    assert template.render({"input": {}}) == []


@pytest.mark.parametrize("value", ["a" * 1_200_000, "é" * 600_000, ["a" * 1_200_000]])
def test_a_rendered_text_is_bounded(value: Any) -> None:
    assert render("{{ input }}.", {"input": value})
    with pytest.raises(EvaluationError, match="2,097,152 bytes"):
        render("{{ input }}{{ input }}", {"input": value})


def test_a_value_is_too_large_for_a_text() -> None:
    with pytest.raises(EvaluationError, match="longer than 2,097,152"):
        render("{{ input }}.", {"input": ["a" * 1_000_000] * 3})


def test_a_text_of_the_largest_size_can_be_rendered() -> None:
    assert len(render("{{ input }}\n", {"input": [1] * 900_000})) == 1_800_002
