"""The front door: data, text or a file in, a definition out."""

from pathlib import Path

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
        {"name": "x", "edges": [None]},
        {"name": "x", "edges": [{"source": {}, "target": []}]},
        {"name": "x", "nodes": [{"id": "a", "type": ["start"], "next": 3}]},
        {"name": "x", "nodes": [{"id": "a", "type": "start", "config": None}]},
        {"name": "x", "nodes": {"a": {"type": "start", "next": {"x": {"y": 1}}}}},
        {"name": "x", "nodes": [{"id": "a", "type": "start", "ui": 3, "color": "red"}]},
        {"name": "x", "ui": ["x"], "viewport": {}},
    ],
)
def test_values_of_a_wrong_kind_are_refused_and_never_crash(document: dict[str, object]):
    with pytest.raises(DefinitionError):
        parse(document)


def test_what_is_left_out_has_its_default():
    assert parse({"name": "x"}).canonical() == Definition(name="x").canonical()
