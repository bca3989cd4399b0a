"""What expressions mean."""

from typing import Any

import pytest

from workflow_compiler.errors import ErrorType
from workflow_compiler.expressions import EvaluationError, Names, compile_expression

NAMES = Names(
    roots=frozenset({"input", "context", "nodes"}), nodes=frozenset({"classify", "node-2"})
)
SCOPE: dict[str, Any] = {
    "input": {
        "n": 3,
        "f": 0.5,
        "name": "Ada",
        "items": [1, 2, 3],
        "from": "here",
        "get": "a key",
        "_id": 7,
        "none": None,
        "flag": True,
        "map": {"a": {"b": [10]}},
        "huge": 10**400,
        "inf": float("inf"),
    },
    "context": {"score": 85},
    "classify": {"output": {"score": 0.91}, "status": "completed"},
    "nodes": {"node-2": {"output": None}, "classify": {"output": {"score": 0.91}}},
}


def value(source: str) -> Any:
    return compile_expression(source, NAMES).evaluate(SCOPE)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("classify.output.score >= 0.8", True),
        ("context.get('score') >= 80", True),
        ("context.get('rank')", None),
        ("context.get('rank', 5)", 5),
        ("get(input, 'name', '?')", "Ada"),
        ("get(input, 'nme', '?')", "?"),
        ("input.items.get(9, 0)", 0),
        ("input.none.get('x', 1)", 1),
        ("input.none.x.y[0]", None),
        ("nodes['node-2'].output.text", None),
        ("nodes.classify.output.score", 0.91),
        ('input["name"]', "Ada"),
        ("input['na' + 'me']", "Ada"),
        ("input.get", "a key"),
        ("input.from", "here"),
        ("input . from", "here"),
        ("input['_id']", 7),
        ("input.items[-1]", 3),
        ("input.items[-3]", 1),
        ("input.items[input.n - 3]", 1),
        ("input.map.a.b[0]", 10),
        ("{'a': [1]}.a[0]", 1),
        ("true and not false", True),
        ("True && !False || None", True),
        ("!input.flag", False),
        ("input.none or 'else'", "else"),
        ("0 or '' or []", []),
        ("1 and 2 and 3", 3),
        ("1 and 0 and input.missing", 0),
        ("1 or input.missing", 1),
        ("1 < 2 < 3", True),
        ("1 < 2 > 2", False),
        ("1 < 5 < 3", False),
        ("3 < 2 < input.missing", False),
        ("'yes' if input.flag else input.missing", "yes"),
        ("2 in input.items", True),
        ("2 not in input.items", False),
        ("[1] in [[1], [2]]", True),
        ("'da' in input.name", True),
        ("'name' in input", True),
        ("1 in input", False),
        ("input.name in ('Ada', 'Bob')", True),
        ("1 == 1.0", True),
        ("1 == 'a'", False),
        ("null == None", True),
        ("[1, {'a': null}] == [1, {'a': null}]", True),
        ("[1] != [2]", True),
        ("'a' < 'b'", True),
        ("2 + 3 * 4 - 1", 13),
        ("-input.n + +1", -2),
        ("7 // 2 + 7 % 2", 4),
        ("1 / 4", 0.25),
        (".5 + 1. + 1e2", 101.5),
        ("'a' + \"b\"", "ab"),
        ("[1] + [2]", [1, 2]),
        ("{'a': input.n, \"b\": [true]}", {"a": 3, "b": [True]}),
        (r"'it\'s' + '\n' + '\u00e9' + r'\n'", "it's\n\u00e9\\n"),
        (r"'\d'", r"\d"),
        (" \n input.n\n  +\n 1 ", 4),
    ],
)
def test_value(source: str, expected: Any) -> None:
    result = value(source)
    assert result == expected
    assert type(result) is type(expected)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("input.nmae", ["no key 'nmae'", "'name'", "did you mean 'name'?", "'input.nmae'"]),
        ("input['nmae']", ["did you mean 'name'?"]),
        ("{}.a", ["it is empty"]),
        ("input.items[3]", ["no position 3 in a list of 3"]),
        ("input.items[-4]", ["no position -4"]),
        ("input.items['a']", ["a list"]),
        ("input.items[true]", ["by position, not by a boolean"]),
        ("input[1]", ["strings, not a number"]),
        ("input.name.first", ["a string"]),
        ("input.name[0]", ["a string"]),
        ("input.n > 'a'", ["a number and a string have no order", "input.n > 'a'"]),
        ("input.none >= 1", ["null and a number have no order"]),
        ("true < 2", ["a boolean and a number have no order"]),
        ("[1] < [2]", ["no order"]),
        ("1 < 2 < 'a'", ["no order"]),
        ("1 + true", ["+ needs two numbers, not a number and a boolean"]),
        ("'a' * 1000000000", ["* needs two numbers"]),
        ("'a%s' % 1", ["% needs two numbers"]),
        ("[1] * 2", ["* needs two numbers"]),
        ("'a' + 1", ["+ needs"]),
        ("-'a'", ["- needs a number"]),
        ("+input.none", ["+ needs a number"]),
        ("1 / 0", ["division by zero"]),
        ("1 % 0", ["division by zero"]),
        ("1e308 * 10", ["no finite number"]),
        ("input.inf", ["no finite number"]),
        ("input.huge / 2", ["too large a number"]),
        ("input.huge + 1", ["1,024 bits"]),
        ("1 in 2", ["a number contains nothing"]),
        ("1 in 'a'", ["a string contains strings"]),
        ("'a' in input.none", ["null contains nothing"]),
    ],
)
def test_data_that_does_not_fit_is_an_error_that_says_where(source: str, words: list[str]) -> None:
    with pytest.raises(EvaluationError) as caught:
        value(source)
    assert caught.value.type is ErrorType.EXPRESSION
    for word in words:
        assert word in caught.value.message


