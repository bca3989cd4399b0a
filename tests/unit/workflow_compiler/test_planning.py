"""The plan: every decision, as data."""

from typing import Any

import pytest

from tests.unit.workflow_compiler.running import edge, node, path, workflow
from workflow_compiler import DefinitionError, NodeType, Plan, default_registry, parse, plan
from workflow_compiler.planning import SLOW, PlannedNode, Strategy
from workflow_compiler.registry import NoConfig, Work
from workflow_compiler.trace import EdgeKind


def planned(document: dict[str, Any]) -> dict[str, PlannedNode]:
    return {node.id: node for node in plan(parse(document)).nodes}


def diamond(**fork: Any) -> Plan:
    nodes = map(node, "abcd")
    edges = (edge("a", "b", **fork), edge("a", "c", **fork), *path("b", "d"), *path("c", "d"))
    return plan(parse(workflow(*nodes, edges=edges)))


def test_a_broken_definition_has_no_plan():
    with pytest.raises(DefinitionError, match="unknown-type"):
        plan(parse(workflow(node("a", "no-such"))))


def test_a_warning_forbids_nothing():
    document = workflow(
        node("a", "condition", expression="true"),
        node("b"),
        edges=(edge("a", "b", sourceHandle="true"),),
    )
    assert plan(parse(document)).nodes[0].routes.required


def test_branches_that_run_together_meet_in_an_inclusive_join():
    assert [node.strategy for node in diamond().nodes] == [
        Strategy.SINGLE,
        Strategy.SINGLE,
        Strategy.SINGLE,
        Strategy.INCLUSIVE,
    ]


def test_branches_of_one_choice_need_no_join():
    document = workflow(
        node("a", "condition", expression="input.x"),
        *map(node, "bcd"),
        edges=(
            edge("a", "b", sourceHandle="true"),
            edge("a", "c", sourceHandle="false"),
            *path("b", "d"),
            *path("c", "d"),
        ),
    )
    made = plan(parse(document))
    assert (made.nodes[3].strategy, made.joins) == (Strategy.DIRECT, {})


def test_only_nodes_of_the_join_s_region_report():
    nodes = map(node, "xabcdy")
    edges = (*path("x", "a", "b", "d", "y"), *path("a", "c", "d"))
    made = plan(parse(workflow(*nodes, edges=edges)))
    reporting = [member.node for member in made.levels[0].members if member.reports]
    assert [made.nodes[number or 0].id for number in reporting] == ["b", "c"]


def test_an_edge_that_surely_gets_a_token_is_waited_for_without_asking():
    """Two rows with rungs: were joins told of all that is upstream, they would hear n² reports."""
    rows = [path(*(f"{row}{n}" for n in range(9))) for row in "ab"]
    rungs = [edge(f"a{n}", f"b{n}", condition="input.x") for n in range(1, 9)]
    nodes = (node(f"{row}{n}") for row in "ab" for n in range(9))
    made = plan(parse(workflow(*nodes, edges=(*rows[0], *rows[1], *rungs))))
    assert [len(rule.relevant) for rule in made.joins.values()] == [4] + [3] * 7


@pytest.mark.parametrize(
    ("own", "of_type", "of_definition", "seconds"),
    [(1, 2, 3, 1), (None, 2, 3, 2), (None, None, 3, 3), (None, None, None, 60)],
)
def test_whose_timeout_counts(own: Any, of_type: Any, of_definition: Any, seconds: float):
    async def behave(config: Any, context: Any) -> None: ...

    waits = NodeType(
        name="waits",
        description="",
        config=NoConfig,
        behaviour=behave,
        work=Work.IO,
        timeout_seconds=of_type,
    )
    document = workflow(
        node("a", "waits", timeout_seconds=own), defaults={"timeout_seconds": of_definition}
    )
    made = plan(parse(document), default_registry().with_types(waits))
    assert made.nodes[0].timeout_seconds == seconds


def test_a_computing_node_has_no_timer():
    [found] = planned(workflow(node("a", timeout_seconds=5))).values()
    assert (found.timeout_seconds, found.timer_seconds) == (5, None)


@pytest.mark.parametrize(
    ("own", "of_definition", "attempts"),
    [({"max_attempts": 2}, 3, 2), (None, 3, 3), (None, None, 1)],
)
def test_whose_retry_counts(own: Any, of_definition: int | None, attempts: int):
    defaults = {"retry": {"max_attempts": of_definition}} if of_definition else {}
    [found] = planned(workflow(node("a", retry=own), defaults=defaults)).values()
    assert found.retry.max_attempts == attempts


def test_every_edge_has_a_kind_and_a_telling_id():
    document = workflow(
        *map(node, "abcd"),
        edges=(
            edge("a", "b", condition="input.x"),
            edge("a", "b", condition="input.x"),
            edge("a", "c", default=True),
            edge("a", "d", on="error"),
            edge("b", "d", id="mine"),
        ),
    )
    edges = plan(parse(document)).edges
    assert [(e.id, e.kind) for e in edges] == [
        ("a->b:input.x", EdgeKind.CONDITION),
        ("a->b:input.x#2", EdgeKind.CONDITION),
        ("a->c:default", EdgeKind.DEFAULT),
        ("a->d:error", EdgeKind.ERROR),
        ("mine", EdgeKind.PLAIN),
    ]


def test_an_edge_of_a_router_knows_the_expression_that_opens_it():
    cases = [{"handle": "high", "when": "input.score > 80"}]
    document = workflow(
        node("a", "router", cases=cases, default="low"),
        *map(node, "bc"),
        edges=(edge("a", "b", sourceHandle="high"), edge("a", "c", sourceHandle="low")),
    )
    high, low = plan(parse(document)).edges
    assert (high.kind, high.condition) == (EdgeKind.CONDITION, "input.score > 80")
    assert (low.kind, low.condition, low.handle) == (EdgeKind.DEFAULT, None, "low")


def test_names_are_for_people():
    found = planned(workflow(node("a", name="First"), node("b")))
    assert [n.label for n in found.values()] == ["First", "b"]


@pytest.mark.parametrize(
    ("expression", "slow", "told"),
    [
        ("a.output", SLOW, False),
        ("a.status", SLOW, True),
        ("a.output", frozenset(Work), True),  # whoever stops a visit may ask
    ],
)
def test_skips_are_told_where_somebody_may_ask(
    expression: str, slow: frozenset[Work], told: bool
) -> None:
    nodes = (node("a"), node("b", expression=expression))
    choice = workflow(*nodes, edges=(edge("a", "b", condition="a.visit == 1"),))
    assert plan(parse(choice), slow=slow).tells_skips is told
    without = workflow(*nodes, edges=path("a", "b"))
    assert not plan(parse(without), slow=slow).tells_skips
