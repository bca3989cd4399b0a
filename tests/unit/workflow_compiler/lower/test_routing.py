"""Which edges are taken, and why."""

from typing import Any

import pytest

from workflow_compiler.errors import NoRouteError
from workflow_compiler.expressions import EvaluationError, Names, compile_expression
from workflow_compiler.lower.routing import route, route_failure
from workflow_compiler.planning import PlannedCase, Routes
from workflow_compiler.trace import Decision, EdgeKind

NAMES = Names(roots=frozenset({"input"}), nodes=frozenset())
PLAIN, DEFAULT, ERROR = 0, 8, 9


def case(expression: str, *edges: int, handle: str = "") -> PlannedCase:
    return PlannedCase(handle, compile_expression(expression, NAMES), edges)


def routes(*cases: PlannedCase, **more: Any) -> Routes:
    given = {"default": (DEFAULT,), "default_handle": None, "first": False, "required": False}
    return Routes(**{"plain": (PLAIN,), "cases": cases, "error": (ERROR,), **given, **more})


BIG, HUGE = case("input.x > 10", 1), case("input.x > 100", 2, 3)


@pytest.mark.parametrize(
    ("x", "first", "taken"),
    [
        (1, False, (PLAIN, DEFAULT)),
        (50, False, (PLAIN, 1)),
        (500, False, (PLAIN, 1, 2, 3)),
        (500, True, (PLAIN, 1)),
        (1, True, (PLAIN, DEFAULT)),
    ],
)
def test_edges_taken(x: int, first: bool, taken: tuple[int, ...]):
    assert route(routes(BIG, HUGE, first=first), {"input": {"x": x}}).taken == taken


def test_without_anything_to_judge_there_is_nothing_to_explain():
    found = route(routes(default=()), {})
    assert (found.taken, found.decisions) == ((PLAIN,), ())


def test_every_edge_is_explained():
    found = route(routes(BIG, HUGE), {"input": {"x": 50}})
    values = {"input.x": 50}
    asked = {"kind": EdgeKind.CONDITION, "values": values}
    assert found.decisions == (
        Decision(edge=1, taken=True, expression="input.x > 10", result=True, **asked),
        Decision(edge=2, taken=False, expression="input.x > 100", result=False, **asked),
        Decision(edge=3, taken=False, expression="input.x > 100", result=False, **asked),
        Decision(edge=DEFAULT, kind=EdgeKind.DEFAULT, taken=False),
    )


def test_what_comes_after_the_winner_is_not_judged():
    broken = case("input.missing.deep + 1 > 0", 2)
    found = route(routes(BIG, broken, first=True), {"input": {"x": 50}})
    assert [(d.edge, d.taken, d.result) for d in found.decisions] == [
        (1, True, True),
        (2, False, None),
        (DEFAULT, False, None),
    ]


def test_a_condition_that_cannot_be_worked_out_is_raised():
    with pytest.raises(EvaluationError):
        route(routes(BIG), {"input": {"x": "many"}})


@pytest.mark.parametrize(("x", "handle"), [(50, "big"), (1, "small")])
def test_the_handle_by_which_a_deciding_node_left(x: int, handle: str):
    deciding = routes(case("input.x > 10", 1, handle="big"), default_handle="small", required=True)
    assert route(deciding, {"input": {"x": x}}).handle == handle


def test_a_case_without_an_edge_leads_to_the_default_that_is_for_no_handle():
    more = {"plain": (), "default": (7, DEFAULT), "fallback": (DEFAULT,), "required": True}
    found = route(routes(case("true", handle="big"), default_handle="small", **more), {})
    assert (found.taken, found.handle) == ((DEFAULT,), "big")
    assert [(d.edge, d.taken) for d in found.decisions] == [(7, False), (DEFAULT, True)]


def test_a_case_without_an_edge_and_without_a_default_fails_by_name():
    deciding = routes(case("true", handle="big"), default_handle="small", required=True)
    with pytest.raises(NoRouteError, match="'big'"):
        route(deciding, {})


def test_a_deciding_node_without_a_way_fails():
    with pytest.raises(NoRouteError):
        route(routes(BIG, default=(), required=True), {"input": {"x": 1}})


def test_another_node_without_a_way_ends_there():
    assert route(routes(BIG, plain=(), default=()), {"input": {"x": 1}}).taken == ()


def test_a_failure_leaves_by_the_error_edges():
    found = route_failure(routes(BIG))
    assert found.taken == (ERROR,)
    assert found.decisions == (Decision(edge=ERROR, kind=EdgeKind.ERROR, taken=True),)
