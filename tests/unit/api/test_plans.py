from __future__ import annotations

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
