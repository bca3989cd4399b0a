"""Where a run stands: the tokens of the workflow and of each body that is open in a container.

A body has tokens of its own, under its path. What this says is what no node says about itself: that
it will never be visited, or that it was stopped together with the body around it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from services.domain.events.vocabulary import NodeCancelled, NodeSkipped, RunEvent
from workflow_compiler.history import VisitKey
from workflow_compiler.planning import Plan
from workflow_compiler.topology import Tokens
from workflow_compiler.trace import (
    AttemptFailed,
    BodyClosed,
    BodyEnd,
    BodyOpened,
    Record,
    ThreadLeft,
    VisitCompleted,
    VisitFailed,
    VisitRecalled,
    VisitStarted,
    body_path,
)


class Places:
    """Follows one execution of one run by the records of its visits and bodies.

    `known` are the nodes, with their paths, of which an earlier execution told that they were
    visited or dead; `stopped` the visits of which it told that they were cancelled.
    """

    def __init__(
        self,
        plan: Plan,
        known: Collection[tuple[str, str]] = (),
        stopped: Collection[VisitKey] = (),
    ) -> None:
        self._plan = plan
        self._known = known
        self._stopped = stopped
        self._numbers = {node.id: node.number for node in plan.nodes}
        self._scopes = {(scope.container, scope.slot): scope for scope in plan.scopes}
        self._tokens = {"": Tokens(plan.graph, plan.scopes[0], plan.swallowers)}
        self._open: dict[str, dict[VisitKey, Record]] = {}
        self._opened: dict[VisitKey, set[str]] = {}
        self._inside: dict[VisitKey, set[str]] = {}
        self._still_running: set[VisitKey] = set()
        self._stuck: set[int] = set()

    def start(self, record: VisitStarted) -> None:
        """A visit began."""
        number = self._numbers[record.node_id]
        self._open.setdefault(record.path, {})[_key(record)] = record
        self._tokens[record.path].start(number, record.consumed)
        if self._plan.nodes[number].type.slots:
            self._opened[_key(record)] = set()

    def leave_thread(self, record: ThreadLeft) -> None:
        """An attempt was stopped, but not the thread that it began."""
        self._still_running.add(_key(record))

    def fail(self, record: AttemptFailed) -> None:
        """An attempt failed: if there is another one, it has no thread yet."""
        self._still_running.discard(_key(record))

    @property
    def still_running(self) -> Collection[VisitKey]:
        """The visits of which a thread was at work when they were stopped."""
        return self._still_running

    def recall(self, record: VisitRecalled) -> None:
        """A visit of an earlier execution began and ended again; that one has told all of it."""
        number, tokens = self._numbers[record.node_id], self._tokens[record.path]
        tokens.start(number, record.consumed)
        if not record.is_fatal:
            tokens.finish(number, record.taken)

    def is_over(self, path: str) -> bool:
        """Whether a body has closed, and spoken for all that was in it."""
        return path not in self._tokens

    def end(self, record: VisitCompleted | VisitFailed) -> Iterator[RunEvent]:
        """A visit is over: the parts of a container that it had no need of."""
        self._open[record.path].pop(_key(record), None)
        self._inside.pop(_key(record), None)
        if (opened := self._opened.pop(_key(record), None)) is not None:
            yield from self._never_opened(_key(record), opened, record.at)

    def leave(
        self, record: VisitCompleted | VisitFailed, taken: Iterable[int]
    ) -> Iterator[RunEvent]:
        """A visit left tokens on these edges: the nodes that died by it."""
        dead = self._tokens[record.path].finish(self._numbers[record.node_id], taken)
        return self._skipped(dead, record.path, record.at)

    def open_body(self, record: BodyOpened) -> None:
        """A container began to run a body."""
        self._opened[_key(record)].add(record.slot)
        self._inside.setdefault(_key(record), set()).add(record.body)
        scope = self._scopes[self._numbers[record.node_id], record.slot]
        self._tokens[record.body] = Tokens(self._plan.graph, scope, self._plan.swallowers)

    def close_body(self, record: BodyClosed) -> Iterator[RunEvent]:
        """A body is over: what was at work in it has been stopped, what is left never begins."""
        self._inside[_key(record)].discard(record.body)
        yield from self._stop(record.body, record.at)
        tokens = self._tokens.pop(record.body)
        if record.end is BodyEnd.COMPLETED:
            self._stuck |= tokens.waiting()
        if record.end is not BodyEnd.CANCELLED:
            yield from self._skipped(tokens.end(), record.body, record.at)

    def _stop(self, body: str, at: datetime) -> Iterator[RunEvent]:
        """What was at work in a body, and in the bodies of containers in it, from the inside out.

        Those may take a moment longer to stop, of which nobody needs to hear.
        """
        for key, visit in self._open.pop(body, {}).items():
            self._opened.pop(key, None)
            for inner in self._inside.pop(key, ()):
                yield from self._stop(inner, at)
                del self._tokens[inner]
            if key not in self._stopped:
                yield NodeCancelled(
                    node_id=visit.node_id,
                    path=visit.path,
                    visit=visit.visit,
                    attempt=visit.attempt,
                    at=at,
                    still_running=key in self._still_running,
                )

    def waiting(self) -> frozenset[int]:
        """The edges that hold a token which nobody will consume, now that all is at rest."""
        return self._tokens[""].waiting() | self._stuck

    def rest(self, at: datetime) -> Iterator[RunEvent]:
        """The run is over: what was never visited never will be."""
        for key, opened in self._opened.items():
            yield from self._never_opened(key, opened, at)
        yield from self._skipped(self._tokens[""].end(), "", at)

    def _skipped(self, dead: Iterable[int], path: str, at: datetime) -> Iterator[RunEvent]:
        """Nodes that are dead, and with a container all that is inside it."""
        for number in dead:
            node_id = self._plan.nodes[number].id
            if (node_id, path) not in self._known:
                yield NodeSkipped(node_id=node_id, path=path, at=at)
            yield from self._never_opened((node_id, path, 1), (), at)

    def _never_opened(
        self, container: VisitKey, opened: Collection[str], at: datetime
    ) -> Iterator[RunEvent]:
        """The nodes in those slots of a container that were not opened."""
        node_id, path, visit = container
        number = self._numbers[node_id]
        for slot in self._plan.nodes[number].type.slots:
            scope = self._scopes.get((number, slot.name))
            if scope is not None and slot.name not in opened:
                inside = body_path(path, node_id, f".{slot.name}", visit)
                yield from self._skipped(sorted(scope.nodes), inside, at)


def _key(record: Record) -> VisitKey:
    return record.node_id, record.path, record.visit
