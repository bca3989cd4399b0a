"""What every node type has to keep, as a suite of tests that a class of your own inherits.

    class TestShout(NodeTypeSuite):
        node_type = SHOUT
        completes = Example(config={"text": "hello"})

pytest collects the tests with the class; they need no plug-in of pytest. Most of them run the type
inside a compiled workflow of one node, exactly as it will run for others.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import pairwise
from threading import Thread
from typing import Any, ClassVar

import anyio
import anyio.lowlevel
from pydantic import ValidationError

from workflow_compiler.compiler import CompiledWorkflow, compile_workflow, offline_context
from workflow_compiler.definition import read
from workflow_compiler.errors import RunReturned, StepLimitError
from workflow_compiler.json_schema import schema_fault
from workflow_compiler.lower import NodeFailedError
from workflow_compiler.nodes.markers import END, START
from workflow_compiler.ports import RunContext, Tap, unheard
from workflow_compiler.registry import NodeConfig, NodeType, Registry, Work
from workflow_compiler.trace import Record, VisitCompleted, VisitFailed

_BEAT_SECONDS = 0.005
_PATIENCE_SECONDS = 5.0
_TRIES = 3
_RESERVED_HANDLES = frozenset({"default", "error"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A config to try a type with, and what the run gets from the world meanwhile."""

    config: Mapping[str, Any]
    context: RunContext = field(default_factory=offline_context)


class NodeTypeSuite:
    """The promises of a node type; inherit, name the type, and give examples.

    Attributes:
        node_type: The type under test.
        completes: Ends well; None for a type that always fails.
        fails: Passes validation but fails when it runs, if there is such a config.
        hangs: Would run for a minute or longer; a type that does I/O itself must have one. (What is
            inside of a container is a marker here, in each of its slots.)
        max_block_seconds: How long the behaviour may keep the event loop to itself.
    """

    node_type: ClassVar[NodeType]
    completes: ClassVar[Example | None]
    fails: ClassVar[Example | None] = None
    hangs: ClassVar[Example | None] = None
    max_block_seconds: ClassVar[float] = 0.1

    def test_it_says_what_it_is(self) -> None:
        """It has a name, a description, and a version that counts from one."""
        assert self.node_type.name.strip(), "a node type needs a name"
        assert self.node_type.description.strip(), "a node type needs a description"
        assert self.node_type.version >= 1, "versions count from 1"

    def test_the_config_is_described_by_a_json_schema(self) -> None:
        """Editors draw a form from the schema: it is valid."""
        assert schema_fault(self.node_type.config.model_json_schema()) is None

    def test_the_config_is_closed(self) -> None:
        """A mistyped key is a problem, also in the objects inside the config."""
        for name, part in _objects(self.node_type):
            assert part.get("additionalProperties") is False, (
                f"{name!r} takes unknown keys; let it inherit from NodeConfig"
            )

    def test_every_field_of_the_config_is_described(self) -> None:
        """People see the description beside the field."""
        bare = [
            f"{name}.{key}"
            for name, part in _objects(self.node_type)
            for key, value in part["properties"].items()
            if not value.get("description")
        ]
        assert not bare, f"give these fields a description: {', '.join(bare)}"

    def test_its_handles_are_names_of_its_own(self) -> None:
        """Handles are distinct, and none means something else already."""
        handles = self.node_type.handles
        assert len(set(handles)) == len(handles), "a handle is declared twice"
        assert all(handle.strip() for handle in handles), "a handle needs a name"
        assert not _RESERVED_HANDLES & set(handles), "'default' and 'error' are taken"
        assert not (handles and self.node_type.cases), "declare handles or cases, not both"

    def test_it_gives_json_and_leaves_by_a_declared_handle(self) -> None:
        """The example ends well: its output can be stored, and its choice is one of its own."""
        if self.completes is not None:
            ending = anyio.run(_ending, self.node_type, self.completes)
            assert isinstance(ending, VisitCompleted), f"it failed: {ending.failure.message}"

    def test_a_failure_has_words(self) -> None:
        """What went wrong is said in words; an exception of any kind becomes a failed visit."""
        if self.fails is not None:
            ending = anyio.run(_ending, self.node_type, self.fails)
            assert isinstance(ending, VisitFailed), "the example was expected to fail"
            assert ending.failure.message.strip(), "the error has no message"

    def test_it_keeps_nothing_from_one_visit_to_the_next(self) -> None:
        """The same config twice, on the same type, ends the same way."""
        for example in self._examples():
            first = anyio.run(_ending, self.node_type, example)
            assert type(first) is type(anyio.run(_ending, self.node_type, example))

    def test_it_leaves_the_event_loop_to_others(self) -> None:
        """Everything else in the process goes on while it works."""
        for example in self._examples():
            # A busy machine makes pauses too, but not every time.
            pause = min(anyio.run(_longest_pause, self.node_type, example) for _ in range(_TRIES))
            assert pause <= self.max_block_seconds, (
                f"the event loop stood still for {pause:.3f} s; await, or use a thread"
            )

    def test_it_stops_when_it_is_cancelled(self) -> None:
        """A cancel in the middle of the work ends the work, and is not taken for a result."""
        assert self.hangs is not None or self.node_type.work is not Work.IO, (
            "it may wait: give an example that hangs, or say work=Work.COMPUTING"
        )
        if self.hangs is not None:
            _in_time(_cancelled, self.node_type, self.hangs)

    def _examples(self) -> Iterator[Example]:
        yield from (example for example in (self.completes, self.fails) if example is not None)


