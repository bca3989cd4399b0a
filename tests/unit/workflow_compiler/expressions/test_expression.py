"""What a compiled expression tells of itself."""

import pytest

from workflow_compiler.expressions import Names, compile_expression

NAMES = Names(
    roots=frozenset({"input", "vars", "context", "index", "nodes"}),
    nodes=frozenset({"a", "b", "c-3"}),
)


def test_references_and_roots() -> None:
    expression = compile_expression("a.x + nodes['b'].y > nodes['c-3'].z or input.v", NAMES)
    assert expression.references == {"a", "b", "c-3"}
    assert expression.roots == {"input", "nodes"}


def test_literals_read_nothing() -> None:
    expression = compile_expression("true and null or 'input'", NAMES)
    assert (expression.references, expression.roots) == (frozenset(), frozenset())


def test_equality_and_hash_go_by_source() -> None:
    one, same = compile_expression("a.x", NAMES), compile_expression("a.x", NAMES)
    assert one == same
    assert len({one, same, compile_expression("a.y", NAMES)}) == 2


def test_an_expression_cannot_be_changed() -> None:
    expression = compile_expression("a.x", NAMES)
    with pytest.raises(AttributeError):
        expression.source = "a.y"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a.output.score >= 0.8", {"a.output.score": 0.9}),
        ("a.output.score == a.output.score", {"a.output.score": 0.9}),
        ("input.items[index].id + 1", {"input.items[index].id": 5, "index": 1}),
        ("context.get('score') >= 80", {"context.get('score')": 85}),
        ("get(context, 'score').x", {"get(context, 'score').x": None}),
        ("context.get(input.key)", {"context": {"score": 85}, "input.key": "score"}),
        (
            "len(input.items) > 1 && !a.status",
            {"input.items": [{"id": 4}, {"id": 5}], "a.status": "done"},
        ),
        ("input.missing or vars.x", {"input.missing": None, "vars.x": None}),
        ("true", {}),
    ],
)
def test_values_explain_a_decision(source: str, expected: dict[str, object]) -> None:
    scope = {
        "a": {"output": {"score": 0.9}, "status": "done"},
        "input": {"items": [{"id": 4}, {"id": 5}], "key": "score"},
        "index": 1,
        "context": {"score": 85},
    }
    assert compile_expression(source, NAMES).values(scope) == expected
