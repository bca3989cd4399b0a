from typing import Any

import pytest

from workflow_compiler import CompiledWorkflow, RunContext, check, compile_workflow, parse
from workflow_compiler.errors import ErrorType
from workflow_compiler.lower import NodeFailedError
from workflow_compiler.trace import AttemptFailed, Emitted, Record


def one(kind: str, config: dict[str, Any], **extra: Any) -> Any:
    node = {"id": "n", "type": kind, "config": config}
    return parse({"name": "one", "nodes": [node], "edges": [], **extra})


async def told_by(compiled: CompiledWorkflow, told: list[Record]) -> Any:
    state = compiled.initial_state({"total": 12})
    ended = await compiled.graph.ainvoke(state, context=RunContext(tap=told.append))
    return ended["nodes"]["n"]["output"]


async def test_emit_tells_watchers_and_gives_out_the_same() -> None:
    told: list[Record] = []
    config = {"name": "order.paid", "data": {"total": "{{ input.total }}"}}
    assert await told_by(compile_workflow(one("emit", config)), told) == {"total": 12}
    (emitted,) = (record for record in told if isinstance(record, Emitted))
    assert (emitted.name, emitted.payload) == ("order.paid", {"total": 12})


async def test_fail_ends_the_run_with_its_error_at_the_first_attempt() -> None:
    told: list[Record] = []
    defaults = {"retry": {"max_attempts": 3}}
    config = {"message": "only {{ input.total }} left"}
    compiled = compile_workflow(one("fail", config, defaults=defaults))
    with pytest.raises(NodeFailedError, match="only 12 left") as caught:
        await told_by(compiled, told)
    assert caught.value.failure.type is ErrorType.EXECUTION
    assert sum(isinstance(record, AttemptFailed) for record in told) == 1


@pytest.mark.parametrize("kind", ["OOPS", "{{ input.kind }}"])
def test_fail_knows_the_types_of_errors(kind: str) -> None:
    (problem,) = check(one("fail", {"type": kind, "message": "x"}))
    assert (problem.code, problem.pointer) == ("invalid-config", "/nodes/0/config/type")
    assert "'CONNECTIVITY', 'TIMEOUT'" in problem.message
