"""How a new value of a variable meets the old one."""

from typing import Any

import pytest

from workflow_compiler import NodeError
from workflow_compiler.errors import ErrorType
from workflow_compiler.reducers import reduce_variable


@pytest.mark.parametrize(
    ("reducer", "old", "new", "value"),
    [
        ("replace", 1, 2, 2),
        ("append", [1], 2, [1, 2]),
        ("append", None, [2], [[2]]),
        ("extend", [1], [2, 3], [1, 2, 3]),
        ("extend", None, [2], [2]),
        ("add", 1, 2, 3),
        ("add", None, 2, 2),
        ("add", "a", "b", "ab"),
        ("merge", {"a": 1, "b": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ("merge", None, {"b": 2}, {"b": 2}),
    ],
)
def test_reducers(reducer: str, old: Any, new: Any, value: Any):
    assert reduce_variable("x", reducer, old, new) == value


@pytest.mark.parametrize(
    ("reducer", "old", "new"),
    [
        ("add", 1, "b"),
        ("append", 3, 1),
        ("append", 0, 1),
        ("append", "ab", 1),
        ("extend", [], "ab"),
        ("merge", 0, {}),
        ("extend", [], 1),
        ("merge", {}, 1),
    ],
)
def test_values_that_do_not_go_together(reducer: str, old: Any, new: Any):
    with pytest.raises(NodeError, match=f"variable 'x': cannot {reducer}") as caught:
        reduce_variable("x", reducer, old, new)
    assert caught.value.type is ErrorType.TRANSFORMATION


def test_the_old_value_is_left_as_it_was():
    old = [1]
    reduce_variable("x", "append", old, 2)
    assert old == [1]
