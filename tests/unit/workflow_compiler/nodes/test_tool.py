from typing import Any

import pytest

from workflow_compiler import check, default_registry, knowing_tools, parse


def one(kind: str, **config: Any) -> Any:
    node = {"id": "n", "type": kind, "config": config}
    return parse({"name": "one", "nodes": [node], "edges": []})


AGENT = {"model": "scripted", "prompt": "Go"}


@pytest.mark.parametrize(
    ("definition", "pointer"),
    [
        (one("tool", tool="wether"), "/nodes/0/config/tool"),
        (one("agent", **AGENT, tools=["weather", "wether"]), "/nodes/0/config/tools/1"),
    ],
)
def test_an_unknown_tool_is_a_problem_where_tools_are_known(definition: Any, pointer: str) -> None:
    (problem,) = check(definition, knowing_tools(default_registry(), {"weather"}))
    assert (problem.code, problem.pointer) == ("unknown-tool", pointer)
    assert problem.hint == "did you mean 'weather'?"
    assert check(definition, default_registry()) == ()


def test_a_tool_of_a_server_has_the_server_s_name_in_front_of_its_own() -> None:
    known = knowing_tools(default_registry(), {"maps_find", "files_find", "other"})
    (problem,) = check(one("tool", tool="find"), known)
    assert problem.hint == "did you mean 'files_find' or 'maps_find'?"


@pytest.mark.parametrize("schema", [{"type": "array"}, {"type": "objekt"}, {}])
def test_an_agent_needs_the_schema_of_an_object(schema: dict[str, Any]) -> None:
    (problem,) = check(one("agent", **AGENT, output_schema=schema))
    assert (problem.code, problem.pointer) == ("invalid-schema", "/nodes/0/config/output_schema")
