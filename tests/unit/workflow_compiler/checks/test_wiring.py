"""Rules about types, handles and variables."""

from typing import Any

import pytest

from tests.unit.workflow_compiler.running import edge, node, workflow
from workflow_compiler import (
    NodeConfig,
    NodeType,
    Problem,
    Registry,
    check,
    default_registry,
    parse,
)
from workflow_compiler.errors import Severity
from workflow_compiler.registry import Fault

CASES = [{"handle": "high", "when": "input.score > 80"}]


def problems(document: dict[str, Any], registry: Registry | None = None) -> list[Problem]:
    return list(check(parse(document), registry))


def routed(*edges: dict[str, Any], default: str | None = "low") -> dict[str, Any]:
    router = node("route", "router", cases=CASES, default=default)
    return workflow(router, node("a"), node("b"), edges=edges)


def test_without_a_likely_name_the_known_types_are_listed():
    [problem] = problems(workflow(node("a", "zzz")))
    assert problem.hint is not None
    assert problem.hint.startswith("known types: agent, condition, emit, end")


@pytest.mark.parametrize("handle", ["high", "low", "default"])
def test_a_router_has_the_handles_of_its_cases_and_a_default(handle: str):
    document = routed(edge("route", "a", sourceHandle=handle), edge("route", "b", default=True))
    assert problems(document) == []


@pytest.mark.parametrize("handle", ["true", "false"])
def test_a_condition_has_two_handles(handle: str):
    document = workflow(
        node("a", "condition", expression="input.x"),
        node("b"),
        edges=(edge("a", "b", sourceHandle=handle), edge("a", "b", default=True)),
    )
    assert problems(document) == []


def test_another_node_has_no_handles_of_its_own():
    document = workflow(node("a"), node("b"), edges=(edge("a", "b", sourceHandle="true"),))
    [problem] = problems(document)
    assert (problem.code, problem.hint) == ("unknown-handle", "valid handles: 'default', 'error'")


def test_a_deciding_node_without_a_way_for_the_rest_gets_a_warning():
    [problem] = problems(
        routed(edge("route", "a", sourceHandle="high"), edge("route", "b", on="error"))
    )
    assert (problem.code, problem.severity) == ("no-default", Severity.WARNING)


def test_a_case_without_an_edge_gets_a_warning_where_there_is_no_default_for_it():
    [problem] = problems(routed(edge("route", "a", sourceHandle="low"), edge("a", "b")))
    assert (problem.code, problem.severity) == ("no-default", Severity.WARNING)
    assert "the case 'high' holds, which has no edge" in problem.message


def test_an_error_edge_of_a_deciding_node_needs_no_handle():
    edges = (edge("route", "a", sourceHandle="high"), edge("route", "b", on="error"))
    assert "missing-handle" not in {problem.code for problem in problems(routed(*edges))}


def test_a_type_may_find_fault_with_a_config():
    class Config(NodeConfig):
        size: int

    async def behave(config: Config, context: object) -> None: ...

    def review(config: Config) -> tuple[Fault, ...]:
        return (Fault(code="odd-size", message=f"{config.size} is odd", pointer="/size"),)

    picky = NodeType(name="picky", description="", config=Config, behaviour=behave, review=review)
    document = workflow(node("a", "picky", size=3))
    [problem] = problems(document, default_registry().with_types(picky))
    assert (problem.code, problem.pointer, problem.node_id) == (
        "odd-size",
        "/nodes/0/config/size",
        "a",
    )


def test_a_config_that_is_wrong_already_is_not_reviewed():
    document = workflow({"id": "a", "type": "python", "config": {}})
    assert [problem.code for problem in problems(document)] == ["invalid-config"]


def test_a_variable_can_be_declared_where_the_hint_says():
    [problem] = problems(workflow(node("a", "set", values={"total": "1"})))
    assert problem.hint == "add it to 'variables': {'total': {}}"