def test_a_message_names_keys_but_no_values() -> None:
    expression = compile_expression("input.pasword", NAMES)
    with pytest.raises(EvaluationError) as caught:
        expression.evaluate({"input": {"password": "hunter2"}})
    assert "'password'" in caught.value.message
    assert "hunter2" not in caught.value.message


def test_a_message_stays_short_however_large_the_data() -> None:
    expression = compile_expression("input.key", NAMES)
    with pytest.raises(EvaluationError) as caught:
        expression.evaluate({"input": {f"{'k' * 500}{i}": i for i in range(5_000)}})
    assert len(caught.value.message) < 1_000
    assert "4,990 more" in caught.value.message


def test_a_name_that_the_scope_lacks_is_an_error() -> None:
    with pytest.raises(EvaluationError, match="no value of this name here, in 'input'"):
        compile_expression("input.a", NAMES).evaluate({})


def test_a_root_shadows_a_node_of_its_name() -> None:
    names = Names(roots=frozenset({"input", "nodes"}), nodes=frozenset({"input"}))
    both = compile_expression("[input, nodes['input']]", names)
    assert both.evaluate({"input": 1, "nodes": {"input": 2}}) == [1, 2]
    assert both.references == {"input"}


def test_nodes_is_an_ordinary_name_where_it_is_no_root() -> None:
    names = Names(roots=frozenset(), nodes=frozenset({"nodes"}))
    assert compile_expression("nodes.output", names).evaluate({"nodes": {"output": 1}}) == 1


def test_look_up_calls_nothing_of_host_objects() -> None:
    class Host:
        def __getitem__(self, key: str) -> str:
            raise AssertionError(key)

        @property
        def secret(self) -> str:
            raise AssertionError

    with pytest.raises(EvaluationError, match="a Host"):
        compile_expression("input.secret", NAMES).evaluate({"input": Host()})
