"""What somebody who debugs a run makes of one visit: where it stops, and what changes there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from workflow_compiler.debugging import ABSENT, Arrival, Breakdown, Changes, Departure
from workflow_compiler.errors import NodeError, Origin
from workflow_compiler.lower.results import weighed
from workflow_compiler.lower.routing import route
from workflow_compiler.planning import PlannedNode
from workflow_compiler.ports import RunContext
from workflow_compiler.registry import Completed
from workflow_compiler.state import NodeRecord, RunScope
from workflow_compiler.trace import Failure, Write
from workflow_compiler.usage import Usage


class Stopping:
    """The stops of one visit.

    Attributes:
        given: The input that somebody gave it; ABSENT where it has its own.
        first: What was written into variables before it did its work.
        last: The same, after that.
    """

    def __init__(self, node: PlannedNode, visit: int, context: RunContext) -> None:
        self._node = node
        self._visit = visit
        self._context = context
        self.given: Any = ABSENT
        self.first: tuple[Write, ...] = ()
        self.last: tuple[Write, ...] = ()

    async def arrive(
        self, scope: RunScope, attempt: int, consumed: tuple[int, ...], *, has_begun: bool
    ) -> Changes:
        """The visit is about to begin, or to go on."""
        values, failure = self._resolved(scope)
        arrival = Arrival(
            **self._place(scope, attempt),
            consumed=consumed,
            has_begun=has_begun,
            input=values,
            failure=failure,
        )
        changes = await self._context.debugger.before(arrival)
        self.first += changes.writes
        return self._taken(changes)

    async def leave(
        self, scope: RunScope, attempt: int, completed: Completed, usage: Usage | None
    ) -> Completed:
        """It has done its work; what that has come to in the end.

        Raises:
            NodeError: it has no way out, or gives out too much.
        """
        output, _ = weighed(completed.output)
        routing = route(self._node.routes, scope, completed.handle)
        if self._node.routes.required:
            output = {"route": routing.handle}
        departure = Departure(
            **self._place(scope, attempt),
            output=output,
            writes=_writes(completed),
            handle=completed.handle,
            usage=usage,
            returned=completed.ends_run,
            taken=() if completed.ends_run else routing.taken,
        )
        changes = self._taken(await self._context.debugger.after(departure))
        self.last += changes.writes
        return completed if changes.output is ABSENT else self.end(changes, completed)

    async def fail(
        self, scope: RunScope, attempt: int, failure: Failure, origin: Origin
    ) -> Changes:
        """It has failed for good."""
        place = self._place(scope, attempt)
        breakdown = Breakdown(**place, failure=failure, origin=origin)
        changes = await self._context.debugger.failed(breakdown)
        self.first += changes.writes
        return self._taken(changes)

    def end(self, changes: Changes, completed: Completed | None = None) -> Completed:
        """What the visit comes to with an output that somebody gave it.

        The output of a node that chooses a way is that way.
        """
        before = completed or Completed(output=None)
        chosen = changes.output.get("route") if isinstance(changes.output, Mapping) else None
        if self._node.routes.required and chosen is not None:
            return replace(before, output=changes.output, handle=str(chosen))
        return replace(before, output=changes.output)

    def _taken(self, changes: Changes) -> Changes:
        if changes.input is not ABSENT:
            self.given = changes.input
        return changes

    def _resolved(self, scope: RunScope) -> tuple[Any, Failure | None]:
        try:
            return self._node.config.values(scope), None
        except NodeError as error:
            return self._node.config.given, Failure(type=error.type, message=error.message)

    def _place(self, scope: RunScope, attempt: int) -> dict[str, Any]:
        return {
            "node_id": self._node.id,
            "path": self._context.path,
            "visit": self._visit,
            "attempt": attempt,
            "scope": scope,
        }


def record_of(before: NodeRecord, output: Any) -> NodeRecord:
    """What expressions see of a visit that has done its work and not ended."""
    return {**before, "output": output, "error": None}


def _writes(completed: Completed) -> tuple[Write, ...]:
    pairs: Sequence[Write] = tuple(completed.variables.items())
    return (*pairs, *completed.writes)
