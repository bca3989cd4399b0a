"""One visit of one node: resolve its config, try, retry, route, and report all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any

import anyio
from langgraph.errors import GraphBubbleUp
from langgraph.types import Command
from pydantic_core import PydanticSerializationError, to_jsonable_python

from workflow_compiler.errors import (
    ErrorType,
    NodeError,
    NodeTimeoutError,
    Origin,
    RunReturned,
)
from workflow_compiler.history import BegunVisit, EndedVisit, VisitKey
from workflow_compiler.lower.cancelling import CancelledError, is_being_cancelled
from workflow_compiler.lower.failures import NodeFailedError, failure_of, origin_of
from workflow_compiler.lower.marking import marked
from workflow_compiler.lower.remembering import Memory
from workflow_compiler.lower.routing import route, route_failure
from workflow_compiler.lower.slots import slot
from workflow_compiler.lower.voice import Voice
from workflow_compiler.lower.ways import Ways
from workflow_compiler.planning import PlannedNode
from workflow_compiler.ports import Bodies, NoBodies, NodeContext, RunContext, Write
from workflow_compiler.registry import Completed, NodeConfig, Work
from workflow_compiler.registry.config import own_copy
from workflow_compiler.state import UNVISITED, NodeRecord, RunScope, State
from workflow_compiler.trace import (
    AttemptFailed,
    Failure,
    Record,
    VisitCompleted,
    VisitFailed,
    VisitRecalled,
    VisitStarted,
)
from workflow_compiler.usage import Usage, sum_of

CONTROL_FLOW = (GraphBubbleUp, RunReturned)
"""What is no failure of the node that it goes through: LangGraph stops, or the run has ended."""

MAX_PAYLOAD = 2 * 1024 * 1024
"""Bytes of JSON that one visit may give out."""

_UNBEGUN = BegunVisit(attempt=0, failures=0)


class Visit:
    """One firing of a node, from its tokens to the command that passes them on."""

    def __init__(
        self,
        node: PlannedNode,
        ways: Ways,
        state: State,
        context: RunContext,
        task: str,
        bodies: Callable[..., Bodies] | None,
    ) -> None:
        self._node = node
        self._ways = ways
        self._state = state
        self._context = context
        self._task = task
        self._bodies = bodies
        self._before = state["nodes"].get(node.id, UNVISITED)
        self._number = self._before["visit"] + 1
        begun = context.history.begun.get(self._key, _UNBEGUN)
        # What waits, lets others work, or has failed, lost nothing: its last attempt goes on.
        is_container = begun.attempt > 0 and bool(node.type.slots)
        self._goes_on = begun.waits or is_container or begun.failure is not None
        self._attempt = begun.attempt if self._goes_on else begun.attempt + 1
        self._failures = begun.failures
        self._failed_before = begun.failure
        self._usage: Usage | None = None
        self._memory = Memory(node, context.node_cache)

    async def run(self) -> Command[Any]:
        """Fire the node.

        Raises:
            NodeFailedError: it failed for good and has no error edge.
            RunReturned: the whole run ends with it.
        """
        if (ended := self._context.history.ended.get(self._key)) is not None:
            return self._recall(ended)
        if self._key in self._context.history.stopped and not self._node.type.slots:
            await anyio.sleep_forever()  # until the neighbour that stopped it does so again
        await self._context.room()
        try:
            return await self._complete(await self._try())
        except CONTROL_FLOW:
            raise
        except Exception as error:  # noqa: BLE001 - behaviours are other people's code
            return self._fail(error)

    @property
    def _key(self) -> VisitKey:
        return (self._node.id, self._context.path, self._number)

    def _start(self) -> Mapping[str, Any]:
        """The resolved config; the visit has begun also when it cannot be resolved."""
        given = self._node.config
        try:
            values = given.values(self._scope(self._running()))
        except NodeError:
            self._say_started(given.given)
            raise
        self._say_started(values)
        return values

    def _say_started(self, values: Any) -> None:
        self._say(VisitStarted, input=values, consumed=self._consumed(), goes_on=self._goes_on)

    def _consumed(self) -> tuple[int, ...]:
        """The tokens that this firing took; only an inclusive join has a choice."""
        held = self._state.get(self._ways.channel) if self._ways.channel else None
        return tuple(held) if held else self._ways.incoming  # type: ignore[arg-type]

    async def _try(self) -> Completed:
        """The result of the first attempt that ends well; between attempts others may work."""
        async with self._slot():
            values = self._start()
            if self._failed_before is not None:
                raise NodeError(self._failed_before.type, self._failed_before.message)
            config = self._node.config.load(values)
            result = await self._memory.recall(values) or await self._try_once(config)
        while not isinstance(result, Completed):
            await self._context.clock.sleep(result)
            self._attempt += 1
            async with self._slot():
                result = await self._try_once(config)
        return result

    def _slot(self) -> AbstractAsyncContextManager[None]:
        return slot(self._context.limiter) if self._node.type.work is Work.IO else nullcontext()

    async def _try_once(self, config: NodeConfig) -> Completed | float:
        """The result of an attempt, or the seconds until the next one."""
        try:
            completed = await self._call(config)
        except CONTROL_FLOW:
            raise
        except Exception as error:
            self._use(error.usage if isinstance(error, NodeError) else None)
            failure = failure_of(error)
            self._failures += 1
            delay = self._delay_after(failure)
            self._say(AttemptFailed, failure=failure, delay_seconds=delay)
            if delay is None:
                raise
            return delay
        self._use(completed.usage)
        return completed

    def _use(self, usage: Usage | None) -> None:
        self._usage = sum_of(self._usage, usage)

    async def _call(self, config: NodeConfig) -> Completed:
        voice = Voice(self._say, _plain)
        context = NodeContext(
            run=self._context,
            node_id=self._node.id,
            visit=self._number,
            attempt=self._attempt,
            failures=self._failures,
            report=voice,
            bodies=self._own_bodies(),
        )
        try:
            with marked(self._attempt):
                result = await self._timed(own_copy(config), context)
        except (SystemExit, KeyboardInterrupt, GeneratorExit, CancelledError) as error:
            if isinstance(error, CancelledError) and is_being_cancelled():
                raise
            # What ends a program or a task ends a node here: asyncio would stop far more.
            raise NodeError(ErrorType.EXECUTION, f"the node raised {error!r}") from error
        finally:
            voice.silence()
        return result if isinstance(result, Completed) else Completed(output=result)

    def _own_bodies(self) -> Bodies:
        """Those of a container, for one attempt."""
        if self._bodies is None:
            return NoBodies()
        return self._bodies(
            node_id=self._node.id,
            own=self._running(),
            attempt=self._attempt,
            state=self._state,
            context=self._context,
        )

    async def _timed(self, config: NodeConfig, context: NodeContext) -> Any:
        behaviour, seconds = self._node.type.behaviour, self._node.timer_seconds
        if seconds is None:
            return await behaviour(config, context)
        with self._context.clock.timeout(seconds):
            return await behaviour(config, context)
        raise NodeTimeoutError(seconds)

    def _delay_after(self, failure: Failure) -> float | None:
        """Seconds until the next attempt; None when there is none."""
        retry = self._node.retry
        if self._failures >= retry.max_attempts or failure.type not in retry.on:
            return None
        delay = retry.initial_interval_seconds * retry.backoff ** (self._failures - 1)
        delay = min(delay, retry.max_interval_seconds)
        return delay * (1 + retry.jitter * self._context.random.uniform(-1, 1))

    async def _complete(self, completed: Completed) -> Command[Any]:
        output = _plain(completed.output)
        writes = (*_plain(dict(completed.variables)).items(), *completed.writes)
        if writes:
            self._ways.reduce(self._state["vars"], list(writes))
        record = _record("completed", self._number, output=output)
        if completed.ends_run:
            self._say(VisitCompleted, output=output, usage=self._usage, returned=True)
            raise RunReturned(output)
        routing = route(self._node.routes, self._scope(record), completed.handle)
        if self._node.routes.required:
            record["output"] = output = {"route": routing.handle}
        await self._memory.keep(output, dict(writes), completed.handle)
        self._say(
            VisitCompleted,
            output=output,
            writes=writes,
            usage=self._usage,
            decisions=routing.decisions,
            cached=self._memory.recalled,
        )
        return self._command(record, writes, routing.taken)

    def _fail(self, error: Exception) -> Command[Any]:
        failure = failure_of(error)
        origin = origin_of(error, failure, self._node.id, self._context.path)
        said = {"failure": failure, "origin": origin, "usage": self._usage}
        if not self._node.routes.error:
            self._say(VisitFailed, **said, decisions=())
            raise self._failed_for_good(failure, origin) from error
        routing = route_failure(self._node.routes)
        self._say(VisitFailed, **said, decisions=routing.decisions)
        return self._command(_failed(self._number, failure), (), routing.taken)

    def _failed_for_good(self, failure: Failure, origin: Origin) -> NodeFailedError:
        return NodeFailedError(self._node.id, self._number, self._attempt, failure, origin)

    def _recall(self, ended: EndedVisit) -> Command[Any]:
        """End as an earlier execution of the run has it; nothing is done or said a second time."""
        self._attempt = ended.attempt
        failure, is_fatal = ended.failure, ended.failure is not None and not ended.taken
        self._say(VisitRecalled, consumed=self._consumed(), taken=ended.taken, is_fatal=is_fatal)
        if ended.returned:
            raise RunReturned(ended.output)
        if failure is None:
            record = _record("completed", self._number, output=ended.output)
        elif is_fatal:
            origin = ended.origin or origin_of(None, failure, self._node.id, self._context.path)
            raise self._failed_for_good(failure, origin)
        else:
            record = _failed(self._number, failure)
        return self._command(record, ended.writes, ended.taken)

    def _command(
        self, record: NodeRecord, writes: Sequence[Write], taken: Collection[int]
    ) -> Command[Any]:
        return self._ways.command({self._node.id: record}, list(writes), taken)

    def _running(self) -> NodeRecord:
        """The node's record while it is at work: the last visit's, but for the number."""
        return {**self._before, "visit": self._number, "status": "running"}

    def _scope(self, own: NodeRecord) -> RunScope:
        defaults, context = self._ways.defaults, self._context
        return RunScope(self._state, defaults, context.values, {self._node.id: own}, context.names)

    def _say(self, kind: type[Record], **what: Any) -> None:
        self._context.tap(
            kind(
                node_id=self._node.id,
                visit=self._number,
                attempt=self._attempt,
                task=self._task,
                path=self._context.path,
                at=self._context.clock.now(),
                **what,
            )
        )


def _record(
    status: str, visit: int, *, output: Any = None, error: Mapping[str, str] | None = None
) -> NodeRecord:
    return {"output": output, "error": error, "status": status, "visit": visit}


def _failed(visit: int, failure: Failure) -> NodeRecord:
    said = {"type": failure.type.value, "message": failure.message}
    return _record("failed", visit, error=said)


def _plain(value: Any) -> Any:
    """What a behaviour returned, as plain JSON: it is stored, shown, and read by expressions."""
    try:
        plain = to_jsonable_python(value)
        size = len(json.dumps(plain, allow_nan=False, ensure_ascii=False).encode())
    except (PydanticSerializationError, ValueError, RecursionError) as error:
        message = f"the result is no JSON: {error}"
        raise NodeError(ErrorType.TRANSFORMATION, message) from error
    if size > MAX_PAYLOAD:
        message = f"the result is larger than {MAX_PAYLOAD:,} bytes of JSON"
        raise NodeError(ErrorType.VALIDATION, message)
    return plain
