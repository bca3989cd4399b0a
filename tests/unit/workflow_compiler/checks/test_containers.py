"""Rules about containers: what the fixtures of `fixtures/broken` do not say already."""

from typing import Any

import pytest

from tests.unit.workflow_compiler.running import edge, node, path, workflow
from workflow_compiler import check, parse

LOOP = node("loop", "foreach", items="input.xs")
SAFE = node("safe", "try")
INNER = node("inner", expression="1", parent="safe")


def found(*nodes: dict[str, Any], edges: tuple[dict[str, Any], ...] = (), **more: Any) -> list[str]:
    problems = check(parse(workflow(*nodes, edges=edges, **more)))
    return [f"{problem.code} {problem.node_id or problem.pointer}" for problem in problems]


def test_a_body_reads_its_own_nodes_its_container_and_what_ran_before_it():
    inside = "item + index + a.output + before.output + loop.visit"
    nodes = (
        node("before", expression="1"),
        LOOP,
        node("a", expression="item", parent="loop"),
        node("b", expression=inside, parent="loop"),
    )
    assert found(*nodes, edges=(*path("before", "loop"), *path("a", "b"))) == []


def test_names_of_outer_containers_are_known_in_inner_ones():
    nodes = (
        SAFE,
        INNER,
        node("each", "foreach", items="[error]", parent="safe", slot="catch"),
        node("say", expression="[error.type, item, index]", parent="each"),
    )
    assert found(*nodes) == []


@pytest.mark.parametrize(
    ("expression", "hint"),
    [("item", "'body' of a 'foreach'"), ("error.type", "'catch' of a 'try'")],
)
def test_a_name_of_a_container_is_unknown_outside_of_it(expression: str, hint: str):
    [problem] = check(parse(workflow(node("a", expression=expression))))
    assert problem.code == "invalid-expression"
    assert hint in (problem.hint or "")


def test_what_comes_after_the_container_cannot_be_read_in_it():
    nodes = (LOOP, node("a", expression="later.output", parent="loop"), node("later"))
    assert found(*nodes, edges=path("loop", "later")) == ["read-before-run a"]


@pytest.mark.parametrize("reader", ["catch", "finally"])
def test_slots_do_not_read_each_other(reader: str):
    other = node("other", expression="inner.output", parent="safe", slot=reader)
    assert found(SAFE, INNER, other) == ["read-across-border other"]
    [problem] = check(parse(workflow(SAFE, INNER, other)))
    assert problem.hint == (
        "one slot of a container does not see another: write what it needs into a variable"
    )


def test_the_output_of_the_workflow_is_outside():
    assert found(SAFE, INNER, output={"x": "{{ inner.output }}"}) == [
        "read-across-border /output/x"
    ]


def test_rules_about_graphs_hold_in_each_slot():
    round_ = (*path("x", "y"), edge("y", "x"))
    nodes = (LOOP, node("x", parent="loop"), node("y", parent="loop"))
    assert found(*nodes, edges=round_) == ["no-root loop"]
    lost = (node("start", parent="loop"), *nodes)
    assert found(*lost, edges=round_) == ["unreachable-node x", "unreachable-node y"]
    begun = (node("first", "start", parent="loop"), *nodes)
    edges = (*path("first", "x"), *round_)
    assert found(*begun, edges=edges) == ["endless-cycle x"]


def test_nodes_of_an_unknown_type_are_told_of_once():
    assert found(node("box", "group"), node("a", parent="box")) == ["unknown-type box"]


def test_a_slot_without_a_parent_is_a_problem():
    assert found(node("a", slot="catch")) == ["unknown-slot a"]


def test_a_deep_tower_is_told_of_once_and_quickly():
    tower = [node(f"t{n}", "try", **({"parent": f"t{n - 1}"} if n else {})) for n in range(2_000)]
    problems = found(*tower, node("top", parent="t1999"))
    assert problems == ["too-nested t16"]
