"""What the runs of a storm do: small workflows of every kind, whose effects are counted outside."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.unit.workflow_compiler.running import Document, edge, node, path, workflow
from workflow_compiler.ports import NodeContext

SIGNAL = "go"
FLAKY_ATTEMPTS = 6
"""So many that a storm cannot use them up: an attempt that is lost with its process is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Something that a node did to the world outside, in which nothing is ever taken back.

    `failures` counts the attempts of the visit that had failed before.
    """

    key: str
    run_id: str
    node_id: str
    path: str
    visit: int
    attempt: int
    failures: int
    pid: int


def effects_in(file: Path) -> list[Effect]:
    """All that was done, in order."""
    if not file.exists():
        return []
    return [Effect(**json.loads(line)) for line in file.read_text().splitlines()]


def functions(effects: Path, pace_seconds: float) -> Mapping[str, Callable[..., Any]]:
    """The functions of the workflows; each call is an effect, and takes about `pace_seconds`."""

    def take_effect(context: NodeContext) -> None:
        effect = Effect(
            key=context.idempotency_key,
            run_id=context.run.run_id,
            node_id=context.node_id,
            path=context.path,
            visit=context.visit,
            attempt=context.attempt,
            failures=context.failures,
            pid=os.getpid(),
        )
        # One write to a file that is only appended to: whole, also when the process is killed.
        with effects.open("ab", buffering=0) as file:
            file.write(json.dumps(asdict(effect)).encode() + b"\n")

    async def work(context: NodeContext, numbers: list[int]) -> int:
        take_effect(context)
        await asyncio.sleep(pace_seconds)
        return sum(numbers) + 1

    def grind(context: NodeContext, numbers: list[int]) -> int:
        take_effect(context)
        time.sleep(pace_seconds)
        return sum(numbers) + 1

    async def stumble(context: NodeContext, numbers: list[int]) -> int:
        take_effect(context)
        await asyncio.sleep(pace_seconds / 2)
        if context.failures == 0:
            raise ConnectionError("the first attempt never succeeds")
        return sum(numbers) + 1

    return {"work": work, "grind": grind, "stumble": stumble}


def _calls(node_id: str, *numbers: str, function: str = "work", **more: Any) -> Document:
    """A node that adds up some numbers, and 1."""
    arguments = {"numbers": [f"{{{{ {number} }}}}" for number in numbers]}
    return node(node_id, "python", function=function, arguments=arguments, **more)


_inside = partial(_calls, parent="box")

CHAIN = workflow(
    _calls("a", "input.n"),
    _calls("b", "a.output", function="grind"),
    node("c", expression="b.output * 2"),
    _calls("d", "c.output"),
    _calls("e", "d.output"),
    edges=path("a", "b", "c", "d", "e"),
)
FAN = workflow(
    _calls("begin", "input.n"),
    *(_calls(f"x{i}", "begin.output") for i in range(4)),
    *(_calls(f"y{i}", f"x{i}.output") for i in range(3)),
    node("sum", expression="y0.output + y1.output + y2.output + (x3.output if x3.visit else 0)"),
    _calls("end", "sum.output"),
    edges=(
        *(edge("begin", f"x{i}") for i in range(3)),
        edge("begin", "x3", condition="input.n % 2 == 0"),
        *(edge(f"x{i}", f"y{i}") for i in range(3)),
        *(edge(source, "sum") for source in ("y0", "y1", "y2", "x3")),
        edge("sum", "end"),
    ),
)
LOOP = workflow(
    node("start", "start"),
    _calls("turn", "input.n", "turn.visit"),
    _calls("beside", "turn.output"),
    node("meet", expression="turn.output + beside.output"),
    node("again", "condition", expression="meet.visit < 4"),
    node("end", expression="[meet.output, turn.visit]"),
    edges=(
        edge("start", "turn"),
        edge("turn", "beside"),
        edge("turn", "meet"),
        edge("beside", "meet"),
        edge("meet", "again"),
        edge("again", "turn", sourceHandle="true"),
        edge("again", "end", sourceHandle="false"),
    ),
)
EACH = workflow(
    node("box", "foreach", items="[input.n, 2, 3, 4, 5]", mode="parallel", max_parallel=3),
    _inside("one", "item"),
    _inside("two", "one.output", function="grind"),
    node("all", expression="box.output"),
    edges=(*path("one", "two"), edge("box", "all")),
)
CAUGHT = workflow(
    node("box", "try", error_scope="continue"),
    _inside("tries", "input.n", slot="try"),
    node("oops", "fail", message="number {{ tries.output }}", parent="box", slot="try"),
    _inside("saves", "input.n", slot="catch"),
    _inside("tidies", "input.n", slot="finally"),
    node("end", expression="box.output"),
    edges=(*path("tries", "oops"), edge("box", "end")),
)
FLAKY = workflow(
    _calls(
        "a",
        "input.n",
        function="stumble",
        retry={"max_attempts": FLAKY_ATTEMPTS, "initial_interval_seconds": 0.05},
    ),
    _calls("b", "a.output"),
    edges=path("a", "b"),
)
DOOMED = workflow(
    _calls("a", "input.n"),
    node("oops", "fail", message="number {{ a.output }} is not wanted"),
    edges=path("a", "oops"),
)
NESTED = workflow(
    _calls("before", "input.n"),
    node("sub", "subworkflow", workflow="chain", input={"n": "{{ before.output }}"}),
    _calls("beside", "input.n"),
    _calls("after", "sub.output.e", "beside.output"),
    edges=(*path("before", "sub", "after"), edge("beside", "after")),
)
TIMED = workflow(
    _calls("before", "input.n"),
    node("sleeps", "timer", seconds=0.3),
    _calls("after", "before.output"),
    edges=path("before", "sleeps", "after"),
)
ASKED = workflow(
    _calls("before", "input.n"),
    node("ask", "human", prompt="{{ before.output }}"),
    _calls("beside", "input.n"),
    _calls("after", "ask.output", "beside.output"),
    edges=(*path("before", "ask", "after"), edge("beside", "after")),
)
POLLED = workflow(
    node("box", "foreach", items="[input.n, 7]", mode="parallel", max_parallel=2),
    _inside("before", "item"),
    node("ask", "human", prompt="{{ before.output }}", parent="box"),
    _inside("after", "ask.output"),
    edges=path("before", "ask", "after"),
)
TOLD = workflow(
    _calls("before", "input.n"),
    {"id": "hear", "type": "wait_event", "config": {"name": SIGNAL, "key": "{{ input.key }}"}},
    _calls("after", "hear.output"),
    edges=path("before", "hear", "after"),
)
UNHEARD = workflow(
    _calls("before", "input.n"),
    {
        "id": "hear",
        "type": "wait_event",
        "config": {"name": "silence", "key": "{{ input.key }}", "timeout_seconds": 0.3},
    },
    node("late", expression="hear.error.type"),
    _calls("after", "before.output"),
    edges=(edge("before", "hear"), edge("hear", "late", on="error"), *path("late", "after")),
)

SHAPES: Mapping[str, Document] = {
    name: {**document, "name": name}
    for name, document in {
        "chain": CHAIN,
        "fan": FAN,
        "loop": LOOP,
        "each": EACH,
        "caught": CAUGHT,
        "flaky": FLAKY,
        "doomed": DOOMED,
        "nested": NESTED,
        "timed": TIMED,
        "asked": ASKED,
        "polled": POLLED,
        "told": TOLD,
        "unheard": UNHEARD,
    }.items()
}
"""The workflows by name, those first that others run."""


def answer_to(prompt: str) -> int:
    """What people say when they are asked: always the same."""
    return int(prompt) * 10


def payload_for(n: int) -> int:
    """What the signal for a run with this input brings."""
    return n * 1_000
