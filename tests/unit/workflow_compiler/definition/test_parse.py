"""The front door: data, text or a file in, a definition out."""

from pathlib import Path
from typing import Any

import pytest

from workflow_compiler import Definition, DefinitionError, parse

TEXT = """
name: hello
nodes:
  greet: {type: template, config: {template: Hello}, next: end}
  end: {type: end}
"""


def test_data_text_and_file_give_the_same(tmp_path: Path):
    file = tmp_path / "hello.yaml"
    file.write_text(TEXT, encoding="utf-8")
    document = {
        "name": "hello",
        "nodes": [
            {"id": "greet", "type": "template", "config": {"template": "Hello"}},
            {"id": "end", "type": "end"},
        ],
        "edges": [{"source": "greet", "target": "end"}],
    }
    assert parse(file).canonical() == parse(TEXT).canonical() == parse(document).canonical()


def test_a_definition_survives_its_own_canonical_form():
    definition = parse(TEXT)
    assert parse(dict(definition.canonical())).canonical() == definition.canonical()


def test_the_given_document_is_left_as_it_was():
    document = {"name": "hello", "nodes": {"greet": {"type": "start", "next": []}}}
    parse(document)
    assert document == {"name": "hello", "nodes": {"greet": {"type": "start", "next": []}}}


def test_all_that_is_wrong_is_said_at_once_with_lines():
    text = "name: ''\nnodes:\n  - {id: a}\n  - {id: b, type: start, join: some}\n"
    with pytest.raises(DefinitionError) as caught:
        parse(text)
    found = {(problem.pointer, problem.line) for problem in caught.value.problems}
    assert found == {("/name", 1), ("/nodes/0", 3), ("/nodes/1/join", 4)}


