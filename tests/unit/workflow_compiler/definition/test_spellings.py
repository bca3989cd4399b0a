"""Every accepted spelling comes to the same canonical form, and knows where its parts stood."""

from typing import Any

import pytest

from workflow_compiler import parse
from workflow_compiler.definition.spellings import TYPE_NAMES
from workflow_compiler.errors import Severity

CANONICAL = {
    "name": "triage",
    "nodes": [
        {"id": "check", "type": "condition", "name": "Hot?", "config": {"expression": "input.hot"}},
        {"id": "call", "type": "python", "config": {"function": "call"}, "timeout_seconds": 5},
        {"id": "archive", "type": "end"},
    ],
    "edges": [
        {"source": "check", "target": "call", "sourceHandle": "true"},
        {"source": "check", "target": "archive", "default": True},
        {"source": "call", "target": "archive", "on": "error"},
    ],
}

SEED_NAMES = {
    "name": "triage",
    "nodes": [
        {
            "id": "check",
            "type": "conditional",
            "name": "Hot?",
            "config": {"expression": "input.hot"},
        },
        {"id": "call", "type": "custom", "config": {"function": "call"}, "timeout_seconds": 5},
        {"id": "archive", "type": "end"},
    ],
    "edges": [
        {"from_node_id": "check", "to_node_id": "call", "source_handle": "true"},
        {"from_node_id": "check", "to_node_id": "archive", "source_handle": "default"},
        {"from": "call", "to": "archive", "source_handle": "error"},
    ],
}

REACT_FLOW = {
    "name": "triage",
    "viewport": {"x": 0, "y": 0, "zoom": 1},
    "nodes": [
        {
            "id": "check",
            "type": "custom",
            "position": {"x": 1, "y": 2},
            "data": {"type": "condition", "label": "Hot?", "config": {"expression": "input.hot"}},
        },
        {
            "id": "call",
            "type": "machine",
            "selected": True,
            "data": {"function": "call", "timeout_seconds": 5},
        },
        {"id": "archive", "type": "end", "data": {}},
    ],
    "edges": [
        {"source": "check", "target": "call", "sourceHandle": "true", "animated": True},
        {"source": "check", "target": "archive", "sourceHandle": None, "data": {"default": True}},
        {"source": "call", "target": "archive", "sourceHandle": "error", "targetHandle": None},
    ],
}

SHORT = """
name: triage
nodes:
  check:
    type: condition
    name: Hot?
    config: {expression: input.hot}
    next: {true: call, default: [archive]}
  call:
    type: python
    config: {function: call}
    timeout_seconds: 5
    next: {error: archive}
  archive: {type: end}
"""


def meaning(document: dict[str, Any] | str) -> dict[str, Any]:
    """The canonical form without what only an editor reads."""
    canonical = dict(parse(document).canonical())
    canonical.pop("ui", None)
    parts = [*canonical["nodes"], *canonical["edges"]]
    for part in parts:
        part.pop("ui", None)
    return canonical


@pytest.mark.parametrize(
    "document", [SEED_NAMES, REACT_FLOW, SHORT], ids=["seed", "editor", "short"]
)
def test_all_spellings_mean_the_same(document: dict[str, Any] | str):
    assert meaning(document) == meaning(CANONICAL)


@pytest.mark.parametrize(("old", "new"), TYPE_NAMES.items())
def test_older_type_names(old: str, new: str):
    assert parse({"name": "x", "nodes": [{"id": "a", "type": old}]}).nodes[0].type == new


def test_what_only_an_editor_reads_is_kept():
    definition = parse(REACT_FLOW)
    assert definition.ui == {"viewport": {"x": 0, "y": 0, "zoom": 1}}
    assert definition.nodes[0].ui == {"position": {"x": 1, "y": 2}}
    assert definition.nodes[1].ui == {"selected": True}
    assert definition.edges[0].ui == {"animated": True}


def test_data_beside_the_config_is_kept_for_the_editor():
    data = {"type": "end", "config": {}, "collapsed": True}
    definition = parse({"name": "x", "nodes": [{"id": "a", "data": data}]})
    assert definition.nodes[0].ui == {"data": {"collapsed": True}}


def test_a_key_of_our_own_named_data_is_no_editor_s():
    node = {"id": "a", "type": "end", "config": {}, "data": {"x": 1}}
    assert parse({"name": "x", "nodes": [node]}).nodes[0].ui == {"data": {"x": 1}}


@pytest.mark.parametrize("handle", [None, ""])
def test_an_empty_handle_is_none(handle: str | None):
    edge = {"source": "a", "target": "b", "sourceHandle": handle}
    assert parse({"name": "x", "edges": [edge]}).edges[0].source_handle is None


