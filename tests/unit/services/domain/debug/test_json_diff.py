"""Where two JSON values differ."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.debug.json_diff import MAX_DIFFERENCES, Change, differences, shortened

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize(
    ("before", "after", "found"),
    [
        ({"a": 1}, {"a": 1.0}, []),
        ({"a": 1}, {"a": True}, [("/a", Change.CHANGED, 1, True)]),
        ({"a": 0}, {"a": False}, [("/a", Change.CHANGED, 0, False)]),
        ({"a": 1}, {"b": 1}, [("/a", Change.REMOVED, 1, None), ("/b", Change.ADDED, None, 1)]),
        ([1, 2], [1], [("/1", Change.REMOVED, 2, None)]),
        ({"a": {"b": [{"c": 1}]}}, {"a": {"b": [{"c": 2}]}}, [("/a/b/0/c", Change.CHANGED, 1, 2)]),
        ({"a/b": 1}, {"a/b": 2}, [("/a~1b", Change.CHANGED, 1, 2)]),
        (None, {"a": 1}, [("", Change.CHANGED, None, {"a": 1})]),
        ({"a": None}, {}, [("/a", Change.REMOVED, None, None)]),
    ],
)
def test_each_place_is_named(before: Any, after: Any, found: list[Any]):
    told = differences(before, after)
    assert [(d.pointer, d.change, d.before, d.after) for d in told.items] == found
    assert bool(told) == bool(found)


@given(values, values)
def test_there_is_a_difference_if_and_only_if_the_values_differ(before: Any, after: Any):
    assert not differences(before, before)
    assert bool(differences(before, after)) == bool(differences(after, before))


def test_as_many_are_told_as_anybody_reads():
    told = differences(list(range(200)), list(range(1, 201)))
    assert (len(told.items), told.is_complete) == (MAX_DIFFERENCES, False)


def test_what_is_long_or_deep_is_cut():
    assert len(shortened("x" * 5_000)) < 1_100
    deep: Any = "end"
    for _ in range(10):
        deep = {"in": deep}
    assert shortened(deep) == {"in": {"in": {"in": {"in": "… (1 inside)"}}}}
