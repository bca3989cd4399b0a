from __future__ import annotations

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import JsonError
from api.strict_json import MAX_DEPTH, read_json

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    # A lone surrogate has no UTF-8.
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
)


@given(VALUES)
def test_it_reads_what_json_writes(value: object) -> None:
    assert read_json(json.dumps(value).encode()) == value


@given(st.binary())
def test_bytes_are_json_or_refused(text: bytes) -> None:
    with suppress(JsonError):
        read_json(text)


def test_the_depth_is_bounded() -> None:
    read_json(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    with pytest.raises(JsonError) as refused:
        read_json(b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1))
    assert refused.value.code == "too-deep"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b'{"a": 1, "b": 2, "a": 3}', "duplicate-key"),
        (b'[{"x": {"y": 1, "y": 1}}]', "duplicate-key"),
        (b"[NaN]", "no-number"),
        (b"[1e400]", "no-number"),
        (b'"\\uDEAD"', "no-text"),
        (b"", "invalid-json"),
        (b"9" * 5_000, "invalid-json"),
        (b"[" * 200_000, "too-deep"),
    ],
)
def test_what_each_reader_reads_in_its_own_way_is_refused(text: bytes, code: str) -> None:
    with pytest.raises(JsonError) as refused:
        read_json(text)
    assert refused.value.code == code


def test_a_whole_surrogate_pair_is_a_character() -> None:
    assert read_json(b'"\\ud83d\\ude00"') == "\N{GRINNING FACE}"
