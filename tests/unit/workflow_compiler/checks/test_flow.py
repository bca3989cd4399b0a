"""Rules about who may read whose output."""

from typing import Any

import pytest

from tests.unit.workflow_compiler.running import edge, node, path, workflow
from workflow_compiler import check, parse


def too_early(document: dict[str, Any]) -> list[str | None]:
    return [p.node_id for p in check(parse(document)) if p.code == "read-before-run"]


@pytest.mark.parametrize(
    "reader",
    [
        node("a", expression="b.output"),
        node("a", "template", template="{{ b.output }}"),
        node("a", "template", template='{{ nodes["b"].output }}'),
        node("a", "set", values={"x": "b.visit"}),
    ],
    ids=["expression", "template", "by id", "nested"],
)
def test_what_comes_later_cannot_be_read(reader: dict[str, Any]):
    document = workflow(reader, node("b"), edges=path("a", "b"), variables={"x": {}})
    assert too_early(document) == ["a"]


def test_a_condition_of_an_edge_is_read_by_its_source():
    edges = (edge("a", "b", condition="b.output"),)
    assert too_early(workflow(node("a"), node("b"), edges=edges)) == ["a"]


def test_a_sibling_is_not_before():
    document = workflow(
        node("a"),
        node("b"),
        node("c", expression="b.output"),
        edges=(edge("a", "b"), edge("a", "c")),
    )
    assert too_early(document) == ["c"]


def test_what_came_before_may_be_read_however_far_up():
    document = workflow(
        node("a"), node("b"), node("c", expression="a.output"), edges=path("a", "b", "c")
    )
    assert too_early(document) == []


def test_in_a_loop_the_last_turn_comes_before():
    document = workflow(
        node("a"),
        node("b", expression="c.visit"),
        node("c"),
        edges=(*path("a", "b", "c"), edge("c", "b", condition="c.visit < 3")),
    )
    assert too_early(document) == []


def test_a_node_may_read_itself():
    assert too_early(workflow(node("a", expression="a.visit"))) == []


def test_the_output_may_read_every_node():
    assert too_early(workflow(node("a"), output={"x": "{{ a.output }}"})) == []
