from __future__ import annotations

from typing import Any

from api.plans import plan_document
from workflow_compiler import parse, plan

JOINED = {
    "name": "joined",
    "nodes": [
        {"id": "begin", "type": "start"},
        {"id": "asks", "type": "condition", "config": {"expression": "input.ok"}},
        {"id": "left", "type": "transform", "config": {"expression": "1"}},
        {"id": "meet", "type": "end"},
    ],
    "edges": [
        {"source": "begin", "target": "asks"},
        {"source": "begin", "target": "left"},
        {"source": "asks", "target": "meet", "sourceHandle": "true"},
        {"source": "left", "target": "meet"},
    ],
}


def test_a_plan_speaks_of_nodes_and_edges_by_name() -> None:
    document = plan_document(plan(parse(JOINED)))
    nodes = {node.id: node for node in document.nodes}
    assert document.roots == ["begin"]
    assert nodes["begin"].routes.plain == ["begin->asks", "begin->left"]
    (case,) = nodes["asks"].routes.cases
    assert (case.handle, case.edges) == ("true", ["asks->meet:true"])
    assert nodes["meet"].strategy == "inclusive"
    assert set(nodes["meet"].awaits) == {"asks->meet:true", "left->meet"}


def racing(again: bool) -> dict[str, Any]:
    """Two ways that wait for the world, to one `any` join; one `again` and again, if it is so."""
    waits = [{"id": i, "type": "timer", "config": {"seconds": 1}} for i in ("slow", "quick")]
    nodes = [{"id": "go", "type": "start"}, *waits, {"id": "first", "type": "end", "join": "any"}]
    edges = [("go", "slow"), ("go", "quick"), ("slow", "first"), ("quick", "first")]
    document: dict[str, Any] = {"name": "race", "nodes": nodes}
    document["edges"] = [{"source": source, "target": target} for source, target in edges]
    if again:
        turn = {"source": "quick", "target": "quick", "condition": "quick.visit < 2"}
        document["edges"].append(turn)
    return document


def test_it_lists_races_and_the_joins_that_are_late() -> None:
    document = plan_document(plan(parse(racing(again=False))))
    assert (document.races, document.late) == ([["first"]], [])
    document = plan_document(plan(parse(racing(again=True))))
    assert document.races == []
    [late] = document.late
    assert (late.node, "loop" in late.reason) == ("first", True)
