"""What a compiled expression tells of itself."""

import pytest

from workflow_compiler.expressions import (
    ExpressionSyntaxError,
    Names,
    compile_expression,
    compile_template,
)

NAMES = Names(
    roots=frozenset({"input", "vars", "context", "index", "nodes"}),
    nodes=frozenset({"a", "b", "c-3"}),
)


def test_references_and_roots() -> None:
    expression = compile_expression("a.x + nodes['b'].y > nodes['c-3'].z or input.v", NAMES)
    assert expression.references == {"a", "b", "c-3"}
    assert expression.roots == {"input", "nodes"}


def test_names_that_look_alike_are_different_names() -> None:
    names = Names(roots=frozenset({"input"}), nodes=frozenset({"a", "\uff41", "\ufb01"}))
    expression = compile_expression("\uff41.x + \ufb01.y + input.\uff41", names)
    assert expression.references == {"\uff41", "\ufb01"}
    scope = {"\uff41": {"x": 1}, "\ufb01": {"y": 20}, "input": {"\uff41": 300, "a": 0}}
    assert expression.evaluate(scope) == 321


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


def test_all_that_is_wrong_is_told_in_its_order() -> None:
    source = "foo + bar(1) + len(1, 2)\n + nodes['x'] + nodes[foo] + a.matches('(') + (1)(baz)"
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_expression(source, NAMES)
    assert [(fault.line, fault.column, fault.message) for fault in caught.value.faults] == [
        (1, 1, "unknown name 'foo'"),
        (1, 7, "unknown function 'bar'"),
        (1, 16, "len() cannot take 2 arguments"),
        (2, 10, "unknown node 'x'"),
        (2, 23, "the id of a node is a literal string"),
        (2, 40, "the pattern cannot be used: missing ): ("),
        (2, 48, "only functions that have a name can be called"),
        (2, 51, "unknown name 'baz'"),
    ]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (" + ".join(["1"] * 60), "the expression is too long: a row has at most 39 operators"),
        (" * ".join(["1"] * 400), "the expression is too long: a row has at most 39 operators"),
        ("[" * 60 + "]" * 60, "the expression is nested more than 40 deep"),
        ("1 + 010", "a whole number does not begin with 0"),
    ],
)
def test_what_is_too_much_or_odd_is_called_by_its_name(source: str, message: str) -> None:
    with pytest.raises(ExpressionSyntaxError) as caught:
        compile_expression(source, NAMES)
    assert caught.value.message == message


def test_a_row_may_be_as_long_as_it_is_said() -> None:
    assert compile_expression(" + ".join(["1"] * 40), NAMES).evaluate({}) == 40


@pytest.mark.parametrize(
    ("source", "sees"),
    [
        ("classify.status == 'skipped'", True),
        ("nodes['classify'].status", True),
        ("classify", True),
        ("get(classify, 'status')", True),
        ("[nodes.classify]", True),
        ("classify.output.status", False),
        ("nodes['classify'].output == classify['visit']", False),
        ("input.status", False),
    ],
)
def test_it_knows_whether_it_may_see_a_status(source: str, sees: bool) -> None:
    names = Names(frozenset({"input", "nodes"}), frozenset({"classify"}))
    assert compile_expression(source, names).sees_status is sees


def test_so_does_a_template() -> None:
    assert compile_template("a is {{ a.status }}, b {{ b.output }}", NAMES).sees_status
    assert not compile_template("b is {{ b.output.status }}", NAMES).sees_status
