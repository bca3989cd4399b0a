"""Rules about the graph: what the fixtures of `fixtures/broken` do not say already."""

from time import process_time
from typing import Any

import pytest

from tests.unit.workflow_compiler.running import edge, node, path, workflow
from workflow_compiler import check, parse
from workflow_compiler.checks import structure
from workflow_compiler.checks.structure import MAX_EDGES, MAX_NODES
from workflow_compiler.expressions.names import MAX_GUESSES
from workflow_compiler.topology import joins

ABC = (node("a"), node("b"), node("c"))


def codes(document: dict[str, Any]) -> list[str]:
    return [problem.code for problem in check(parse(document))]


@pytest.mark.parametrize(
    "edges",
    [
        (edge("a", "b"), edge("b", "b")),
        (edge("a", "b"), edge("b", "c"), edge("c", "b")),
        (edge("a", "b"), edge("b", "b", default=True)),
        (edge("a", "b"), edge("b", "c", condition="true"), edge("c", "b"), edge("b", "b")),
    ],
    ids=["self", "two", "only default", "fork that stays"],
)
def test_a_cycle_without_an_exit_is_endless(edges: tuple[dict[str, Any], ...]):
    assert "endless-cycle" in codes(workflow(*ABC, edges=edges))


@pytest.mark.parametrize(
    "edges",
    [
        (edge("a", "b"), edge("b", "b", condition="b.visit < 3")),
        (edge("a", "b"), edge("b", "c", condition="true"), edge("b", "b", default=True)),
        (*path("a", "b", "c"), edge("c", "b", on="error")),
    ],
    ids=["by condition", "by default", "by error"],
)
def test_a_cycle_that_can_be_left_is_fine(edges: tuple[dict[str, Any], ...]):
    assert "endless-cycle" not in codes(workflow(*ABC, edges=edges))


def test_a_start_is_a_root_even_when_edges_lead_back_to_it():
    document = workflow(
        node("a", "start"),
        node("b"),
        edges=(edge("a", "b"), edge("b", "a", condition="b.visit < 2")),
    )
    assert codes(document) == []


def test_two_conditional_edges_may_lead_to_the_same_node():
    edges = (edge("a", "b", condition="input.x"), edge("a", "b", condition="input.y"))
    assert codes(workflow(node("a"), node("b"), edges=edges)) == []


def test_the_config_of_a_node_whose_id_is_taken_is_checked_as_well():
    twice = node("a", expression="nobody"), node("a", expression="1", more="x")
    problems = check(parse(workflow(*twice)))
    found = sorted((problem.code, problem.pointer) for problem in problems)
    assert ("invalid-config", "/nodes/1/config/more") in found
    assert ("invalid-expression", "/nodes/0/config/expression") in found


def test_an_edge_id_stands_once():
    edges = (edge("a", "b", id="e"), edge("a", "c", id="e"))
    assert codes(workflow(*ABC, edges=edges)) == ["duplicate-id", "duplicate-id"]


def test_one_mistake_does_not_hide_another():
    document = workflow(
        node("a"), node("a"), node("b", "no-such"), edges=(edge("a", "b"), edge("a", "c"))
    )
    assert set(codes(document)) == {"duplicate-id", "unknown-type", "dangling-edge"}


@pytest.mark.parametrize(("what", "limit"), [("nodes", MAX_NODES), ("edges", MAX_EDGES)])
def test_a_workflow_can_be_too_large(what: str, limit: int):
    problem = structure._too_many(what, limit + 1, limit)
    assert (problem.code, problem.pointer) == ("too-large", f"/{what}")


def test_too_many_nodes_are_a_problem():
    document = workflow(*(node(f"n{i}", "start") for i in range(MAX_NODES + 1)))
    assert "too-large" in codes(document)


def test_a_chain_of_ten_thousand_nodes_is_checked_within_two_seconds():
    ids = [f"n{i}" for i in range(MAX_NODES)]
    definition = parse(workflow(*map(node, ids), edges=path(*ids)))
    began = process_time()
    assert check(definition) == ()
    assert process_time() - began < 2


def test_joins_that_would_have_to_know_too_much_are_refused(monkeypatch: pytest.MonkeyPatch):
    """Two rows that may or may not run: no join can take for granted that the other row comes."""
    monkeypatch.setattr(joins, "MAX_STEPS", 1_000)
    rows = [path("root", *(f"{row}{n}" for n in range(20))) for row in "ab"]
    begins = [edge("root", f"{row}0", condition="input.x") for row in "ab"]
    rungs = [edge(f"a{n}", f"b{n}", condition="input.x") for n in range(20)]
    names = ["root", *(f"{row}{n}" for n in range(20) for row in "ab")]
    edges = (*begins, *rows[0][1:], *rows[1][1:], *rungs)
    [problem] = check(parse(workflow(*map(node, names), edges=edges)))
    assert (problem.code, problem.node_id is not None) == ("too-large", True)


@pytest.mark.parametrize(("depth", "found"), [(50, []), (65, ["too-large"]), (600, ["too-large"])])
def test_loops_are_nested_so_deep_and_no_deeper(depth: int, found: list[str]):
    names = [f"n{number}" for number in range(2 * depth + 1)]
    edges = [*path(*names[: depth + 1])]
    edges += [
        way
        for number in range(depth)
        for way in (
            edge(names[depth + number], names[depth - number - 1], condition="input.x"),
            edge(names[depth + number], names[depth + number + 1], default=True),
        )
    ]
    nodes = [node(names[0], "start"), *map(node, names[1:])]
    assert codes(workflow(*nodes, edges=tuple(edges))) == found


KNOWN, MANY = node("known"), range(MAX_GUESSES + 5)


@pytest.mark.parametrize(
    "document",
    [
        workflow(KNOWN, edges=tuple(edge("known", f"known{n}") for n in MANY)),
        workflow(KNOWN, *(node(f"x{n}", parent=f"known{n}") for n in MANY)),
        workflow(KNOWN, *(node(f"x{n}", expression=f"known{n}.output") for n in MANY)),
        workflow(KNOWN, *(node(f"x{n}", expression=f"nodes['known{n}'].output") for n in MANY)),
    ],
    ids=["edges", "parents", "names", "ids"],
)
def test_of_many_unknown_names_only_the_first_are_compared_with_all_others(
    document: dict[str, Any],
):
    hints = [problem.hint for problem in check(parse(document)) if problem.hint]
    assert len(hints) == MAX_GUESSES
    assert all(hint.startswith("did you mean") for hint in hints)
