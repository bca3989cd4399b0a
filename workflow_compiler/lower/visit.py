"""One visit of one node: resolve its config, try, retry, route, and report all of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeAlias

import anyio
from langgraph.errors import GraphBubbleUp

from workflow_compiler.debugging import ABSENT, Changes
from workflow_compiler.errors import (
    NodeError,
    Origin,
    RunReturned,
    StepLimitError,
)
from workflow_compiler.expressions.names import SECRETS, in_the_log
from workflow_compiler.history import EndedVisit
from workflow_compiler.lower.attempt import attempt
from workflow_compiler.lower.cancelling import is_stopped, stop
from workflow_compiler.lower.failures import NodeFailedError, failure_of, origin_of
from workflow_compiler.lower.remembering import Memory
from workflow_compiler.lower.results import LARGE_PAYLOAD, plain, weighed
from workflow_compiler.lower.routing import Verdict, route, route_failure
from workflow_compiler.lower.slots import slot
from workflow_compiler.lower.standing import Standing
from workflow_compiler.lower.stopping import Stopping, record_of
from workflow_compiler.lower.timing import bounded, delay_after, left_seconds
from workflow_compiler.lower.voice import Voice
from workflow_compiler.lower.ways import Step, Ways
from workflow_compiler.planning import PlannedNode
from workflow_compiler.ports import Bodies, NoBodies, NodeContext, RunContext, unbounded, unheard
from workflow_compiler.registry import Completed, Work
from workflow_compiler.state import UNVISITED, NodeRecord, RunScope, State, completed, failed
from workflow_compiler.trace import (
    AttemptFailed,
    Failure,
    LargeResult,
    Record,
    VisitCompleted,
    VisitFailed,
    VisitRecalled,
    VisitStarted,
    Write,
)
from workflow_compiler.usage import sum_of

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
        self._memory = None if node.cache_seconds is None else Memory(node, context.node_cache)
        self._stopping: Stopping | None = None
        # A record costs as much as all that a small node does.
        self._is_heard = context.tap is not unheard
        begun = context.history.begun.get(self._key)
        is_container = bool(node.type.slots)
        self._at = Standing.after(begun, is_container=is_container) if begun else Standing()

    async def run(self) -> Step:
        """Fire the node.

        Raises:
            NodeFailedError: it failed for good and has no error edge.
            RunReturned: the whole run ends with it.
            StepLimitError: the run may make no more visits.
        """
        if is_stopped():
            await stop()
        self._context.steps.take(self._node.id, self._context.path)
        if (ended := self._context.history.ended.get(self._key)) is not None:
            return self._recall(ended)
        self._context.course.begin()
        if self._key in self._context.history.stopped and not self._node.type.slots:
            await anyio.sleep_forever()  # until the neighbour that stopped it does so again
        try:
            given = await self._arrive() if self._context.debugger.is_on else None
            return await self._complete(given or await self._work(self._begin))
        except CONTROL_FLOW:
            raise
        except Exception as error:  # noqa: BLE001 - behaviours are other people's code
            return await self._mended(error) if self._context.debugger.is_on else self._fail(error)

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

    async def _complete(self, result: Completed) -> Step:
        if self._context.debugger.is_on:
            result = await self._leave(result)
        verdict = self._judge(result)
        if self._memory and self._stopping is None:  # what somebody may have changed is no result
            kept = {name: value for name, value, *_ in verdict.writes}
            await self._memory.keep(verdict.output, kept, result.handle)
        if self._is_heard:
            self._say(
                VisitCompleted,
                output=verdict.output,
                writes=verdict.writes,
                usage=self._at.usage,
                decisions=verdict.routing.decisions,
                cached=self._memory is not None and self._memory.recalled,
            )
        record = completed(self._number, verdict.output)
        return self._end(record, verdict.writes, verdict.routing.taken)

    def _judge(self, result: Completed) -> Verdict:
        """What the visit gives out, and which ways it takes.

        Raises:
            RunReturned: the whole run ends with it.
        """
        output, size = weighed(result.output)
        output = self._context.secrets.redacted(output)
        if size > LARGE_PAYLOAD:
            self._say(LargeResult, size=size)
        is_written = result.variables or result.writes or self._stopping is not None
        writes = self._writes(result) if is_written else ()
        if result.ends_run:
            self._say(VisitCompleted, output=output, usage=self._at.usage, returned=True)
            raise RunReturned(output)
        routing = self._ways.fixed
        if routing is None or result.handle is not None:
            scope = self._scope(completed(self._number, output))
            routing = route(self._node.routes, scope, result.handle)
            if self._node.routes.required:  # the reasons still read the other
                output = {"route": routing.handle}
        return Verdict(output, writes, routing)

    def _end(self, record: NodeRecord, writes: Sequence[Write], taken: Collection[int]) -> Step:
        self._context.course.end(None)
        return self._ways.step({self._node.id: record}, writes, taken)

    def _writes(self, result: Completed) -> Sequence[Write]:
        """The values that it writes into variables, which can take them."""
        writes: Sequence[Write]
        writes = (*self._plain(dict(result.variables)).items(), *result.writes)
        if self._stopping is not None:
            writes = (*self._stopping.first, *writes, *self._stopping.last)
        self._ways.reduce(self._state["vars"], writes)
        return writes

    def _fail(self, error: Exception) -> Step:
        failure = failure_of(error, self._context.secrets)
        origin = self._at.origin or self._origin(error, failure)
        said = {"failure": failure, "origin": origin, "usage": self._at.usage}
        if not self._node.routes.error:
            self._say(VisitFailed, **said, decisions=())
            raise self._failed_for_good(failure, origin) from error
        routing = route_failure(self._node.routes)
        self._say(VisitFailed, **said, decisions=routing.decisions)
        writes = self._stopping.first if self._stopping is not None else ()
        return self._end(failed(self._number, origin.said), writes, routing.taken)

    def _origin(self, error: Exception | None, failure: Failure) -> Origin:
        return origin_of(error, failure, self._node.id, self._context.path)

    def _failed_for_good(self, failure: Failure, origin: Origin) -> NodeFailedError:
        return NodeFailedError(self._node.id, self._number, self._at.attempt, failure, origin)

    def _recall(self, ended: EndedVisit) -> Step:
        """End as an earlier execution of the run has it; nothing is done or said a second time."""
        self._context.course.end(ended.place)
        self._at.attempt = ended.attempt
        failure, is_fatal = ended.failure, ended.failure is not None and not ended.taken
        self._say(VisitRecalled, consumed=self._consumed, taken=ended.taken, is_fatal=is_fatal)
        if ended.returned:
            raise RunReturned(ended.output)
        if failure is None:
            record = completed(self._number, ended.output)
        else:
            origin = ended.origin or self._origin(None, failure)
            if is_fatal:
                raise self._failed_for_good(failure, origin)
            record = failed(self._number, origin.said)
        return self._ways.step({self._node.id: record}, ended.writes, ended.taken)

    async def _arrive(self) -> Completed | None:
        """Stop before the work, if somebody wants that; what it comes to, if somebody says that."""
        self._stopping = Stopping(self._node, self._number, self._context)
        scope, place = self._scope(self._running()), (self._at.attempt, self._consumed)
        has_begun = self._key in self._context.history.begun
        changes = await self._stopping.arrive(scope, *place, has_begun=has_begun)
        self._see(changes)
        if changes.output is ABSENT or self._at.done is not None:
            return None
        with suppress(NodeError):  # what it would begin with need not be known
            self._start()
        return self._stopping.end(changes)

    async def _leave(self, result: Completed) -> Completed:
        """Stop after the work, if somebody wants that."""
        stopping, output = self._stopped(), self._plain(result.output)
        shown = replace(result, output=output, variables=self._plain(dict(result.variables)))
        scope = self._scope(record_of(self._running(), output))
        return await stopping.leave(scope, self._at.attempt, shown, self._at.usage)

    async def _mended(self, error: Exception) -> Step:
        """What becomes of a failure when somebody may try again, or say what to go on with."""
        while True:
            failure = failure_of(error, self._context.secrets)
            origin = self._at.origin or self._origin(error, failure)
            scope = self._scope({**self._running(), "error": origin.said})
            changes = await self._stopped().fail(scope, self._at.attempt, failure, origin)
            self._see(changes)
            if not changes.again and changes.output is ABSENT:
                return self._fail(error)
            try:
                if changes.again:
                    return await self._complete(await self._work(self._begin_again))
                return await self._complete(self._stopped().end(changes))
            except CONTROL_FLOW:
                raise
            except Exception as another:  # noqa: BLE001 - behaviours are other people's code
                error = another

    async def _begin_again(self) -> Completed | float:
        """Another attempt, since somebody asked for it; its events are whoever asked's."""
        self._at.attempt += 1
        self._at.since, self._at.failure, self._at.origin = None, None, None
        values = self._stopped().given
        if values is ABSENT:
            values = self._node.config.values(self._scope(self._running()))
        if self._node.config.secrets:
            values = await self._filled(values)
        self._config = self._node.config.load(values)
        return await self._repeat()

    def _stopped(self) -> Stopping:
        if self._stopping is None:
            self._stopping = Stopping(self._node, self._number, self._context)
        return self._stopping

    def _see(self, changes: Changes) -> None:
        """From here on the visit reads what was written into variables."""
        if changes.writes:
            variables = dict(self._ways.reduce(self._state["vars"], changes.writes))
            self._state = {**self._state, "vars": variables}

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