@pytest.mark.parametrize(("given", "handle"), [(True, "true"), (False, "false")])
def test_a_handle_may_be_a_boolean_of_yaml(given: bool, handle: str):
    edge = {"source": "a", "target": "b", "sourceHandle": given}
    assert parse({"name": "x", "edges": [edge]}).edges[0].source_handle == handle


@pytest.mark.parametrize(
    ("following", "edges"),
    [
        ("b", [("b", None)]),
        (["b", "c"], [("b", None), ("c", None)]),
        ({"high": "b", "low": ["c", "d"]}, [("b", "high"), ("c", "low"), ("d", "low")]),
        ([], []),
    ],
)
def test_next_stands_for_edges(following: Any, edges: list[tuple[str, str | None]]):
    definition = parse({"name": "x", "nodes": {"a": {"type": "start", "next": following}}})
    assert [(edge.target, edge.source_handle) for edge in definition.edges] == edges
    assert {edge.source for edge in definition.edges} <= {"a"}


def test_a_node_of_a_map_may_have_an_id_of_its_own():
    definition = parse({"name": "x", "nodes": {"key": {"id": "own", "type": "start", "next": "b"}}})
    assert definition.nodes[0].id == definition.edges[0].source == "own"


@pytest.mark.parametrize(
    ("document", "canonical", "given"),
    [
        (SEED_NAMES, "/edges/0/source", "/edges/0/from_node_id"),
        (REACT_FLOW, "/nodes/0/config/expression", "/nodes/0/data/config/expression"),
        (REACT_FLOW, "/nodes/1/config/function", "/nodes/1/data/function"),
        (REACT_FLOW, "/nodes/1/timeout_seconds", "/nodes/1/data/timeout_seconds"),
        (REACT_FLOW, "/edges/1/default", "/edges/1/data/default"),
        (SHORT, "/nodes/1/config", "/nodes/call/config"),
        (SHORT, "/edges/2", "/nodes/call/next"),
    ],
)
def test_parts_know_where_they_stood(document: dict[str, Any] | str, canonical: str, given: str):
    assert parse(document).source.pointer(canonical) == given


def test_a_misspelt_key_is_kept_with_a_warning():
    definition = parse({"name": "x", "nodes": [{"id": "a", "type": "end", "time_out_seconds": 5}]})
    [remark] = definition.source.remarks
    assert remark.severity is Severity.WARNING
    assert remark.hint == "did you mean 'timeout_seconds'?"
    assert definition.nodes[0].ui == {"time_out_seconds": 5}


def test_edges_that_only_show_where_a_body_begins_are_kept_for_the_editor():
    document = {
        "name": "editor",
        "nodes": [
            {"id": "loop", "type": "foreach", "data": {"items": "[1]"}},
            {"id": "a", "type": "template", "parentId": "loop", "data": {"template": "x"}},
            {"id": "b", "type": "template", "data": {"template": "y"}},
        ],
        "edges": [
            {"source": "loop", "target": "a", "sourceHandle": "body"},
            {"source": "loop", "target": "b", "sourceHandle": "done"},
            {"source": "b", "target": "nobody"},
        ],
    }
    definition = parse(document)
    assert [node.parent for node in definition.nodes] == [None, "loop", None]
    assert [(edge.source, edge.target, edge.source_handle) for edge in definition.edges] == [
        ("loop", "b", None),
        ("b", "nobody", None),
    ]
    assert definition.ui["body_edges"] == [document["edges"][0]]
    assert definition.source.pointer("/edges/1/target") == "/edges/2/target"
    assert definition.source.pointer("/nodes/1/parent") == "/nodes/1/parentId"


def test_a_way_called_done_is_that_of_its_node():
    router = {
        "id": "r",
        "type": "router",
        "config": {"cases": [{"handle": "done", "when": "true"}]},
    }
    edges = [{"source": "r", "target": "a", "sourceHandle": "done"}]
    definition = parse({"name": "x", "nodes": [router, {"id": "a", "type": "end"}], "edges": edges})
    assert definition.edges[0].source_handle == "done"


@pytest.mark.parametrize(
    ("handle", "empty"), [("error", {"on": None}), ("default", {"default": False})]
)
def test_a_handle_counts_beside_a_key_that_says_nothing(handle: str, empty: dict[str, Any]):
    nodes = [{"id": "a", "type": "start"}, {"id": "b", "type": "end"}]
    edges = [{"source": "a", "target": "b", "sourceHandle": handle, **empty}]
    [edge] = parse({"name": "x", "nodes": nodes, "edges": edges}).edges
    assert {"error": edge.on == "error", "default": edge.default}[handle]