def codes(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(DefinitionError) as caught:
        parse(document)
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


STEP = {"type": "transform", "config": {"expression": "1"}}


@pytest.mark.parametrize(
    ("broken", "pointer"),
    [
        ({"id": "a", **STEP, "timeout_seconds": "soon"}, "/nodes/0/timeout_seconds"),
        ({"id": "a", "config": {}}, "/nodes/0"),
        ({"id": "a", "type": 3}, "/nodes/0/type"),
        ({"id": "a", "type": "transform", "config": []}, "/nodes/0/config"),
        ({"id": "", **STEP}, "/nodes/0/id"),
        ("a", "/nodes/0"),
    ],
)
def test_a_malformed_node_hides_nothing_and_makes_no_noise(broken: Any, pointer: str):
    named = isinstance(broken, dict) and broken["id"]
    nodes = [broken, {"id": "b", **STEP}, {"id": "c", "type": "no-such"}]
    edges = [{"source": "a", "target": "b"}] if named else []
    edges += [{"source": "b", "target": "c"}]
    found = codes({"name": "x", "nodes": nodes, "edges": edges})
    assert found == [("invalid-shape", pointer), ("unknown-type", "/nodes/2/type")]


@pytest.mark.parametrize(
    ("broken", "pointer"),
    [
        ({"source": "a"}, "/edges/0"),
        ({"source": "a", "target": 5}, "/edges/0/target"),
        ({"source": "a", "target": "b", "condition": 5}, "/edges/0/condition"),
        ({"source": "a", "target": "b", "default": "maybe"}, "/edges/0/default"),
        ({"source": "a", "target": "b", "default": True, "on": "error"}, "/edges/0"),
        ({"source": "a", "target": "b", "sourceHandle": "x", "on": "error"}, "/edges/0"),
        ({"source": "a", "target": "b", "sourceHandle": "x", "default": True}, "/edges/0"),
        ({"source": "a", "target": "b", "sourceHandle": "x", "condition": "true"}, "/edges/0"),
        ({"source": "a", "target": "b", "on": "failure"}, "/edges/0/on"),
        (None, "/edges/0"),
    ],
)
def test_a_malformed_edge_hides_nothing_and_makes_no_noise(broken: Any, pointer: str):
    nodes = [{"id": "a", **STEP}, {"id": "b", **STEP}]
    edges = [broken, {"source": "a", "target": "b"}, {"source": "b", "target": "c"}]
    found = codes({"name": "x", "nodes": nodes, "edges": edges})
    assert ("invalid-shape", pointer) in found
    assert {place for _, place in found} == {pointer, "/edges/2/target"}


def test_malformed_keys_of_the_whole_hide_nothing():
    document = {
        "name": "",
        "variables": {"x": {"reducer": 4}, "y": {"reducer": "nope"}},
        "limits": 7,
        "output": [],
        "nodes": [{"id": "a", "type": "set", "config": {"values": {"x": "1"}}}],
    }
    found = [("invalid-shape", p) for p in ("/name", "/variables/x/reducer", "/output", "/limits")]
    assert codes(document) == [*found, ("unknown-reducer", "/variables/y/reducer")]


def test_what_is_left_out_shifts_no_address():
    text = """
name: x
nodes:
  - 3
  - {id: a, type: transform, data: {expression: 1 +}}
edges:
  - {from: a}
  - {from: a, to: gone}
"""
    with pytest.raises(DefinitionError) as caught:
        parse(text)
    assert {(p.pointer, p.line) for p in caught.value.problems} == {
        ("/nodes/0", 4),
        ("/nodes/1/data/expression", 5),
        ("/edges/0", 7),
        ("/edges/1/to", 8),
    }


@pytest.mark.parametrize("document", [{"name": "x", "nodes": 5}, {"nodes": None, "edges": 1}])
def test_where_there_are_no_nodes_to_be_read_none_are_missed(document: dict[str, Any]):
    assert {code for code, _ in codes(document)} == {"invalid-shape"}


def test_a_long_value_is_cut_in_the_message():
    with pytest.raises(DefinitionError) as caught:
        parse({"name": "x" * 300})
    assert len(caught.value.problems[0].message) < 140


@pytest.mark.parametrize("document", ["[]", "just text", "3", "", "null"])
def test_a_definition_is_an_object(document: str):
    with pytest.raises(DefinitionError) as caught:
        parse(document)
    assert caught.value.problems[0].code == "no-object"


@pytest.mark.parametrize(
    "document",
    [
        {"name": "x", "nodes": 3},
        {"name": "x", "nodes": [3]},
        {"name": "x", "nodes": {"a": None}},
        {"name": "x", "nodes": [{"type": "start", "ui": 3, "data": {"config": {}, "x": 1}}]},
        {"name": "x", "edges": "a -> b"},
        {"name": "x", "edges": {"a": {"source": "a", "target": "b"}}},
        {"name": "x", "edges": [None]},
        {"name": "x", "edges": [{"source": {}, "target": []}]},
        {"name": "x", "nodes": [{"id": "a", "type": ["start"], "next": 3}]},
        {"name": "x", "nodes": [{"id": "a", "type": "start", "config": None}]},
        {"name": "x", "nodes": {"a": {"type": "start", "next": {"x": {"y": 1}}}}},
        {"name": "x", "nodes": [{"id": "a", "type": "start", "ui": 3, "color": "red"}]},
        {"name": "x", "ui": ["x"], "viewport": {}},
        {"name": "x", "ui": [], "viewport": {}},
    ],
)
def test_values_of_a_wrong_kind_are_refused_and_never_crash(document: dict[str, object]):
    with pytest.raises(DefinitionError):
        parse(document)


def test_what_is_left_out_has_its_default():
    assert parse({"name": "x"}).canonical() == Definition(name="x").canonical()


@pytest.mark.parametrize(
    ("part", "pointer", "hint"),
    [
        ({"limits": {"max_step": 5}}, "/limits/max_step", "did you mean 'max_steps'?"),
        (
            {"limits": {"x": 5}},
            "/limits/x",
            "known keys: max_steps, max_concurrency, deadline_seconds",
        ),
        (
            {"defaults": {"retry": {"max_attempt": 2}}},
            "/defaults/retry/max_attempt",
            "did you mean 'max_attempts'?",
        ),
        ({"variables": {"n": {"reduce": "add"}}}, "/variables/n/reduce", "did you mean 'reducer'?"),
    ],
)
def test_an_unknown_key_of_a_part_is_told_with_those_that_are_known(
    part: dict[str, Any], pointer: str, hint: str
) -> None:
    document = {"name": "x", "nodes": [{"id": "a", "type": "start"}], "edges": [], **part}
    with pytest.raises(DefinitionError) as caught:
        parse(document)
    [fault] = caught.value.problems
    key = pointer.rsplit("/", 1)[1]
    assert (fault.code, fault.pointer) == ("invalid-shape", pointer)
    assert (fault.message, fault.hint) == (f"the key {key!r} is not known", hint)
