"""What behaviours give out becomes plain JSON, or fails with a reason."""

from datetime import UTC, datetime
from math import inf, nan
from typing import Any

import pytest

from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.lower.results import MAX_PAYLOAD, plain


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize(
    ("value", "made"),
    [
        (None, None),
        (0.1, 0.1),
        (2**70, 2**70),
        ((1, {2: "x"}), [1, {"2": "x"}]),
        (datetime(2026, 1, 1, tzinfo=UTC), "2026-01-01T00:00:00Z"),
        ("NaN", "NaN"),
    ],
)
def test_values_become_json(value: Any, made: Any):
    assert plain(value) == made


def test_what_a_behaviour_keeps_is_not_what_others_read():
    kept = {"items": [1]}
    made = plain(kept)
    kept["items"].append(2)
    assert made == {"items": [1]}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (nan, "not finite"),
        ({"a": [1, -inf]}, "not finite"),
        ("\ud800", "surrogates"),
        pytest.param(10**5000, "out of range", id="digits"),
        (nested(300), "depth"),
        (object(), "unknown type"),
    ],
)
def test_what_is_no_json_says_why(value: Any, reason: str):
    with pytest.raises(NodeError, match=reason) as caught:
        plain(value)
    assert caught.value.type is ErrorType.TRANSFORMATION


def test_a_result_has_a_largest_size():
    assert len(plain("x" * (MAX_PAYLOAD - 2))) == MAX_PAYLOAD - 2
    with pytest.raises(NodeError, match="larger than 2,097,152 bytes") as caught:
        plain("x" * (MAX_PAYLOAD - 1))
    assert caught.value.type is ErrorType.VALIDATION
