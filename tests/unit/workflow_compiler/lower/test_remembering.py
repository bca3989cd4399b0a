"""Results that stand for the same node with the same input."""

from itertools import count
from typing import Any

import pytest

from tests.unit.workflow_compiler.running import Document, edge, node, path, run, workflow
from workflow_compiler import (
    Completed,
    NodeContext,
    NodeType,
    RunContext,
    compile_workflow,
    default_registry,
    parse,
)
from workflow_compiler.registry import NodeConfig
from workflow_compiler.trace import VisitCompleted, VisitFailed
from workflow_compiler.usage import Usage


class Shelf:
    """A cache that keeps everything."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.seconds: list[float] = []

    async def get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    async def put(self, key: str, value: bytes, ttl_seconds: float) -> None:
        self.kept[key] = value
        self.seconds.append(ttl_seconds)


class Config(NodeConfig):
    what: Any = None


def teller(**parts: Any) -> NodeType:
    """A type that counts its calls, chooses a way, writes a variable and costs something."""
    calls = count(1)

    async def tell(config: Config, context: NodeContext) -> Completed:
        del context
        if config.what == "fail":
            raise ConnectionError
        number = next(calls)
        usage = Usage(input_tokens=1, total_tokens=1, model="m")
        return Completed(output=number, variables={"last": number}, usage=usage, handle="left")

    made: dict[str, Any] = {"config": Config, "behaviour": tell, "handles": ("left", "right")}
    return NodeType(name="tell", description="Tells.", **made | parts)


def asking(what: Any = None, ttl_seconds: float = 5, **more: Any) -> Document:
    config = {} if what is None else {"what": what}
    nodes = (
        {
            "id": "a",
            "type": "tell",
            "config": config,
            "cache": {"ttl_seconds": ttl_seconds},
            **more,
        },
        node("l"),
        node("r"),
    )
    edges = (edge("a", "l", sourceHandle="left"), edge("a", "r", sourceHandle="right"))
    return workflow(*nodes, edges=edges, variables={"last": {}}, output={"last": "{{ vars.last }}"})


async def test_a_result_is_used_again_with_all_that_belongs_to_it():
    registry, shelf = default_registry().with_types(teller()), Shelf()
    first = await run(asking(), registry=registry, node_cache=shelf)
    again = await run(asking(), registry=registry, node_cache=shelf)
    told = [outcome.all(VisitCompleted)[0] for outcome in (first, again)]
    assert [(r.output, r.cached, r.usage and r.usage.total_tokens) for r in told] == [
        (1, False, 1),
        (1, True, None),
    ]
    assert (again.output, again.visits["l"], again.visits["r"]) == ({"last": 1}, 1, 0)
    assert shelf.seconds == [5]


async def test_another_input_type_or_version_is_another_result():
    shelf = Shelf()
    kinds = (teller(), teller(version=2))
    for kind, what in [(kinds[0], None), (kinds[0], "{{ input.x }}"), (kinds[1], None)]:
        registry = default_registry().with_types(kind)
        await run(asking(what), {"x": 1}, registry=registry, node_cache=shelf)
    assert len(shelf.kept) == 3


async def test_failures_are_not_remembered():
    registry, shelf = default_registry().with_types(teller()), Shelf()
    outcome = await run(asking("fail"), registry=registry, node_cache=shelf)
    assert (len(outcome.all(VisitFailed)), shelf.kept) == (1, {})


async def test_a_result_that_leads_nowhere_is_not_remembered():
    registry, shelf = default_registry().with_types(teller(handles=())), Shelf()
    document = workflow({**asking()["nodes"][0]}, variables={"last": {}})
    outcome = await run(document, registry=registry, node_cache=shelf)
    assert (len(outcome.all(VisitFailed)), shelf.kept) == (1, {})


async def test_without_a_cache_everything_is_done_again():
    registry = default_registry().with_types(teller())
    outputs = [(await run(asking(), registry=registry)).output["last"] for _ in range(2)]
    assert outputs == [1, 2]


async def test_a_node_that_does_not_ask_for_it_is_not_remembered():
    async def give() -> int:
        return 1

    shelf = Shelf()
    document = workflow(node("a", "python", function="give"), node("b"), edges=path("a", "b"))
    await run(document, registry=default_registry({"give": give}), node_cache=shelf)
    assert shelf.kept == {}


async def test_a_pin_is_kept_and_changes_no_run():
    document = workflow({**node("a", expression="1"), "pinned": {"x": [2]}})
    outcome = await run(document)
    assert outcome.output == {"a": 1}
    assert parse(parse(document).canonical()).nodes[0].pinned == {"x": [2]}


@pytest.mark.parametrize("context", [None, RunContext()])
async def test_without_a_cache_of_its_own_a_run_uses_that_of_the_compiled_workflow(
    context: RunContext | None,
):
    compiled = compile_workflow(parse(asking()), default_registry().with_types(teller()))
    outputs = []
    for _ in range(2):
        state = await compiled.graph.ainvoke(compiled.initial_state({}), context=context)
        outputs.append(state["nodes"]["a"]["output"])
    assert outputs == [1, 1]
