"""The closed list of functions."""

from typing import Any

import pytest

from workflow_compiler.expressions import EvaluationError, Names, compile_expression

NAMES = Names(roots=frozenset({"x"}), nodes=frozenset())


def value(source: str, x: Any = None) -> Any:
    return compile_expression(source, NAMES).evaluate({"x": x})


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("len('abc') + len([1]) + len({'a': 1})", 5),
        ("'abc'.len()", 3),
        ("lower('AbC')", "abc"),
        ("'AbC'.upper()", "ABC"),
        ("'abc'.startswith('ab')", True),
        ("endswith('abc', 'bc')", True),
        ("contains('abc', 'b')", True),
        ("[1, 2].contains(2)", True),
        ("{'a': 1}.contains('a')", True),
        ("matches('order 12', '[0-9]+')", True),
        (r"'order 12'.matches('\d+$')", True),
        (r"matches('order', r'^\d')", False),
        ("matches('a.b', 'a' + '.b')", True),
        ("get({'a': 1}, 'a')", 1),
        ("{'a': null}.get('a', 1)", None),
        ("[1, 2].get(-1)", 2),
        ("[1, 2].get('a', 0)", 0),
        ("{'a': 1}.get(2, 0)", 0),
        ("{'a': 1, 'b': 2}.keys()", ["a", "b"]),
        ("values({'a': 1, 'b': 2})", [1, 2]),
        ("min(2, 1.5)", 1.5),
        ("min(['b', 'a'])", "a"),
        ("max([1, 3, 2])", 3),
        ("sum([1, 2.5])", 3.5),
        ("sum([])", 0),
        ("abs(-2)", 2),
        ("round(2.5)", 2),
        ("round(2.345, 2)", 2.35 if round(2.345, 2) == 2.35 else 2.34),
        ("round(1234, -2)", 1200),
        ("int('12') + int(3.9) + int(true)", 16),
        ("float('1.5')", 1.5),
        ("float(2)", 2.0),
        ("str(1.0) + str(true) + str(null)", "1.0TrueNone"),
        ("str(['a', {'b': 1}])", "['a', {'b': 1}]"),
        ("bool([])", False),
        ("any([0, 1])", True),
        ("all([0, 1])", False),
        ("all([])", True),
    ],
)
def test_value(source: str, expected: Any) -> None:
    result = value(source)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("len(1)", "len() takes a string, a list or an object, not a number"),
        ("lower(null)", "lower() takes a string, not null"),
        ("upper([])", "upper() takes a string"),
        ("startswith('a', 1)", "startswith() takes a string, not a number"),
        ("endswith(1, 'a')", "endswith() takes a string"),
        ("matches(1, 'a')", "matches() searches a string"),
        ("matches('a', x)", "a pattern is a string, not null"),
        ("matches('a', '(' + '')", "the pattern cannot be used"),
        (r"matches('a', '(a)\1' + '')", "the pattern cannot be used"),
        ("get('abc', 0)", "get() reads from an object or a list"),
        ("keys([1])", "keys() takes an object, not a list"),
        ("values(null)", "values() takes an object"),
        ("min([])", "min() of nothing"),
        ("min(1)", "min() takes a list"),
        ("max(1, 'a')", "have no order"),
        ("max([true, false])", "have no order"),
        ("sum(['a'])", "sum() takes numbers, not a string"),
        ("sum([true])", "sum() takes numbers, not a boolean"),
        ("sum(1)", "sum() takes a list"),
        ("abs('a')", "abs() takes numbers"),
        ("round(1, 1000000000)", "whole number of digits"),
        ("round(1, -1000000000)", "whole number of digits"),
        ("round(1, true)", "whole number of digits"),
        ("round('a')", "round() takes numbers"),
        ("int('a')", "int() finds no number"),
        ("int([])", "int() takes a number or a string"),
        ("int(x)", "int() takes a number or a string, not null"),
        ("float('nan')", "no finite number"),
        ("float('inf')", "no finite number"),
        ("float('1e999')", "no finite number"),
        ("any(1)", "any() takes a list"),
        ("all(null)", "all() takes a list"),
    ],
)
def test_refusal(source: str, words: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        value(source)
    assert words in caught.value.message
    assert repr(source) in caught.value.message or source in caught.value.message


@pytest.mark.parametrize("source", ["int(x)", "round(x)", "round(x, 1)", "float(x)", "x + 1"])
@pytest.mark.parametrize("x", [float("inf"), float("-inf"), float("nan"), 10**400])
def test_numbers_that_no_result_may_be(source: str, x: Any) -> None:
    with pytest.raises(EvaluationError):
        value(source, x)


@pytest.mark.parametrize("source", ["matches(x, 'a')", "matches('a', x)"])
def test_half_a_surrogate_pair_is_refused(source: str) -> None:
    with pytest.raises(EvaluationError, match="surrogate"):
        value(source, "\ud800")


def test_text_of_foreign_objects_is_refused() -> None:
    with pytest.raises(EvaluationError, match="no JSON form"):
        value("str(x)", [object()])
