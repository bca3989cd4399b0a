"""The attempts of a visit: what its config comes to, each try, and how long until the next."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from langgraph.errors import GraphBubbleUp

from workflow_compiler.debugging import ABSENT
from workflow_compiler.errors import (
    NodeError,
    Origin,
    RunReturned,
    StepLimitError,
)
from workflow_compiler.expressions.names import SECRETS, in_the_log
from workflow_compiler.lower.attempt import attempt
from workflow_compiler.lower.failures import failure_of, origin_of
from workflow_compiler.lower.remembering import Memory
from workflow_compiler.lower.results import plain
from workflow_compiler.lower.slots import slot
from workflow_compiler.lower.standing import Standing
from workflow_compiler.lower.stopping import Stopping
from workflow_compiler.lower.timing import bounded, delay_after, left_seconds
from workflow_compiler.lower.voice import Voice
from workflow_compiler.lower.ways import Ways
from workflow_compiler.planning import PlannedNode
from workflow_compiler.ports import Bodies, NoBodies, NodeContext, RunContext, unbounded, unheard
from workflow_compiler.registry import Completed, Work
from workflow_compiler.state import UNVISITED, NodeRecord, RunScope, State
from workflow_compiler.trace import (
    AttemptFailed,
    Failure,
    Record,
    VisitStarted,
)
from workflow_compiler.usage import sum_of

CONTROL_FLOW = (GraphBubbleUp, RunReturned, StepLimitError)
"""What is no failure of the node that it goes through: LangGraph stops, or the run has ended."""

Attempt: TypeAlias = Callable[[], Awaitable[Completed | float]]

_NO_BODIES = NoBodies()


class Attempts:
    """What a visit does until it has a result, or has failed for good."""

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
        self._key = (node.id, context.path, self._number)
        self._consumed = ways.consumed(state)
        self._memory = None if node.cache_seconds is None else Memory(node, context.node_cache)
        self._stopping: Stopping | None = None
        # A record costs as much as all that a small node does.
        self._is_heard = context.tap is not unheard
        begun = context.history.begun.get(self._key)
        is_container = bool(node.type.slots)
        self._at = Standing.after(begun, is_container=is_container) if begun else Standing()

    async def _work(self, first: Attempt) -> Completed:
        """What the attempts come to, the first of them and those that follow."""
        result = await self._at_work(first)
        while not isinstance(result, Completed):
            result = await self._again(after=result)
        return result

    def _start(self) -> Mapping[str, Any]:
        """The resolved config; the visit has begun also when it cannot be resolved."""
        config = self._node.config
        values = config.given
        try:
            if self._stopping is not None and self._stopping.given is not ABSENT:
                values = self._stopping.given
            elif config.moving:
                values = config.values(self._scope(self._running()))
        finally:
            if self._is_heard:
                goes_on, consumed = self._at.goes_on, self._consumed
                self._say(VisitStarted, input=values, consumed=consumed, goes_on=goes_on)
        return values

    async def _filled(self, values: Any) -> Any:
        """The config as the behaviour gets it, with secrets where the log has their names."""
        config = self._node.config
        secrets = await self._context.secrets.get(config.secrets)
        if self._stopping is not None and self._stopping.given is not ABSENT:
            return config.filled(values, secrets)
        return config.values(self._scope(self._running(), secrets))

    def _plain(self, value: Any) -> Any:
        """What the behaviour gave out, as plain JSON without secrets."""
        return self._context.secrets.redacted(plain(value))

    def _at_work(self, attempt: Attempt) -> Awaitable[Completed | float]:
        """An attempt; one that may wait for the world needs a place among those at work."""
        return self._in_turn(attempt) if self._node.type.work is Work.IO else attempt()

    async def _in_turn(self, attempt: Attempt) -> Completed | float:
        async with slot(self._context.limiter):
            return await attempt()

    async def _begin(self) -> Completed | float:
        """The first attempt; without it where an earlier execution or a visit has done the work."""
        if self._context.room is not unbounded:
            await self._context.room(self._key)
        values = self._start()
        if self._at.failure is not None:
            raise NodeError(self._at.failure.type, self._at.failure.message)
        if (done := self._at.done) is not None:
            return Completed(
                output=done.output, writes=done.writes, handle=done.handle, ends_run=done.returned
            )
        if self._node.config.secrets:
            values = await self._filled(values)
        self._config = self._node.config.load(values)
        if self._memory and (remembered := await self._memory.recall(values)):
            return remembered
        return await self._try_once()

    async def _again(self, *, after: float) -> Completed | float:
        """Another attempt, after so many seconds in which others may work."""
        await self._context.clock.sleep(after)
        self._at.attempt += 1
        self._at.since = None
        return await self._at_work(self._repeat)

    async def _repeat(self) -> Completed | float:
        await self._context.room(self._key)
        return await self._try_once()

    async def _try_once(self) -> Completed | float:
        """The result of an attempt, or the seconds until the next one."""
        voice = Voice(self._say)
        left = left_seconds(self._node, self._at.since, self._context)
        try:
            knows = self._knows(voice, bounded(self._node, left, self._context))
            result = await attempt(self._node, self._config, knows, voice, left)
        except CONTROL_FLOW:
            raise
        except Exception as error:  # noqa: BLE001 - behaviours are other people's code
            return self._after(error)
        if result.usage is not None:
            self._at.usage = sum_of(self._at.usage, result.usage)
        return result

    def _after(self, error: Exception) -> float:
        """The seconds until the next attempt; where there is none, the visit has failed."""
        usage = error.usage if isinstance(error, NodeError) else None
        self._at.usage = sum_of(self._at.usage, usage)
        failure = failure_of(error, self._context.secrets)
        self._at.failures += 1
        delay = delay_after(self._node, failure, self._at.failures, self._context)
        said = {"failure": failure, "origin": self._origin(error, failure), "usage": usage}
        self._say(AttemptFailed, **said, delay_seconds=delay)
        if delay is None:
            raise error
        return delay

    def _knows(self, voice: Voice, context: RunContext) -> NodeContext:
        """What an attempt knows."""
        return NodeContext(
            run=context,
            node_id=self._node.id,
            visit=self._number,
            attempt=self._at.attempt,
            failures=self._at.failures,
            report=voice,
            bodies=_NO_BODIES if self._bodies is None else self._own_bodies(self._bodies, context),
        )

    def _own_bodies(self, bodies: Callable[..., Bodies], context: RunContext) -> Bodies:
        """Those of a container, for one attempt."""
        return bodies(
            node_id=self._node.id,
            own=self._running(),
            attempt=self._at.attempt,
            state=self._state,
            context=context,
        )

    def _origin(self, error: Exception | None, failure: Failure) -> Origin:
        return origin_of(error, failure, self._node.id, self._context.path)

    def _running(self) -> NodeRecord:
        """The node's record while it is at work: the last visit's, but for the number."""
        return {**self._before, "visit": self._number, "status": "running"}

    def _scope(self, own: NodeRecord, secrets: Mapping[str, str] | None = None) -> RunScope:
        """What can be read here; without secrets these are read as the log has them."""
        context, named = self._context, self._node.config.secrets
        if named:
            readable = in_the_log(named) if secrets is None else secrets
            context = replace(context, names={**context.names, SECRETS: readable})
        ways = self._ways
        return RunScope(self._state, ways.defaults, context, {self._node.id: own}, ways.outlook)

    def _say(self, kind: type[Record], **what: Any) -> None:
        context = self._context
        context.tap(
            kind(
                node_id=self._node.id,
                visit=self._number,
                attempt=self._at.attempt,
                task=self._task,
                path=context.path,
                at=context.clock.now(),
                **context.secrets.redacted(what),
            )
        )
