"""Node types whose behaviour chooses the way: declared handles, from the check to the route."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import Field

from workflow_compiler import (
    CompiledWorkflow,
    Definition,
    NodeConfig,
    NodeContext,
    NodeType,
    Registry,
    check,
    compile_workflow,
    default_registry,
    parse,
)
from workflow_compiler.lower import NodeFailedError
from workflow_compiler.ports import RunContext
from workflow_compiler.registry import Completed
from workflow_compiler.trace import Decision, EdgeKind, Record, VisitCompleted


class ReviewConfig(NodeConfig):
    verdict: str | None = Field(None, description="The handle to choose.")


async def _review(config: ReviewConfig, context: NodeContext) -> Completed:
    del context
    return Completed(output=config.verdict, handle=config.verdict)


REVIEW = NodeType(
    name="review",
    description="Chooses the handle that it is told.",
    config=ReviewConfig,
    behaviour=_review,
    handles=("approved", "rejected", "unclear"),
)
REGISTRY: Registry = default_registry().with_types(REVIEW)


def reviewing(verdict: str | None, *edges: dict[str, Any], **extra: Any) -> Definition:
    targets = dict.fromkeys(edge["target"] for edge in edges)
    nodes: list[dict[str, Any]] = [
        {"id": "ask", "type": "review", "config": {"verdict": verdict}, **extra},
        *({"id": target, "type": "end"} for target in targets),
    ]
    document = {"name": "review", "nodes": nodes}
    return parse(document | {"edges": [{"source": "ask", **edge} for edge in edges]})


APPROVED = {"target": "pay", "sourceHandle": "approved"}
REJECTED = {"target": "apologise", "sourceHandle": "rejected"}
OTHERWISE = {"target": "call", "default": True}
ALWAYS = {"target": "note"}
HOLDS = {"target": "count", "condition": "1 < 2"}


async def outcome(definition: Definition) -> tuple[set[str], list[Record]]:
    """The nodes that ran after the review, and what was told."""
    compiled: CompiledWorkflow = compile_workflow(definition, REGISTRY)
    told: list[Record] = []
    state = compiled.initial_state({})
    ended = await compiled.graph.ainvoke(state, context=RunContext(tap=told.append))
    return set(ended["nodes"]) - {"ask"}, told


@pytest.mark.parametrize(
    ("verdict", "edges", "taken"),
    [
        ("approved", [APPROVED, REJECTED, OTHERWISE], {"pay"}),
        ("rejected", [APPROVED, REJECTED, OTHERWISE], {"apologise"}),
        ("unclear", [APPROVED, REJECTED, OTHERWISE], {"call"}),
        ("unclear", [APPROVED, REJECTED], set()),
        (None, [APPROVED, OTHERWISE], {"call"}),
        (None, [APPROVED, ALWAYS], {"note"}),
        ("approved", [APPROVED, ALWAYS, HOLDS, OTHERWISE], {"pay", "note", "count"}),
        (None, [APPROVED, HOLDS, OTHERWISE], {"count"}),
        ("approved", [], set()),
    ],
)
async def test_the_chosen_handle_opens_its_edges(
    verdict: str | None, edges: list[dict[str, Any]], taken: set[str]
) -> None:
    ran, _ = await outcome(reviewing(verdict, *edges))
    assert ran == taken


async def test_with_first_routing_a_choice_comes_before_conditions() -> None:
    ran, _ = await outcome(reviewing("approved", HOLDS, APPROVED, routing="first"))
    assert ran == {"pay"}


async def test_every_decision_says_what_was_chosen() -> None:
    _, told = await outcome(reviewing("rejected", APPROVED, REJECTED, OTHERWISE))
    asked = next(r for r in told if isinstance(r, VisitCompleted) and r.node_id == "ask")
    assert asked.decisions == (
        Decision(edge=0, kind=EdgeKind.CONDITION, taken=False, result="rejected"),
        Decision(edge=1, kind=EdgeKind.CONDITION, taken=True, result="rejected"),
        Decision(edge=2, kind=EdgeKind.DEFAULT, taken=False),
    )


async def test_a_handle_that_was_not_declared_fails_the_node() -> None:
    with pytest.raises(NodeFailedError, match="chose the handle 'lost'; its type declares 'app"):
        await outcome(reviewing("lost", APPROVED))


async def test_branches_of_a_choice_meet_again_once() -> None:
    document = {
        "name": "diamond",
        "nodes": [
            {"id": "ask", "type": "review", "config": {"verdict": "approved"}},
            {"id": "pay", "type": "end"},
            {"id": "apologise", "type": "end"},
            {"id": "close", "type": "transform", "config": {"expression": "close.visit"}},
        ],
        "edges": [
            {"source": "ask", "target": "pay", "sourceHandle": "approved"},
            {"source": "ask", "target": "apologise", "sourceHandle": "rejected"},
            {"source": "pay", "target": "close"},
            {"source": "apologise", "target": "close"},
        ],
    }
    ran, told = await outcome(parse(document))
    assert ran == {"pay", "close"}
    assert [record.visit for record in told if record.node_id == "close"] == [1, 1]


def test_an_unknown_handle_is_a_problem_that_lists_the_valid_ones() -> None:
    (problem,) = check(
        reviewing("approved", {"target": "pay", "sourceHandle": "aproved"}), REGISTRY
    )
    assert problem.code == "unknown-handle"
    assert problem.hint == ("valid handles: 'approved', 'rejected', 'unclear', 'default', 'error'")


def test_a_loop_that_a_choice_may_leave_is_not_endless() -> None:
    document = {
        "name": "again",
        "nodes": [{"id": "start", "type": "start"}, {"id": "ask", "type": "review"}],
        "edges": [
            {"source": "start", "target": "ask"},
            {"source": "ask", "target": "ask", "sourceHandle": "unclear"},
        ],
    }
    assert [p.code for p in check(parse(document), REGISTRY)] == []
