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


FORK = (node("a"), node("b"), node("c"))


def skippable(document: dict[str, Any]) -> list[tuple[str | None, str]]:
    found = [p for p in check(parse(document)) if p.code == "may-be-skipped"]
    return [(p.node_id, p.pointer) for p in found]


def pruned(reader: dict[str, Any]) -> dict[str, Any]:
    """`b` is skipped unless its condition holds, and `d` runs in any case."""
    edges = (edge("a", "b", condition="input.x"), edge("a", "d"), edge("b", "d"))
    return workflow(node("a"), node("b"), reader, edges=edges)


@pytest.mark.parametrize(
    ("reader", "place"),
    [
        (node("d", expression="b.output + 1"), "expression"),
        (node("d", expression="nodes['b'].output.score + 1"), "expression"),
        (node("d", "template", template="{{ b.output.text }}"), "template"),
        (node("d", "template", template='{{ nodes["b"].output | json }}'), "template"),
    ],
)
def test_a_reader_behind_a_closed_branch_is_warned(reader: dict[str, Any], place: str):
    assert skippable(pruned(reader)) == [("d", f"/nodes/2/config/{place}")]


@pytest.mark.parametrize(
    "reader",
    [
        node("d", expression="b.output if b.status == 'completed' else 0"),
        node("d", expression="b.output or a.output"),
        node("d", expression="b.output == null"),
        node("d", expression="b.status"),
        node("d", expression="b.visit + a.output"),
        node("d", "template", template="{{ b.output | default(1) }} {{ b.status }}"),
    ],
)
def test_a_reader_that_says_what_holds_then_is_not(reader: dict[str, Any]):
    assert skippable(pruned(reader)) == []


def test_the_condition_of_an_edge_is_addressed_as_such():
    document = pruned(node("d"))
    document["nodes"] += (node("e"),)
    document["edges"] += (edge("d", "e", condition="b.output > 1"),)
    assert skippable(document) == [("d", "/edges/3/condition")]


@pytest.mark.parametrize(
    "edges",
    [
        path("a", "b", "c", "d"),
        (*path("a", "b", "d"), *path("a", "c", "d")),
        (*path("a", "c", "d"), *path("a", "b", "d"), edge("d", "a", condition="d.visit < 3")),
        (*path("a", "b", "d"), edge("a", "c", condition="input.x"), edge("c", "d")),
    ],
    ids=["line", "fork and join", "fork and join in a loop", "beside a closed branch"],
)
def test_what_always_comes_before_is_not_warned_of(edges: tuple[dict[str, Any], ...]):
    start = node("a", "start")
    reader = node("d", expression="b.output + a.visit")
    assert skippable(workflow(start, node("b"), node("c"), reader, edges=edges)) == []


@pytest.mark.parametrize(
    "edges",
    [
        (edge("a", "b"), edge("b", "c"), edge("b", "d", on="error")),
        (*path("a", "b", "d"), edge("a", "d")),
        (edge("a", "c"), edge("c", "d", condition="c.visit < 3"), edge("d", "b"), edge("b", "c")),
    ],
    ids=["after a failure", "any join", "first turn"],
)
def test_what_may_not_have_completed_is_warned_of(edges: tuple[dict[str, Any], ...]):
    reader = node("d", expression="b.output + 1", join="any")
    assert skippable(workflow(*FORK, reader, edges=edges)) == [("d", "/nodes/3/config/expression")]


def test_a_choice_of_which_every_way_runs_a_node_is_no_doubt():
    document = workflow(
        node("a", "condition", expression="input.x"),
        *map(node, "bc"),
        node("d"),
        node("e", expression="d.output + a.output.route"),
        edges=(
            edge("a", "b", sourceHandle="true"),
            edge("a", "c", sourceHandle="false"),
            *path("b", "d", "e"),
            *path("c", "d"),
        ),
    )
    assert skippable(document) == []
