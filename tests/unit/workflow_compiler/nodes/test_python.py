"""`python`: functions by name."""

import threading
from typing import Any

import pytest

from tests.unit.workflow_compiler.running import (
    Document,
    Outcome,
    PatientClock,
    node,
    path,
    run,
    workflow,
)
from workflow_compiler import NodeContext, RunContext, compile_workflow, default_registry, parse
from workflow_compiler.errors import ErrorType
from workflow_compiler.trace import Logged, ProgressReported, TextStreamed


def add(left: int, right: int = 1) -> int:
    return left + right


async def add_later(left: int, right: int = 1) -> int:
    return left + right


def where() -> int:
    return threading.get_ident()


async def report(context: NodeContext) -> str:
    context.report.progress(0.5, "half")
    context.report.progress(7)
    context.report.log("a line", level="warning")
    context.report.text("piece")
    return context.idempotency_key


async def fail(kind: str) -> None:
    kinds = {"os": ConnectionError, "access": PermissionError, "time": TimeoutError}
    raise kinds.get(kind, RuntimeError)(kind)


async def opaque() -> object:
    return object()


async def grow(items: list[int], deep: dict[str, list[int]], context: NodeContext) -> int:
    items.append(0)
    deep["items"].append(0)
    if context.attempt == 1:
        raise ConnectionError
    return len(items) + len(deep["items"])


FUNCTIONS = {f.__name__: f for f in (add, add_later, where, report, fail, opaque, grow)}
REGISTRY = default_registry(FUNCTIONS)


def call(function: str, **arguments: Any) -> Document:
    return workflow(node("a", "python", function=function, arguments=arguments))


async def calling(function: str, **arguments: Any) -> Outcome:
    return await run(call(function, **arguments), {"x": 2}, registry=REGISTRY, run_id="r1")


@pytest.mark.parametrize("function", ["add", "add_later"])
async def test_arguments_are_templates_by_keyword(function: str):
    outcome = await calling(function, left="{{ input.x }}", right=3)
    assert outcome.output == {"a": 5}


async def test_a_plain_function_does_not_stop_the_loop():
    assert (await calling("where")).output["a"] != threading.get_ident()


async def test_a_function_with_a_context_can_report():
    outcome = await calling("report")
    assert [(r.progress, r.message) for r in outcome.all(ProgressReported)] == [
        (0.5, "half"),
        (1, None),
    ]
    assert [(r.level, r.message) for r in outcome.all(Logged)] == [("warning", "a line")]
    assert [record.text for record in outcome.all(TextStreamed)] == ["piece"]
    assert outcome.output == {"a": "r1:a:1"}


@pytest.mark.parametrize("arguments", [{}, {"left": 1, "middle": 2}])
async def test_arguments_that_do_not_fit_are_a_validation_failure(arguments: dict[str, int]):
    outcome = await calling("add", **arguments)
    assert outcome.error is not None
    assert outcome.error.failure.type is ErrorType.VALIDATION


@pytest.mark.parametrize(
    ("kind", "error_type"),
    [
        ("os", ErrorType.CONNECTIVITY),
        ("access", ErrorType.SECURITY),
        ("time", ErrorType.TIMEOUT),
        ("other", ErrorType.EXECUTION),
    ],
)
async def test_exceptions_become_error_types(kind: str, error_type: ErrorType):
    outcome = await calling("fail", kind=kind)
    assert outcome.error is not None
    assert outcome.error.failure.type is error_type


async def test_a_function_that_changes_its_arguments_changes_nothing_else():
    """Neither the cached config, nor what the next attempt gets, nor the state."""
    arguments = {"items": "{{ first.output.items }}", "deep": {"items": [1]}}
    given: list[Document] = [
        node("first", expression={"items": "[1]"}),
        node("a", "python", function="grow", arguments=arguments, retry={"max_attempts": 2}),
        node("b", expression="[a.output, first.output.items]"),
    ]
    constant = node("c", "python", function="grow", arguments={"items": [1], "deep": {"items": []}})
    constant["retry"] = {"max_attempts": 2}
    document = workflow(
        *given,
        constant,
        edges=path("first", "a", "b", "c"),
        output={"b": "{{ b.output }}", "c": "{{ c.output }}"},
    )
    compiled = compile_workflow(parse(document), REGISTRY)
    for _ in range(2):
        context = RunContext(clock=PatientClock())
        ended = await compiled.graph.ainvoke(compiled.initial_state({}), context=context)
        assert compiled.output(ended) == {"b": [4, [1]], "c": 3}


async def test_a_result_that_is_no_json_is_a_failure():
    outcome = await calling("opaque")
    assert outcome.error is not None
    assert outcome.error.failure.type is ErrorType.TRANSFORMATION
