"""Promises of the expression language that hold for every program and all data."""

import json
import math
import operator
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workflow_compiler.expressions import (
    EvaluationError,
    Expression,
    ExpressionSyntaxError,
    Names,
    compile_expression,
    compile_template,
)

NAMES = Names(roots=frozenset({"input", "vars", "nodes"}), nodes=frozenset({"a", "node-2"}))

scalars = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8)
)
keys = st.sampled_from(["k", "from", "get", "key with spaces", "'"])
json_values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
scopes = st.builds(
    lambda input_, vars_, a, other: {
        "input": input_,
        "vars": vars_,
        "a": a,
        "nodes": {"a": a, "node-2": other},
    },
    *[json_values] * 4,
)


class WrongError(Exception):
    """The reference interpreter finds that the data does not fit."""


@dataclass(frozen=True)
class Tree:
    """A program of the language: how it is written, and what it means."""

    source: str
    meaning: Callable[[dict[str, Any]], Any]


def literal(value: Any) -> Tree:
    if isinstance(value, str):
        return Tree(repr(value), lambda _: value)
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
        return Tree(f"({value})", lambda _: value)
    return Tree(json.dumps(value), lambda _: value)


def root(source: str, *path: str) -> Tree:
    def meaning(scope: dict[str, Any]) -> Any:
        value: Any = scope
        for key in path:
            value = value[key]
        return value

    return Tree(source, meaning)


def read(box: Tree, key: str, *, dotted: bool) -> Tree:
    def meaning(scope: dict[str, Any]) -> Any:
        value = box.meaning(scope)
        if value is None:
            return None
        if isinstance(value, dict) and key in value:
            return value[key]
        raise WrongError

    step = f".{key}" if dotted and key.isidentifier() else f"[{key!r}]"
    return Tree(f"({box.source}){step}", meaning)


def at(box: Tree, position: int) -> Tree:
    def meaning(scope: dict[str, Any]) -> Any:
        value = box.meaning(scope)
        if value is None:
            return None
        if isinstance(value, list) and -len(value) <= position < len(value):
            return value[position]
        raise WrongError

    return Tree(f"({box.source})[{position}]", meaning)


def is_number(value: Any) -> bool:
    return type(value) in {int, float}


ARITHMETIC = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "//": operator.floordiv,
    "%": operator.mod,
}
ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}


def arithmetic(symbol: str, left: Tree, right: Tree) -> Tree:
    def meaning(scope: dict[str, Any]) -> Any:
        one, other = left.meaning(scope), right.meaning(scope)
        joins = symbol == "+" and type(one) is type(other) and isinstance(one, (str, list))
        if not joins and not (is_number(one) and is_number(other)):
            raise WrongError
        try:
            result = ARITHMETIC[symbol](one, other)
        except ArithmeticError:
            raise WrongError from None
        if isinstance(result, float) and not math.isfinite(result):
            raise WrongError
        return result

    return Tree(f"({left.source} {symbol} {right.source})", meaning)


def order(symbol: str, left: Tree, right: Tree) -> Tree:
    def meaning(scope: dict[str, Any]) -> Any:
        one, other = left.meaning(scope), right.meaning(scope)
        texts = isinstance(one, str) and isinstance(other, str)
        if not texts and not (is_number(one) and is_number(other)):
            raise WrongError
        return ORDERS[symbol](one, other)

    return Tree(f"({left.source} {symbol} {right.source})", meaning)


def equality(symbol: str, left: Tree, right: Tree) -> Tree:
    def meaning(scope: dict[str, Any]) -> Any:
        same = left.meaning(scope) == right.meaning(scope)
        return same if symbol == "==" else not same

    return Tree(f"({left.source} {symbol} {right.source})", meaning)


def membership(symbol: str, left: Tree, right: Tree) -> Tree:
    def meaning(scope: dict[str, Any]) -> Any:
        item, box = left.meaning(scope), right.meaning(scope)
        if isinstance(box, dict):
            found = isinstance(item, str) and item in box
        elif isinstance(box, list) or (isinstance(box, str) and isinstance(item, str)):
            found = item in box
        else:
            raise WrongError
        return found if symbol == "in" else not found

    return Tree(f"({left.source} {symbol} {right.source})", meaning)


def conjunction(symbol: str, left: Tree, right: Tree) -> Tree:
    def meaning(scope: dict[str, Any]) -> Any:
        return left.meaning(scope) and right.meaning(scope)

    return Tree(f"({left.source} {symbol} {right.source})", meaning)


def disjunction(symbol: str, left: Tree, right: Tree) -> Tree:
    def meaning(scope: dict[str, Any]) -> Any:
        return left.meaning(scope) or right.meaning(scope)

    return Tree(f"({left.source} {symbol} {right.source})", meaning)


def negation(symbol: str, operand: Tree) -> Tree:
    return Tree(f"({symbol} {operand.source})", lambda scope: not operand.meaning(scope))


def choice(test: Tree, chosen: Tree, otherwise: Tree) -> Tree:
    return Tree(
        f"({chosen.source} if {test.source} else {otherwise.source})",
        lambda scope: (chosen if test.meaning(scope) else otherwise).meaning(scope),
    )


def listing(items: list[Tree]) -> Tree:
    source = ", ".join(item.source for item in items)
    return Tree(f"[{source}]", lambda scope: [item.meaning(scope) for item in items])


def mapping(items: dict[str, Tree]) -> Tree:
    source = ", ".join(f"{key!r}: {item.source}" for key, item in items.items())
    return Tree(
        f"{{{source}}}", lambda scope: {key: item.meaning(scope) for key, item in items.items()}
    )


