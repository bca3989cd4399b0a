"""Every built-in node type keeps what is asked of the types of others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar

import anyio

from tests.support.subruns import LibrarySubRuns
from tests.support.world import CannedHttp, SilentHttp, asking_for, tool_of, world
from workflow_compiler import NodeType, RunContext, default_registry
from workflow_compiler.ports import HttpResponse, NodeContext, NoWaits
from workflow_compiler.testing import Example, NodeTypeSuite
from workflow_compiler.waiting import Wait


async def hang() -> str:
    """Wait for ever."""
    await anyio.sleep_forever()
    return ""


async def greet(name: str) -> str:
    """Say hello."""
    return f"done: hello {name}"


async def refuse() -> str:
    """Refuse to work."""
    raise ValueError("not today")


TOOLS = world(hang=tool_of(hang), greet=tool_of(greet), refuse=tool_of(refuse))
REGISTRY = default_registry({"hang": hang, "greet": greet, "refuse": refuse})
SLOW: dict[str, Any] = {"delay_seconds": 10, "replies": [{"text": "at last"}]}


def http(answer: HttpResponse, **config: Any) -> Example:
    return Example(
        config={"url": "http://x.test", **config}, context=replace(TOOLS, http=CannedHttp(answer))
    )


class CannedWaits:
    """Answers every wait at once, and always alike."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    async def answer(self, wait: Wait, context: NodeContext) -> Any:
        del wait, context
        return self._answer


class SilentWaits:
    """Never answers."""

    async def answer(self, wait: Wait, context: NodeContext) -> Any:
        del wait, context
        await anyio.sleep_forever()


def answered(answer: Any) -> RunContext:
    return replace(TOOLS, waits=CannedWaits(answer))


def built_in(name: str) -> NodeType:
    return REGISTRY.types[name]


class TestStart(NodeTypeSuite):
    node_type = built_in("start")
    completes = Example(config={})


class TestEnd(NodeTypeSuite):
    node_type = built_in("end")
    completes = Example(config={})


class TestTransform(NodeTypeSuite):
    node_type = built_in("transform")
    completes = Example(config={"expression": "[1, 2]"})
    fails = Example(config={"expression": "1 / 0"})


class TestTemplate(NodeTypeSuite):
    node_type = built_in("template")
    completes = Example(config={"template": "hello {{ run.id }}"})
    fails = Example(config={"template": "{{ input.nobody }}"})


class TestSet(NodeTypeSuite):
    node_type = built_in("set")
    completes = Example(config={"values": {"x": "1 + 1"}})
    fails = Example(config={"values": {"x": "1 / 0"}})


class TestCondition(NodeTypeSuite):
    node_type = built_in("condition")
    completes = Example(config={"expression": "true"})
    fails = Example(config={"expression": "1 / 0 > 1"})


class TestRouter(NodeTypeSuite):
    node_type = built_in("router")
    completes = Example(config={"cases": [{"handle": "a", "when": "true"}]})
    fails = Example(config={"cases": [{"handle": "a", "when": "false"}]})


class TestPython(NodeTypeSuite):
    node_type = built_in("python")
    completes = Example(config={"function": "greet", "arguments": {"name": "Ada"}})
    fails = Example(config={"function": "refuse"})
    hangs = Example(config={"function": "hang"})


class TestLlm(NodeTypeSuite):
    node_type = built_in("llm")
    completes = Example(config={"model": "scripted", "prompt": "hello"})
    fails = Example(config={"model": "unheard-of", "prompt": "hello"})
    hangs = Example(config={"model": "scripted", "prompt": "hello", "options": SLOW})


class TestTool(NodeTypeSuite):
    node_type = built_in("tool")
    completes = Example(config={"tool": "greet", "arguments": {"name": "Ada"}}, context=TOOLS)
    fails = Example(config={"tool": "refuse"}, context=TOOLS)
    hangs = Example(config={"tool": "hang"}, context=TOOLS)


