"""`condition` and `router` on LangGraph."""

from typing import Any

import pytest

from tests.unit.workflow_compiler.running import Document, edge, node, run, workflow
from workflow_compiler.errors import ErrorType


def router(default: str | None = "rest", **more: Any) -> Document:
    cases = [
        {"handle": "high", "when": "input.score > 80"},
        {"handle": "even", "when": "input.score % 2 == 0"},
    ]
    edges = [
        edge("route", "a", sourceHandle="high"),
        edge("route", "b", sourceHandle="even"),
        *([edge("route", "c", sourceHandle=default)] if default else []),
    ]
    route = node("route", "router", cases=cases, default=default)
    return workflow(route, *map(node, "abc"), edges=tuple(edges), **more)


@pytest.mark.parametrize(
    ("x", "handle"), [(True, "true"), (0, "false"), ("", "false"), ([1], "true")]
)
async def test_a_condition_leaves_by_what_its_expression_gives(x: Any, handle: str):
    edges = (edge("ask", "a", sourceHandle="true"), edge("ask", "b", sourceHandle="false"))
    ask = node("ask", "condition", expression="input.x")
    outcome = await run(workflow(ask, *map(node, "ab"), edges=edges), {"x": x})
    assert outcome.state["nodes"]["ask"]["output"] == {"route": handle}
    assert outcome.visits == {"ask": 1, {"true": "a", "false": "b"}[handle]: 1}


@pytest.mark.parametrize(
    ("score", "handle", "target"), [(90, "high", "a"), (4, "even", "b"), (3, "rest", "c")]
)
async def test_a_router_leaves_by_its_first_case_that_holds(score: int, handle: str, target: str):
    outcome = await run(router(), {"score": score})
    assert outcome.state["nodes"]["route"]["output"] == {"route": handle}
    assert outcome.visits == {"route": 1, target: 1}


async def test_without_a_default_no_route_is_a_failure():
    outcome = await run(router(default=None), {"score": 3})
    assert outcome.error is not None
    assert (outcome.error.node_id, outcome.error.failure.type) == ("route", ErrorType.NO_ROUTE)


async def test_a_condition_that_holds_never_takes_the_way_of_false():
    ask = node("ask", "condition", expression="input.x")
    document = workflow(ask, node("a"), edges=(edge("ask", "a", sourceHandle="false"),))
    outcome = await run(document, {"x": True})
    assert outcome.error is not None
    assert outcome.error.failure.type is ErrorType.NO_ROUTE
    assert "'true'" in outcome.error.failure.message


async def test_a_case_without_an_edge_leads_to_the_default_edge():
    document = router()
    document["edges"][0] = edge("route", "a", default=True)
    outcome = await run(document, {"score": 90})
    assert outcome.state["nodes"]["route"]["output"] == {"route": "high"}
    assert outcome.visits == {"route": 1, "a": 1}


async def test_a_condition_that_cannot_be_worked_out_is_never_false():
    outcome = await run(router(), {"score": "many"})
    assert outcome.error is not None
    assert outcome.error.failure.type is ErrorType.EXPRESSION


async def test_a_handle_may_open_several_edges():
    document = router()
    document["edges"].append(edge("route", "c", sourceHandle="high"))
    assert (await run(document, {"score": 90})).visits == {"route": 1, "a": 1, "c": 1}


async def test_a_default_edge_serves_where_no_handle_is_named():
    document = router(default=None)
    document["edges"].append(edge("route", "c", default=True))
    outcome = await run(document, {"score": 3})
    assert outcome.state["nodes"]["route"]["output"] == {"route": "default"}
    assert outcome.visits == {"route": 1, "c": 1}