def grow(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    return st.one_of(
        st.builds(read, inner, keys, dotted=st.booleans()),
        st.builds(at, inner, st.integers(-2, 2)),
        st.builds(arithmetic, st.sampled_from(sorted(ARITHMETIC)), inner, inner),
        st.builds(order, st.sampled_from(sorted(ORDERS)), inner, inner),
        st.builds(equality, st.sampled_from(["==", "!="]), inner, inner),
        st.builds(membership, st.sampled_from(["in", "not in"]), inner, inner),
        st.builds(conjunction, st.sampled_from(["and", "&&"]), inner, inner),
        st.builds(disjunction, st.sampled_from(["or", "||"]), inner, inner),
        st.builds(negation, st.sampled_from(["not", "!"]), inner),
        st.builds(choice, inner, inner, inner),
        st.builds(listing, st.lists(inner, max_size=3)),
        st.builds(mapping, st.dictionaries(keys, inner, max_size=2)),
    )


trees = st.recursive(
    st.builds(literal, scalars)
    | st.sampled_from(
        [
            root("input", "input"),
            root("vars", "vars"),
            root("a", "a"),
            root("nodes['node-2']", "nodes", "node-2"),
        ]
    ),
    grow,
    max_leaves=12,
)

FRAGMENTS = [
    *["input", "vars.k", "a", "nodes['node-2']", "inptu", "1", "-2.5", "'k'", "'[a-z]+'", "true"],
    *["null", "[]", "[1, 'a']", "{'k': 1}", " + ", " * ", " / ", " % ", " < ", " == ", " in "],
    *[" and ", "||", "!", " if ", " else ", "(", ")", "[0]", ".k", ".get(", ".len()", ", "],
    *["len(", "matches(", "round(", "int(", "str(", "sum(", "min(", "keys(", "lower(", "any("],
    *["lambda: ", " for x in ", "**", "__class__", "f'", "{{", "}}", " | ", "json", "default(1)"],
    *["\n", "\\", "é", "\ud800", "\0", "\t", "#", ";", "\u2028", "ﬁ"],
]
programs = st.lists(st.sampled_from(FRAGMENTS), max_size=12).map("".join) | st.text(max_size=30)
FUNCTIONS = ["len", "lower", "upper", "keys", "values", "min", "max", "sum", "abs", "round"]
FUNCTIONS += ["int", "float", "str", "bool", "any", "all"]
PAIRED = ["startswith", "endswith", "contains", "matches", "get", "min", "max", "round"]


def called(name: str, *arguments: Tree) -> str:
    return f"{name}({', '.join(argument.source for argument in arguments)})"


def sent(name: str, receiver: Tree, argument: Tree) -> str:
    return f"({receiver.source}).{name}({argument.source})"


calls = st.one_of(
    st.builds(called, st.sampled_from(FUNCTIONS), trees),
    st.builds(called, st.sampled_from(PAIRED), trees, trees),
    st.builds(sent, st.sampled_from(PAIRED), trees, trees),
)


def compiled(source: str) -> Expression | None:
    try:
        return compile_expression(source, NAMES)
    except ExpressionSyntaxError as error:
        check_place(source, error)
        return None


def check_place(source: str, error: ExpressionSyntaxError) -> None:
    lines = source.split("\n")
    assert 1 <= error.line <= len(lines)
    assert 1 <= error.column <= len(lines[error.line - 1]) + 1


@settings(deadline=None)
@given(trees, scopes)
def test_a_program_means_what_the_reference_says(tree: Tree, scope: dict[str, Any]) -> None:
    expression = compile_expression(tree.source, NAMES)
    try:
        expected = tree.meaning(scope)
    except WrongError:
        with pytest.raises(EvaluationError):
            expression.evaluate(scope)
        return
    result = expression.evaluate(scope)
    assert result == expected
    assert type(result) is type(expected)


@settings(deadline=None)
@given(programs)
def test_any_text_is_an_expression_or_a_syntax_error(source: str) -> None:
    compiled(source)


@settings(deadline=None)
@given(programs | calls, scopes)
def test_evaluation_gives_a_value_or_an_evaluation_error(
    source: str, scope: dict[str, Any]
) -> None:
    expression = compiled(source)
    if expression is None:
        return
    expression.values(scope)
    with suppress(EvaluationError):
        json.dumps(expression.evaluate(scope), allow_nan=False)


@settings(deadline=None)
@given(programs, scopes)
def test_any_text_is_a_template_or_a_syntax_error(text: str, scope: dict[str, Any]) -> None:
    try:
        template = compile_template(text, NAMES)
    except ExpressionSyntaxError as error:
        check_place(text, error)
        return
    with suppress(EvaluationError):
        template.render(scope)


hostile = st.lists(
    st.sampled_from(["{{ vars }}", "{{", "}}", "\\", "{{ input.a }}", "{", "}", "x", "|"]),
    max_size=6,
).map("".join)


@settings(deadline=None)
@given(hostile, hostile)
def test_data_is_never_read_as_a_template(first: str, second: str) -> None:
    template = compile_template("<{{ input.a }}|{{ input.b }}>", NAMES)
    rendered = template.render({"input": {"a": first, "b": second}, "vars": "SECRET"})
    assert rendered == f"<{first}|{second}>"


@settings(deadline=None)
@given(hostile)
def test_every_text_can_be_escaped(text: str) -> None:
    escaped = re.sub(r"(\\*)\{\{", r"\1\1\\{{", text)
    assert compile_template(escaped, NAMES).render({}) == text
