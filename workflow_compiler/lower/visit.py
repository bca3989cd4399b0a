"""One visit of one node: resolve its config, try, retry, route, and report all of it."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from langgraph.errors import GraphBubbleUp
from langgraph.types import Command
from pydantic_core import PydanticSerializationError, to_jsonable_python

from workflow_compiler.errors import ErrorType, NodeError, NodeTimeoutError
from workflow_compiler.history import BegunVisit, EndedVisit, VisitKey
from workflow_compiler.lower.channel import DISARMED
from workflow_compiler.lower.failures import NodeFailedError, failure_of
from workflow_compiler.lower.routing import route, route_failure
from workflow_compiler.lower.voice import Voice
from workflow_compiler.lower.ways import Ways
from workflow_compiler.planning import PlannedNode
from workflow_compiler.ports import NodeContext, RunContext
from workflow_compiler.registry import Completed, NodeConfig
from workflow_compiler.registry.config import own_copy
from workflow_compiler.state import UNVISITED, NodeRecord, RunScope, State, Write
from workflow_compiler.trace import (
    AttemptFailed,
    Failure,
    Record,
    VisitCompleted,
    VisitFailed,
    VisitRecalled,
    VisitStarted,
)

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
    ) -> None:
        self._node = node
        self._ways = ways
        self._state = state
        self._context = context
        self._task = task
        self._before = state["nodes"].get(node.id, UNVISITED)
        self._number = self._before["visit"] + 1
        begun = context.history.begun.get(self._key, _UNBEGUN)
        self._attempt = begun.attempt if begun.waits else begun.attempt + 1
        self._failures = begun.failures
        self._waited = begun.waits

    async def run(self) -> Command[Any]:
        """Fire the node; or only swallow its tokens, where they came too late for an `any` join.

        Raises:
            NodeFailedError: it failed for good and has no error edge.
        """
        if DISARMED in self._consumed():
            return self._ways.swallow()
        if (ended := self._context.history.ended.get(self._key)) is not None:
            return self._recall(ended)
        await self._context.room()
        own = {**self._before, "visit": self._number, "status": "running"}
        try:
            config = self._start(self._scope(own))
            completed = await self._try(config)
            return self._complete(completed)
        except GraphBubbleUp:
            raise
        except Exception as error:  # noqa: BLE001 - behaviours are other people's code
            return self._fail(error)

    @property
    def _key(self) -> VisitKey:
        return (self._node.id, "", self._number)

    def _start(self, scope: RunScope) -> NodeConfig:
        """Resolve the config; the visit has begun also when that fails."""
        given = self._node.config
        try:
            values = given.values(scope)
        except NodeError:
            self._say_started(given.given)
            raise
        self._say_started(values)
        return given.load(values)

    def _say_started(self, values: Any) -> None:
        self._say(VisitStarted, input=values, consumed=self._consumed(), waited=self._waited)

    def _consumed(self) -> tuple[int, ...]:
        """The tokens that this firing took; only an inclusive join has a choice."""
        held = self._state.get(self._ways.channel) if self._ways.channel else None
        return tuple(held) if held else self._ways.incoming  # type: ignore[arg-type]

    async def _try(self, config: NodeConfig) -> Completed:
        while True:
            try:
                return await self._call(config)
            except GraphBubbleUp:
                raise
            except Exception as error:
                failure = failure_of(error)
                self._failures += 1
                delay = self._delay_after(failure)
                self._say(AttemptFailed, failure=failure, delay_seconds=delay)
                if delay is None:
                    raise
            await self._context.clock.sleep(delay)
            self._attempt += 1

    async def _call(self, config: NodeConfig) -> Completed:
        voice = Voice(self._say, _plain)
        context = NodeContext(
            run=self._context,
            node_id=self._node.id,
            visit=self._number,
            attempt=self._attempt,
            report=voice,
        )
        try:
            result = await self._timed(own_copy(config), context)
        except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            # What ends a program ends a node here: asyncio would take the whole server down.
            raise NodeError(ErrorType.EXECUTION, f"the node raised {error!r}") from error
        finally:
            voice.silence()
        return result if isinstance(result, Completed) else Completed(output=result)

    async def _timed(self, config: NodeConfig, context: NodeContext) -> Any:
        behaviour, seconds = self._node.type.behaviour, self._node.timer_seconds
        if seconds is None:
            return await behaviour(config, context)
        try:
            with self._context.clock.timeout(seconds):
                return await behaviour(config, context)
        except TimeoutError as error:
            raise NodeTimeoutError(seconds) from error

    def _delay_after(self, failure: Failure) -> float | None:
        """Seconds until the next attempt; None when there is none."""
        retry = self._node.retry
        if self._failures >= retry.max_attempts or failure.type not in retry.on:
            return None
        delay = retry.initial_interval_seconds * retry.backoff ** (self._failures - 1)
        delay = min(delay, retry.max_interval_seconds)
        return delay * (1 + retry.jitter * self._context.random.uniform(-1, 1))

    def _complete(self, completed: Completed) -> Command[Any]:
        output = _plain(completed.output)
        writes = tuple(_plain(dict(completed.variables)).items())
        record = _record("completed", self._number, output=output)
        routing = route(self._node.routes, self._scope(record), completed.handle)
        if self._node.routes.required:
            record["output"] = output = {"route": routing.handle}
        self._say(
            VisitCompleted,
            output=output,
            writes=writes,
            usage=completed.usage,
            decisions=routing.decisions,
        )
        return self._command(record, writes, routing.taken)

    def _fail(self, error: Exception) -> Command[Any]:
        failure = failure_of(error)
        if not self._node.routes.error:
            self._say(VisitFailed, failure=failure, decisions=())
            raise NodeFailedError(self._node.id, self._number, self._attempt, failure) from error
        routing = route_failure(self._node.routes)
        self._say(VisitFailed, failure=failure, decisions=routing.decisions)
        return self._command(_failed(self._number, failure), (), routing.taken)

    def _recall(self, ended: EndedVisit) -> Command[Any]:
        """End as an earlier execution of the run has it; nothing is done or said a second time."""
        self._attempt = ended.attempt
        self._say(VisitRecalled, consumed=self._consumed(), taken=ended.taken)
        if ended.failure is None:
            record = _record("completed", self._number, output=ended.output)
        elif ended.taken:
            record = _failed(self._number, ended.failure)
        else:
            raise NodeFailedError(self._node.id, self._number, self._attempt, ended.failure)
        return self._command(record, ended.writes, ended.taken)

    def _command(
        self, record: NodeRecord, writes: Sequence[Write], taken: Collection[int]
    ) -> Command[Any]:
        return self._ways.command({self._node.id: record}, list(writes), taken)

    def _scope(self, own: NodeRecord) -> RunScope:
        defaults, run = self._ways.defaults, self._context.values
        return RunScope(self._state, defaults, run, {self._node.id: own})

    def _say(self, kind: type[Record], **what: Any) -> None:
        self._context.tap(
            kind(
                node_id=self._node.id,
                visit=self._number,
                attempt=self._attempt,
                task=self._task,
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
