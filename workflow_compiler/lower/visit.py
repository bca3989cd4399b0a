"""One visit of one node: resolve its config, try, retry, route, and report all of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import anyio
from langgraph.errors import GraphBubbleUp

from workflow_compiler.errors import (
    NodeError,
    Origin,
    RunReturned,
    StepLimitError,
)
from workflow_compiler.history import BegunVisit, EndedVisit
from workflow_compiler.lower.attempt import attempt
from workflow_compiler.lower.cancelling import heed
from workflow_compiler.lower.failures import NodeFailedError, failure_of, origin_of
from workflow_compiler.lower.remembering import Memory
from workflow_compiler.lower.results import LARGE_PAYLOAD, plain, weighed
from workflow_compiler.lower.routing import route, route_failure
from workflow_compiler.lower.slots import slot
from workflow_compiler.lower.timing import bounded, delay_after, left_seconds
from workflow_compiler.lower.voice import Voice
from workflow_compiler.lower.ways import Step, Ways
from workflow_compiler.planning import PlannedNode
from workflow_compiler.ports import Bodies, NoBodies, NodeContext, RunContext, Write, unheard
from workflow_compiler.registry import Completed, Work
from workflow_compiler.state import UNVISITED, NodeRecord, RunScope, State
from workflow_compiler.trace import (
    AttemptFailed,
    Failure,
    LargeResult,
    Record,
    VisitCompleted,
    VisitFailed,
    VisitRecalled,
    VisitStarted,
)
from workflow_compiler.usage import Usage, sum_of

CONTROL_FLOW = (GraphBubbleUp, RunReturned, StepLimitError)
"""What is no failure of the node that it goes through: LangGraph stops, or the run has ended."""

Attempt: TypeAlias = Callable[[], Awaitable[Completed | float]]

_NO_BODIES = NoBodies()


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
        self._key = (node.id, context.path, self._number)
        self._consumed = ways.consumed(state)
        self._attempt, self._failures = 1, 0
        self._goes_on = False
        self._failed_before: Failure | None = None
        self._origin_before: Origin | None = None
        self._since: datetime | None = None
        self._usage: Usage | None = None
        self._memory = None if node.cache_seconds is None else Memory(node, context.node_cache)
        # A record costs as much as all that a small node does.
        self._is_heard = context.tap is not unheard
        if (begun := context.history.begun.get(self._key)) is not None:
            self._continue(begun)

    def _continue(self, begun: BegunVisit) -> None:
        """Begin where an earlier execution of the run came to."""
        # What waits, lets others work, or has failed, lost nothing: its last attempt goes on.
        is_container = begun.attempt > 0 and bool(self._node.type.slots)
        self._goes_on = begun.waits or is_container or begun.failure is not None
        self._attempt = begun.attempt if self._goes_on else begun.attempt + 1
        self._failures = begun.failures
        self._failed_before = begun.failure
        self._origin_before = begun.origin
        self._since = begun.since if self._goes_on else None
        self._usage = begun.usage

    async def run(self) -> Step:
        """Fire the node.

        Raises:
            NodeFailedError: it failed for good and has no error edge.
            RunReturned: the whole run ends with it.
            StepLimitError: the run may make no more visits.
        """
        await heed()
        self._context.steps.take(self._node.id, self._context.path)
        if (ended := self._context.history.ended.get(self._key)) is not None:
            return self._recall(ended)
        if self._key in self._context.history.stopped and not self._node.type.slots:
            await anyio.sleep_forever()  # until the neighbour that stopped it does so again
        try:
            result = await self._at_work(self._begin)
            while not isinstance(result, Completed):
                result = await self._again(after=result)
            return await self._complete(result)
        except CONTROL_FLOW:
            raise
        except Exception as error:  # noqa: BLE001 - behaviours are other people's code
            return self._fail(error)

    def _start(self) -> Mapping[str, Any]:
        """The resolved config; the visit has begun also when it cannot be resolved."""
        config = self._node.config
        values = config.given
        try:
            if config.moving:
                values = config.values(self._scope(self._running()))
        finally:
            if self._is_heard:
                goes_on, consumed = self._goes_on, self._consumed
                self._say(VisitStarted, input=values, consumed=consumed, goes_on=goes_on)
        return values

    def _at_work(self, attempt: Attempt) -> Awaitable[Completed | float]:
        """An attempt; one that may wait for the world needs a place among those at work."""
        return self._in_turn(attempt) if self._node.type.work is Work.IO else attempt()

    async def _in_turn(self, attempt: Attempt) -> Completed | float:
        async with slot(self._context.limiter):
            return await attempt()

    async def _begin(self) -> Completed | float:
        """The first attempt; without it where an earlier execution or a visit has done the work."""
        await self._context.room(self._key)
        values = self._start()
        if self._failed_before is not None:
            raise NodeError(self._failed_before.type, self._failed_before.message)
        self._config = self._node.config.load(values)
        if self._memory and (remembered := await self._memory.recall(values)):
            return remembered
        return await self._try_once()

    async def _again(self, *, after: float) -> Completed | float:
        """Another attempt, after so many seconds in which others may work."""
        await self._context.clock.sleep(after)
        self._attempt += 1
        self._since = None
        return await self._at_work(self._repeat)

    async def _repeat(self) -> Completed | float:
        await self._context.room(self._key)
        return await self._try_once()

    async def _try_once(self) -> Completed | float:
        """The result of an attempt, or the seconds until the next one."""
        voice = Voice(self._say)
        left = left_seconds(self._node, self._since, self._context)
        try:
            knows = self._knows(voice, bounded(self._node, left, self._context))
            completed = await attempt(self._node, self._config, knows, voice, left)
        except CONTROL_FLOW:
            raise
        except Exception as error:  # noqa: BLE001 - behaviours are other people's code
            return self._after(error)
        if completed.usage is not None:
            self._usage = sum_of(self._usage, completed.usage)
        return completed

    def _after(self, error: Exception) -> float:
        """The seconds until the next attempt; where there is none, the visit has failed."""
        usage = error.usage if isinstance(error, NodeError) else None
        self._usage = sum_of(self._usage, usage)
        failure = failure_of(error)
        self._failures += 1
        delay = delay_after(self._node, failure, self._failures, self._context)
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
            attempt=self._attempt,
            failures=self._failures,
            report=voice,
            bodies=_NO_BODIES if self._bodies is None else self._own_bodies(self._bodies, context),
        )

    def _own_bodies(self, bodies: Callable[..., Bodies], context: RunContext) -> Bodies:
        """Those of a container, for one attempt."""
        return bodies(
            node_id=self._node.id,
            own=self._running(),
            attempt=self._attempt,
            state=self._state,
            context=context,
        )

    async def _complete(self, completed: Completed) -> Step:
        output, size = weighed(completed.output)
        if size > LARGE_PAYLOAD:
            self._say(LargeResult, size=size)
        writes = self._writes(completed) if completed.variables or completed.writes else ()
        if completed.ends_run:
            self._say(VisitCompleted, output=output, usage=self._usage, returned=True)
            raise RunReturned(output)
        record = _completed(self._number, output)
        routing = self._ways.fixed
        if routing is None or completed.handle is not None:
            routing = route(self._node.routes, self._scope(record), completed.handle)
        if self._node.routes.required:
            output = {"route": routing.handle}
            record = _completed(self._number, output)  # the reasons still read the other
        if self._memory:
            await self._memory.keep(output, dict(writes), completed.handle)
        if self._is_heard:
            self._say(
                VisitCompleted,
                output=output,
                writes=writes,
                usage=self._usage,
                decisions=routing.decisions,
                cached=self._memory is not None and self._memory.recalled,
            )
        return self._ways.command({self._node.id: record}, writes, routing.taken)

    def _writes(self, completed: Completed) -> Sequence[Write]:
        """The values that it writes into variables, which can take them."""
        writes = (*plain(dict(completed.variables)).items(), *completed.writes)
        self._ways.reduce(self._state["vars"], writes)
        return writes

    def _fail(self, error: Exception) -> Step:
        failure = failure_of(error)
        origin = self._origin_before or self._origin(error, failure)
        said = {"failure": failure, "origin": origin, "usage": self._usage}
        if not self._node.routes.error:
            self._say(VisitFailed, **said, decisions=())
            raise self._failed_for_good(failure, origin) from error
        routing = route_failure(self._node.routes)
        self._say(VisitFailed, **said, decisions=routing.decisions)
        record = _failed(self._number, origin)
        return self._ways.command({self._node.id: record}, (), routing.taken)

    def _origin(self, error: Exception | None, failure: Failure) -> Origin:
        return origin_of(error, failure, self._node.id, self._context.path)

    def _failed_for_good(self, failure: Failure, origin: Origin) -> NodeFailedError:
        return NodeFailedError(self._node.id, self._number, self._attempt, failure, origin)

    def _recall(self, ended: EndedVisit) -> Step:
        """End as an earlier execution of the run has it; nothing is done or said a second time."""
        self._attempt = ended.attempt
        failure, is_fatal = ended.failure, ended.failure is not None and not ended.taken
        self._say(VisitRecalled, consumed=self._consumed, taken=ended.taken, is_fatal=is_fatal)
        if ended.returned:
            raise RunReturned(ended.output)
        if failure is None:
            record = _completed(self._number, ended.output)
        else:
            origin = ended.origin or self._origin(None, failure)
            if is_fatal:
                raise self._failed_for_good(failure, origin)
            record = _failed(self._number, origin)
        return self._ways.command({self._node.id: record}, ended.writes, ended.taken)

    def _running(self) -> NodeRecord:
        """The node's record while it is at work: the last visit's, but for the number."""
        return {**self._before, "visit": self._number, "status": "running"}

    def _scope(self, own: NodeRecord) -> RunScope:
        return RunScope(self._state, self._ways.defaults, self._context, {self._node.id: own})

    def _say(self, kind: type[Record], **what: Any) -> None:
        context = self._context
        context.tap(
            kind(
                node_id=self._node.id,
                visit=self._number,
                attempt=self._attempt,
                task=self._task,
                path=context.path,
                at=context.clock.now(),
                **what,
            )
        )


def _completed(visit: int, output: Any) -> NodeRecord:
    return {"output": output, "error": None, "status": "completed", "visit": visit}


def _failed(visit: int, origin: Origin) -> NodeRecord:
    return {"output": None, "error": origin.said, "status": "failed", "visit": visit}