def _objects(node_type: NodeType) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every object with fields of its own in the schema of a config, by name."""
    schema = node_type.config.model_json_schema()
    for name, part in {"config": schema, **schema.get("$defs", {})}.items():
        if part.get("type") == "object":
            yield name, {"properties": {}, **part}


async def _ending(node_type: NodeType, example: Example) -> VisitCompleted | VisitFailed:
    """How the only visit of the example ends."""
    records: list[Record] = []
    await _run(_compiled(node_type, example), example.context, records.append)
    endings = (record for record in records if isinstance(record, VisitCompleted | VisitFailed))
    ending = next((record for record in endings if record.node_id == "node"), None)
    assert ending is not None, "a visit completes or fails"
    return ending


async def _longest_pause(node_type: NodeType, example: Example) -> float:
    """The longest time for which a task beside the example did not get its turn."""
    compiled = _compiled(node_type, example)
    beats: list[float] = []

    async def beat() -> None:
        while True:
            beats.append(time.perf_counter())
            await anyio.sleep(_BEAT_SECONDS)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(beat)
        await anyio.lowlevel.checkpoint()
        await _run(compiled, example.context, unheard)
        tasks.cancel_scope.cancel()
    beats.append(time.perf_counter())
    return max(later - earlier for earlier, later in pairwise(beats))


async def _cancelled(node_type: NodeType, example: Example) -> None:
    """Cancel the example in the middle of its work."""
    records: list[Record] = []
    started = anyio.Event()

    def tap(record: Record) -> None:
        records.append(record)
        started.set()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(_run, _compiled(node_type, example), example.context, tap)
        await started.wait()
        await anyio.sleep(_BEAT_SECONDS)  # so that it is not stopped before its first await
        assert len(records) == 1, "the example that should hang has ended"
        cancelled_at = time.perf_counter()
        tasks.cancel_scope.cancel()
    seconds = time.perf_counter() - cancelled_at
    assert seconds <= _PATIENCE_SECONDS, f"it took {seconds:.1f} s to stop"
    assert not any(isinstance(record, VisitCompleted) for record in records), (
        "it took the cancel for a result; let the cancellation through"
    )


async def _run(compiled: CompiledWorkflow, context: RunContext, tap: Tap) -> None:
    """Run a workflow of one node, or one container; how the node ends is for the tap to hear."""
    state = compiled.initial_state({})
    with suppress(NodeFailedError, RunReturned, StepLimitError):
        await compiled.graph.ainvoke(state, context=replace(context, tap=tap))


def _compiled(node_type: NodeType, example: Example) -> CompiledWorkflow:
    config = dict(example.config)
    own = {"id": "node", "type": node_type.name, "config": config}
    inside = (
        {"id": slot.name, "type": START.name, "parent": "node", "slot": slot.name}
        for slot in node_type.slots
    )
    handles = _handles(node_type, config)
    document = {
        "name": "conformance",
        "variables": {name: {} for name in node_type.variables(_loaded(node_type, config))},
        "nodes": [own, *({"id": f"by {way}", "type": END.name} for way in handles), *inside],
        "edges": [
            {"source": "node", "sourceHandle": way, "target": f"by {way}"} for way in handles
        ],
    }
    return compile_workflow(read(document), Registry().with_types(START, END, node_type))


def _handles(node_type: NodeType, config: Mapping[str, Any]) -> list[str]:
    """The ways by which the node may leave."""
    if node_type.cases is None:
        return list(node_type.handles)
    return [case.handle for case in node_type.cases.of(_loaded(node_type, config))]


def _loaded(node_type: NodeType, config: Mapping[str, Any]) -> NodeConfig:
    try:
        return node_type.config(**config)
    except ValidationError as error:
        faults = (
            f"{'.'.join(map(str, details['loc']))}: {details['msg']}" for details in error.errors()
        )
        message = f"the config of the example does not fit: {'; '.join(faults)}"
        raise AssertionError(message) from None


def _in_time(work: Callable[..., Awaitable[None]], *arguments: Any) -> None:
    """Run this in a thread that nobody has to wait for: what takes no cancel never ends."""
    outcome = Future[None]()

    def run() -> None:
        try:
            anyio.run(work, *arguments)
        except BaseException as error:  # noqa: BLE001 - whoever waits gets it
            outcome.set_exception(error)
        else:
            outcome.set_result(None)

    Thread(target=run, daemon=True).start()
    ended, _ = wait([outcome], timeout=2 * _PATIENCE_SECONDS)
    assert ended, "it does not stop when it is cancelled; let the cancellation through"
    outcome.result()
