"""No data and no text makes an evaluation long or large."""

import time
from contextlib import suppress
from typing import Any

import pytest

from workflow_compiler.expressions import EvaluationError, Names, compile_expression

NAMES = Names(roots=frozenset({"x"}), nodes=frozenset())
GENEROUS_SECONDS = 2.0  # the bound is near 0.1; a slow machine shall not fail the test


def nested(depth: int) -> list[Any]:
    outermost: list[Any] = []
    innermost = outermost
    for _ in range(depth):
        innermost.append([])
        innermost = innermost[0]
    return outermost


def doubled(times: int) -> list[Any]:
    """A list of a few objects that reads as one of 2**times elements."""
    value: list[Any] = [1, 1]
    for _ in range(times):
        value = [value, value]
    return value


LARGE: list[Any] = [
    "a" * 5_000_000,
    [1] * 2_000_000,
    [[i] for i in range(200_000)],
    {f"k{i}": i for i in range(300_000)},
    nested(50_000),
    doubled(60),
    ["a" * 1_000_000] * 1_000,
]


@pytest.mark.parametrize(
    "source",
    [
        "str(x)",
        "x == [x]",
        "[x, x] == [x, x]",
        "[x] in [[x]]",
        "[1] in x",
        "sum(x)",
        "max(x)",
        "x + x + x + x",
        "lower(x)",
        "keys(x)",
        "values(x)",
        "matches(x, '(a|b)*a(a|b){50}c')",
        "x.missing",
        " or ".join(["x.contains('b')"] * 60),
        " or ".join(["any(x)"] * 60),
    ],
)
@pytest.mark.parametrize("data", LARGE, ids=lambda data: type(data).__name__)
def test_work_ends_soon_on_large_data(source: str, data: Any) -> None:
    expression = compile_expression(source, NAMES)
    started = time.perf_counter()
    with suppress(EvaluationError):
        expression.evaluate({"x": data})
    assert time.perf_counter() - started < GENEROUS_SECONDS


def refusal(source: str, x: Any) -> str:
    with pytest.raises(EvaluationError) as caught:
        compile_expression(source, NAMES).evaluate({"x": x})
    return caught.value.message


def test_too_long_a_string_is_not_built() -> None:
    assert "100,000 characters" in refusal("x + 'b'", "a" * 100_000)


def test_too_long_a_list_is_not_built() -> None:
    assert "100,000 elements" in refusal("x + [1]", [0] * 100_000)


def test_a_letter_may_grow_when_its_case_changes() -> None:
    assert "100,000 characters" in refusal("upper(x)", "\u0149" * 60_000)


def test_deep_data_is_refused_before_recursion() -> None:
    assert "100 deep" in refusal("x == x", nested(5_000))
    assert "100 deep" in refusal("str(x)", nested(5_000))


def test_whole_numbers_stay_small() -> None:
    assert "1,024 bits" in refusal(" * ".join(["x"] * 20), 2**60)


def test_search_in_long_data_is_allowed() -> None:
    assert compile_expression("999999 in x", NAMES).evaluate({"x": list(range(1_000_000))})
    assert compile_expression("'b' in x", NAMES).evaluate({"x": "a" * 2_000_000 + "b"})


def test_the_budget_belongs_to_one_evaluation() -> None:
    expression = compile_expression("sum(x)", NAMES)
    data = [1] * 200_000
    assert [expression.evaluate({"x": data}) for _ in range(3)] == [200_000] * 3


def test_values_of_different_length_are_compared_at_once() -> None:
    assert compile_expression("x != []", NAMES).evaluate({"x": [[1]] * 1_000_000})
    assert compile_expression("x != {}", NAMES).evaluate(
        {"x": dict.fromkeys(map(str, range(500_000)))}
    )


@pytest.mark.parametrize(
    ("source", "data"),
    [
        (", ".join(["x + x"] * 40), [0] * 50_000),
        (" or ".join(["any(x)"] * 40), [0] * 50_000),
        ("matches(x, '(a|b)*a(a|b){50}c')", "ab" * 150_000),
        ("[0] in x", [[1]] * 500_000),
    ],
)
def test_work_is_paid_for(source: str, data: Any) -> None:
    assert "too much data" in refusal(f"[{source}]", data)


def test_search_for_a_list_does_not_recurse_into_deep_data() -> None:
    assert "100 deep" in refusal("[[[]]] in x", [nested(5_000)])


@pytest.mark.parametrize("data", [{"k" * 200_000: 1}, ["a" * 60_000, "b" * 60_000]])
def test_a_text_is_known_to_be_too_long_before_it_is_written(data: Any) -> None:
    assert "its text would be longer than 100,000" in refusal("str(x)", data)


def test_a_string_of_too_many_digits_is_not_read() -> None:
    assert "at most 400 characters" in refusal("int(x)", "0" * 401)


def test_a_pattern_is_bounded() -> None:
    assert "at most 1,000 characters" in refusal("matches('a', x)", "a" * 1_001)
