"""A graph's trace and LangGraph's stream to run events: one story in the words of the log.

One pass over `astream_events` (version 2) executes the graph. Its nodes tell about themselves
through the tap of the run's context (`workflow_compiler.trace`), at once; models inside them are
seen by their own events in the stream, which come a little later. So the end of a visit waits
until the stream has told it too: then all tokens of that visit have been shown. Nodes that only
compute talk to no model, so nothing of theirs has to be in the stream. Everything else in the
stream is machinery and makes no event.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import assert_never

from services.domain.events.vocabulary import (
    EdgeDecided,
    NodeAttemptFailed,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeStarted,
    RunEvent,
    Token,
)
from services.domain.translation.places import Places
from services.domain.translation.raw import Raw, around, is_node, task_of
from services.domain.translation.telling import error_of, place_of, said, waits
from workflow_compiler.definition import Join
from workflow_compiler.history import VisitKey
from workflow_compiler.planning import Plan
from workflow_compiler.registry import Work
from workflow_compiler.state import State
from workflow_compiler.trace import (
    ATTEMPT_MARK,
    AttemptFailed,
    BodyClosed,
    BodyOpened,
    Decision,
    Emitted,
    LargeResult,
    Logged,
    ProgressReported,
    Record,
    TextStreamed,
    ThreadLeft,
    TraceRecord,
    VisitCompleted,
    VisitFailed,
    VisitRecalled,
    VisitStarted,
    WaitBegan,
    WaitEnded,
)
from workflow_compiler.usage import Price, Usage, priced


class Translator:
    """Translates one execution of one run.

    `told` are the nodes, with their paths, of which an earlier execution told that they were
    visited or dead; `stopped` the visits of which it told that they were cancelled.
    """

    def __init__(
        self,
        plan: Plan,
        prices: Mapping[str, Price],
        told: Collection[tuple[str, str]] = (),
        stopped: Collection[VisitKey] = (),
    ) -> None:
        self._prices = prices
        self._state: State | None = None
        self._plan = plan
        self._numbers = {node.id: node.number for node in plan.nodes}
        self._containers = {node.id for node in plan.nodes if node.type.slots}
        self._silent = self._containers | {
            node.id for node in plan.nodes if node.type.work is Work.COMPUTING
        }
        self._places = Places(plan, told, stopped)
        self._visits: dict[str, Record] = {}
        self._told: deque[Record] = deque()
        self._awaited: set[str] = set()
        self._finished: set[str] = set()
        self._early: list[Raw] = []

    def hear(self, record: Record) -> Iterator[RunEvent | Token]:
        """What a trace record means, and what had to wait for it."""
        self._told.append(record)
        if isinstance(record, VisitStarted) and record.node_id not in self._silent:
            self._awaited.add(record.task)
        return self._release()

    def translate(self, raw: Raw) -> Iterator[RunEvent | Token]:
        """What one raw event of the stream means: nothing, one event, or several."""
        match raw:
            case {"event": "on_chat_model_stream"}:
                yield from self._streamed(raw)
            case {"event": "on_chain_end", "parent_ids": [], "data": {"output": dict() as state}}:
                self._state = state  # type: ignore[assignment]
            case {"event": "on_chain_end", "tags": tags} if is_node(tags):
                if task_of(raw) in self._awaited:
                    self._finished.add(task_of(raw))
                    yield from self._release()
            case _:
                return

    def catch_up(self) -> Iterator[RunEvent | Token]:
        """The stream is over: what was still waiting, because a node failed or the run stopped."""
        self._finished.update(record.task for record in self._told)
        return self._release()

    def _release(self) -> Iterator[RunEvent | Token]:
        while self._told and self._is_due(self._told[0]):
            record = self._told.popleft()
            if isinstance(record, VisitCompleted | VisitFailed):
                self._awaited.discard(record.task)
                self._finished.discard(record.task)
            if self._places.is_over(record.path):  # stopping takes a moment, of which nobody hears
                self._visits.pop(record.task, None)
            else:
                yield from self._record(record)  # type: ignore[arg-type]
        if not self._told:
            self._early.clear()

    def _is_due(self, record: Record) -> bool:
        """The end of a visit waits for its last token; what calls no model has none.

        Of a node that fails its scope the stream tells no end.
        """
        if record.node_id in self._silent or record.task in self._finished:
            return True
        match record:
            case VisitCompleted():
                return False
            case VisitFailed():
                return not record.decisions
            case _:
                return True

    def final_state(self) -> State:
        """The graph's state at its end; only after the stream has ended well."""
        assert self._state is not None, "the graph has ended"  # noqa: S101
        return self._state

    def skip_rest(self, at: datetime) -> Iterator[RunEvent]:
        """The run has no token left: what was never visited never will be."""
        return self._places.rest(at)

    @property
    def still_running(self) -> Collection[VisitKey]:
        """The visits of which a thread was at work when they were stopped."""
        return self._places.still_running

    def stuck(self) -> tuple[str, ...]:
        """The edges on which a token waits in vain, now that the graph has come to rest.

        What an `any` join swallows waits for nothing.
        """
        edges = (self._plan.edges[edge] for edge in sorted(self._places.waiting()))
        return tuple(
            edge.id for edge in edges if self._plan.nodes[edge.target].join is not Join.ANY
        )

    def _record(self, record: TraceRecord) -> Iterator[RunEvent | Token]:
        match record:
            case VisitStarted():
                yield from self._started(record)
            case VisitRecalled():
                self._places.recall(record)
            case AttemptFailed():
                yield from self._attempt_failed(record)
            case VisitCompleted() | VisitFailed():
                yield from self._ended(record)
            case WaitBegan():
                yield from waits(record)
            case (
                WaitEnded()
                | ProgressReported()
                | Logged()
                | LargeResult()
                | Emitted()
                | TextStreamed()
            ):
                yield said(record)
            case BodyOpened() | BodyClosed() | ThreadLeft():
                yield from self._placed(record)
            case _:
                assert_never(record)

    def _placed(self, record: BodyOpened | BodyClosed | ThreadLeft) -> Iterator[RunEvent]:
        match record:
            case BodyClosed():
                yield from self._places.close_body(record)
            case BodyOpened():
                self._places.open_body(record)
            case ThreadLeft():
                self._places.leave_thread(record)

    def _priced(self, usage: Usage | None) -> Usage | None:
        return None if usage is None else priced(usage, self._prices)

    def _attempt_failed(self, record: AttemptFailed) -> Iterator[RunEvent]:
        self._places.fail(record)
        place, error = place_of(record), error_of(record, record.failure)
        usage = self._priced(record.usage)
        yield NodeAttemptFailed(**place, error=error, origin=record.origin, usage=usage)
        if record.delay_seconds is not None:
            following = place | {"attempt": record.attempt + 1}
            yield NodeRetrying(**following, delay_seconds=record.delay_seconds)

    def _started(self, record: VisitStarted) -> Iterator[RunEvent | Token]:
        self._places.start(record)
        if not record.goes_on:
            yield NodeStarted(**place_of(record), input=record.input)
        if record.node_id not in self._containers:
            self._visits[record.task] = record
        waiting, self._early = self._early, []
        for raw in waiting:
            yield from self._streamed(raw)

    def _ended(self, record: VisitCompleted | VisitFailed) -> Iterator[RunEvent]:
        """The visit is over: how, what it decided, and which nodes died by that."""
        self._visits.pop(record.task, None)
        yield from self._places.end(record)
        yield self._ending(record)
        for decision in record.decisions:
            yield self._decided(record, decision)
        if isinstance(record, VisitCompleted) or record.decisions:
            taken = (chosen.edge for chosen in record.decisions if chosen.taken)
            yield from self._places.leave(record, [*self._plain_edges(record), *taken])

    def _ending(self, record: VisitCompleted | VisitFailed) -> RunEvent:
        place = place_of(record)
        if isinstance(record, VisitCompleted):
            return NodeCompleted(
                **place,
                output=record.output,
                writes=record.writes,
                usage=self._priced(record.usage),
                cached=record.cached,
                returned=record.returned,
            )
        error, handled = error_of(record, record.failure), bool(record.decisions)
        usage = self._priced(record.usage)
        return NodeFailed(**place, error=error, origin=record.origin, handled=handled, usage=usage)

    def _plain_edges(self, record: VisitCompleted | VisitFailed) -> tuple[int, ...]:
        if isinstance(record, VisitFailed) or record.returned:
            return ()
        return self._plan.nodes[self._numbers[record.node_id]].routes.plain

    def _decided(self, record: Record, decision: Decision) -> RunEvent:
        edge = self._plan.edges[decision.edge]
        return EdgeDecided(
            **place_of(record),
            edge_id=edge.id,
            target=self._plan.nodes[edge.target].id,
            taken=decision.taken,
            kind=decision.kind,
            expression=decision.expression,
            values=decision.values,
            result=decision.result,
        )

    def _streamed(self, raw: Raw) -> Iterator[Token]:
        """A model's token.

        The beginning of its visit may still wait behind the end of another one. While nothing
        waits, a token without a visit belongs to one that is over.
        """
        visit = self._visit_around(task_of(raw))
        text = str(raw["data"]["chunk"].text)
        if visit is None:
            self._early.extend([raw] if self._told else ())
        elif text:
            attempt = raw["metadata"].get(ATTEMPT_MARK, 1)
            yield Token(**place_of(visit) | {"attempt": attempt}, text=text)

    def _visit_around(self, task: str) -> Record | None:
        """The visit of a task or of the innermost task around it: agents run graphs of their own.

        LangGraph names a task inside another one `outer|inner`.
        """
        while task not in self._visits and task:
            task = around(task)
        return self._visits.get(task)