class TestAgent(NodeTypeSuite):
    ask: ClassVar[dict[str, Any]] = {"model": "scripted", "prompt": "Greet Ada"}
    node_type = built_in("agent")
    completes = Example(
        config={**ask, "tools": ["greet"], "options": asking_for("greet", name="Ada")},
        context=TOOLS,
    )
    fails = Example(
        config={**ask, "tools": ["refuse"], "options": asking_for("refuse")}, context=TOOLS
    )
    hangs = Example(config={**ask, "tools": ["hang"], "options": asking_for("hang")}, context=TOOLS)


class TestSubworkflow(NodeTypeSuite):
    node_type = built_in("subworkflow")
    sub_runs = LibrarySubRuns(
        {
            name: {"name": name, "nodes": [{"id": "n", "type": "python", "config": config}]}
            for name, config in {
                "greets": {"function": "greet", "arguments": {"name": "Ada"}},
                "refuses": {"function": "refuse"},
                "hangs": {"function": "hang"},
            }.items()
        },
        REGISTRY,
    )
    context = replace(TOOLS, sub_runs=sub_runs)
    completes = Example(config={"workflow": "greets"}, context=context)
    fails = Example(config={"workflow": "refuses"}, context=context)
    hangs = Example(config={"workflow": "hangs"}, context=context)


class TestHttp(NodeTypeSuite):
    node_type = built_in("http")
    completes = http(HttpResponse(status=200, headers={}, text="hello"))
    fails = http(HttpResponse(status=503, headers={}, text=""), fail_on_status=True)
    hangs = Example(config={"url": "http://x.test"}, context=replace(TOOLS, http=SilentHttp()))


class TestEmit(NodeTypeSuite):
    node_type = built_in("emit")
    completes = Example(config={"name": "order.paid", "data": {"total": 12}})


class TestFail(NodeTypeSuite):
    node_type = built_in("fail")
    completes = None
    fails = Example(config={"type": "VALIDATION", "message": "no such order"})


class TestHuman(NodeTypeSuite):
    node_type = built_in("human")
    completes = Example(
        config={"prompt": "Well?", "form": {"type": "boolean"}}, context=answered(True)
    )
    fails = Example(
        config={"prompt": "Well?", "form": {"type": "boolean"}}, context=answered("maybe")
    )
    hangs = Example(config={"prompt": "Well?"}, context=replace(TOOLS, waits=SilentWaits()))


class TestTimer(NodeTypeSuite):
    node_type = built_in("timer")
    completes = Example(config={"seconds": 3_600}, context=answered(None))
    fails = Example(config={"seconds": 1}, context=replace(TOOLS, waits=NoWaits()))
    hangs = Example(config={"seconds": 1}, context=replace(TOOLS, waits=SilentWaits()))


class TestWaitEvent(NodeTypeSuite):
    node_type = built_in("wait_event")
    completes = Example(config={"name": "paid"}, context=answered({"euros": 5}))
    fails = Example(config={"name": "paid"}, context=replace(TOOLS, waits=NoWaits()))
    hangs = Example(config={"name": "paid"}, context=replace(TOOLS, waits=SilentWaits()))


def test_no_built_in_type_is_left_out() -> None:
    tested = {suite.node_type.name for suite in NodeTypeSuite.__subclasses__()}
    assert tested >= set(REGISTRY.types)


class TestReturn(NodeTypeSuite):
    node_type = built_in("return")
    completes = Example(config={"value": "[1, 2]"})
    fails = Example(config={"value": "1 / 0"})


class TestForeach(NodeTypeSuite):
    node_type = built_in("foreach")
    completes = Example(config={"items": "[1, 2, 3]", "mode": "parallel", "max_parallel": 2})
    fails = Example(config={"items": "'abc'"})


class TestTry(NodeTypeSuite):
    node_type = built_in("try")
    completes = Example(config={"error_scope": "continue"})
