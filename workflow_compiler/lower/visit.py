"""One visit of one node: what becomes of its attempts, which ways it takes, and what it tells."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace

import anyio

from workflow_compiler.debugging import ABSENT, Changes
from workflow_compiler.errors import (
    NodeError,
    Origin,
    RunReturned,
)
from workflow_compiler.history import EndedVisit
from workflow_compiler.lower.attempts import CONTROL_FLOW, Attempts
from workflow_compiler.lower.cancelling import is_stopped, stop
from workflow_compiler.lower.failures import NodeFailedError, failure_of
from workflow_compiler.lower.results import LARGE_PAYLOAD, weighed
from workflow_compiler.lower.routing import Verdict, route, route_failure
from workflow_compiler.lower.stopping import Stopping, record_of
from workflow_compiler.lower.ways import Step
from workflow_compiler.registry import Completed
from workflow_compiler.state import NodeRecord, completed, failed
from workflow_compiler.trace import (
    Failure,
    LargeResult,
    VisitCompleted,
    VisitFailed,
    VisitRecalled,
    Write,
)


class Visit(Attempts):
    """One firing of a node, from its tokens to the step that passes them on."""

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
