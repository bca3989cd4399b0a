"""One visit of one node: resolve its config, try, retry, route, and report all of it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from langgraph.errors import GraphBubbleUp
from langgraph.types import Command
from pydantic_core import PydanticSerializationError, to_jsonable_python

from workflow_compiler.errors import ErrorType, NodeError, NodeTimeoutError, RunReturned
from workflow_compiler.lower.channel import DISARMED
from workflow_compiler.lower.failures import NodeFailedError, failure_of, origin_of
from workflow_compiler.lower.routing import Routing, route, route_failure
from workflow_compiler.lower.voice import Voice
from workflow_compiler.lower.ways import Ways
from workflow_compiler.planning import PlannedNode
from workflow_compiler.ports import Bodies, NoBodies, NodeContext, RunContext, Write
from workflow_compiler.registry import Completed, NodeConfig
from workflow_compiler.registry.config import own_copy
from workflow_compiler.state import UNVISITED, NodeRecord, RunScope, State
from workflow_compiler.trace import (
    AttemptFailed,
    Failure,
    Record,
    VisitCompleted,
    VisitFailed,
    VisitStarted,
)

CONTROL_FLOW = (GraphBubbleUp, RunReturned)
"""What is no failure of the node that it goes through: LangGraph stops, or the run has ended."""

MAX_PAYLOAD = 2 * 1024 * 1024
"""Bytes of JSON that one visit may give out."""


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
        self._attempt = 1

    async def run(self) -> Command[Any]:
        """Fire the node; or only swallow its tokens, where they came too late for an `any` join.

        Raises:
            NodeFailedError: it failed for good and has no error edge.
            RunReturned: the whole run ends with it.
        """
        if DISARMED in self._consumed():
            return self._ways.swallow()
        try:
            config = self._start(self._scope(self._running()))
            completed = await self._try(config)
            return self._complete(completed)
        except CONTROL_FLOW:
            raise
        except Exception as error:  # noqa: BLE001 - behaviours are other people's code
            return self._fail(error)

    def _start(self, scope: RunScope) -> NodeConfig:
        """Resolve the config; the visit has begun also when that fails."""
        given = self._node.config
        try:
            values = given.values(scope)
        except NodeError:
            self._say(VisitStarted, input=given.given, consumed=self._consumed())
            raise
        self._say(VisitStarted, input=values, consumed=self._consumed())
        return given.load(values)

    def _consumed(self) -> tuple[int, ...]:
        """The tokens that this firing took; only an inclusive join has a choice."""
        held = self._state.get(self._ways.channel) if self._ways.channel else None
        return tuple(held) if held else self._ways.incoming  # type: ignore[arg-type]

    async def _try(self, config: NodeConfig) -> Completed:
        while True:
            try:
                return await self._call(config)
            except CONTROL_FLOW:
                raise
            except Exception as error:
                failure = failure_of(error)
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
            bodies=self._own_bodies(),
        )
        try:
            result = await self._timed(own_copy(config), context)
        except (SystemExit, KeyboardInterrupt, GeneratorExit) as error:
            # What ends a program ends a node here: asyncio would take the whole server down.
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
        try:
            with self._context.clock.timeout(seconds):
                return await behaviour(config, context)
        except TimeoutError as error:
            raise NodeTimeoutError(seconds) from error

    def _delay_after(self, failure: Failure) -> float | None:
        """Seconds until the next attempt; None when there is none."""
        retry = self._node.retry
        if self._attempt >= retry.max_attempts or failure.type not in retry.on:
            return None
        delay = retry.initial_interval_seconds * retry.backoff ** (self._attempt - 1)
        delay = min(delay, retry.max_interval_seconds)
        return delay * (1 + retry.jitter * self._context.random.uniform(-1, 1))

    def _complete(self, completed: Completed) -> Command[Any]:
        output = _plain(completed.output)
        variables = _plain(dict(completed.variables))
        record = _record("completed", self._number, output=output)
        if completed.ends_run:
            self._say(VisitCompleted, output=output, usage=completed.usage, returned=True)
            raise RunReturned(output)
        routing = route(self._node.routes, self._scope(record), completed.handle)
        if self._node.routes.required:
            record["output"] = output = {"route": routing.handle}
        self._say(VisitCompleted, output=output, usage=completed.usage, decisions=routing.decisions)
        return self._command(record, [*variables.items(), *completed.writes], routing)

    def _fail(self, error: Exception) -> Command[Any]:
        failure = failure_of(error)
        if not self._node.routes.error:
            self._say(VisitFailed, failure=failure, decisions=())
            origin = origin_of(error, failure, self._node.id, self._context.path)
            raise NodeFailedError(
                self._node.id, self._number, self._attempt, failure, origin
            ) from error
        routing = route_failure(self._node.routes)
        self._say(VisitFailed, failure=failure, decisions=routing.decisions)
        said = {"type": failure.type.value, "message": failure.message}
        record = _record("failed", self._number, error=said)
        return self._command(record, [], routing)

    def _command(
        self, record: NodeRecord, writes: Sequence[Write], routing: Routing
    ) -> Command[Any]:
        return self._ways.command({self._node.id: record}, writes, routing.taken)

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
