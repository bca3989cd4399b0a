"""Which requests are the same."""

from __future__ import annotations

from datetime import timedelta
from types import MappingProxyType
from typing import Any

import pytest

from services.domain.events.stops import Breakpoint
from services.domain.once import once
from services.usecases.debug_wishes import DebugRequest
from services.usecases.forks import ForkWish

ONE: dict[str, Any] = {"a": 1, "b": {"c": [1, 2], "d": None}}
TURNED: dict[str, Any] = {"b": {"d": None, "c": [1, 2]}, "a": 1}


@pytest.mark.parametrize(
    ("asked", "again"),
    [
        (ONE, TURNED),
        (ONE, MappingProxyType(TURNED)),
        (ForkWish(run_input=ONE), ForkWish(run_input=MappingProxyType(TURNED))),
        (timedelta(days=1), timedelta(hours=24)),
    ],
)
def test_a_request_is_the_same_in_whatever_order_it_is_written(asked: Any, again: Any) -> None:
    assert once("key", "fork", asked) == once("key", "fork", again)


@pytest.mark.parametrize(
    ("asked", "other"),
    [
        (ONE, ONE | {"a": True}),
        (ONE, ONE | {"a": 1.0}),
        (ONE, ONE | {"b": {"c": [2, 1], "d": None}}),
        (ForkWish(seq=1), ForkWish(seq=2)),
        (ForkWish(debug=DebugRequest()), ForkWish()),
        (
            DebugRequest(breakpoints=[Breakpoint(id="", node_id="a")]),
            DebugRequest(breakpoints=[Breakpoint(id="", node_id="b")]),
        ),
    ],
)
def test_a_request_for_something_else_is_another_one(asked: Any, other: Any) -> None:
    assert once("key", "fork", asked) != once("key", "fork", other)


def test_without_a_key_every_request_is_new() -> None:
    assert once(None, ONE) is None
