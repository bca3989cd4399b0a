"""Who may write about a run, and when: two processes, any order of what they do, time that flies.

A model of a few lines says what each step must give, and the store must give that, whatever the
database.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import Connection, delete, select, update

from services.domain.events.runs import (
    Resumption,
    RunCancelled,
    RunCancelling,
    RunCompleted,
    RunResumed,
    RunStarted,
    RunWaiting,
)
from services.domain.events.vocabulary import NodeCancelled, NodeCompleted, NodeStarted, RunEvent
from services.domain.projection import Projection
from services.domain.runs import RUN_TRANSITIONS, TERMINAL, RunStatus, TransitionError
from services.errors import LeaseLostError, RunIsOverError
from services.store.leases import Claim
from services.store.tables import workflow_runs
from services.store.workflows import StoredVersion
from tests.chaos.invariants import broken_in, story_of
from tests.support.stores import Store, open_store

T = TypeVar("T")

LEASE = 1_000.0
WAIT = 500.0
NEVER = float("inf")
BEGUN = {RunStatus.RUNNING, RunStatus.CANCELLING}


@dataclass
class Model:
    """What must be true of one run; moments are seconds since the beginning."""

    status: RunStatus = RunStatus.PENDING
    fence: int = 0
    lease_until: float | None = None
    wake_at: float = NEVER
    attempt: int = 0
    visits: int = 0
    starts: int = 0
    head: int = 1

    @property
    def is_over(self) -> bool:
        return self.status in TERMINAL

    def is_silent(self, now: float) -> bool:
        """Whether its owner has lost it without giving it back."""
        return self.lease_until is not None and self.lease_until <= now

    def is_free(self, now: float) -> bool:
        if self.is_over or (self.lease_until is not None and not self.is_silent(now)):
            return False
        return self.status is not RunStatus.WAITING or self.wake_at <= now or self.is_silent(now)

    def is_due(self, now: float) -> bool:
        if self.is_over or (self.lease_until is not None and not self.is_silent(now)):
            return False
        return self.is_silent(now) or self.status in BEGUN or self.wake_at <= now


@dataclass(eq=False)
class Holding:
    """A run as the process knows it that claimed it."""

    store: Store
    claim: Claim
    has_begun: bool = False

    @property
    def run_id(self) -> str:
        return self.claim.run.id


@dataclass(frozen=True)
class World:
    """Two processes over one database, and a loop to run them in."""

    loop: asyncio.Runner
    stores: Sequence[Store]
    version: StoredVersion

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(what)


class Ownership(RuleBasedStateMachine):
    """Claims, renewals, releases, writes, cancels, and time, by two processes."""

    runs = Bundle("runs")
    holdings = Bundle("holdings")

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world = world
        self.now = 0.0
        self.models: dict[str, Model] = {}

    @rule(target=runs, is_wanted=st.booleans())
    def accept(self, is_wanted: bool) -> str:
        store = self.world.stores[0]
        run = self.world.do(store.create(self.world.version))
        self.models[run.id] = Model(wake_at=self.now if is_wanted else NEVER)
        if is_wanted:
            assert self.world.do(store.leases.wake(run.id))
        assert self.world.do(store.leases.wake(run.id)) is None or not is_wanted
        self.models[run.id].wake_at = self.now
        return run.id

    @rule(target=holdings, run=runs, who=st.sampled_from([0, 1]))
    def claim(self, run: str, who: int) -> Any:
        store, model = self.world.stores[who], self.models[run]
        claim = self.world.do(store.leases.claim(run, f"process {who}", LEASE))
        assert (claim is not None) == model.is_free(self.now)
        if claim is None:
            return multiple()
        assert claim.is_takeover == model.is_silent(self.now)
        assert claim.run.status is model.status
        model.fence += 1
        assert claim.fence == model.fence
        model.lease_until, model.wake_at = self.now + LEASE, NEVER
        return Holding(store, claim)

    @rule(holding=holdings, seconds=st.sampled_from([LEASE, LEASE, 0.0]))
    def renew(self, holding: Holding, seconds: float) -> None:
        model, leases = self.models[holding.run_id], holding.store.leases
        renewal = self.world.do(leases.renew(holding.run_id, holding.claim.fence, seconds))
        assert (renewal is not None) == self._is_owner(holding)
        if renewal is not None:
            assert (renewal.cancel_reason is not None) == (model.status is RunStatus.CANCELLING)
            model.lease_until = self.now + seconds

    @rule(holding=consumes(holdings))
    def release(self, holding: Holding) -> None:
        self._release(holding, None)

    @rule(holding=holdings)
    def begin(self, holding: Holding) -> None:
        model, run = self.models[holding.run_id], holding.claim.run
        if holding.has_begun:
            return
        attempt = run.attempt + 1
        event: RunEvent = RunStarted(at=self._at(), attempt=attempt)
        if run.status is not RunStatus.PENDING:
            event = RunResumed(at=self._at(), attempt=attempt, reason=Resumption.LOST)
        if self._write(holding, [event]):
            model.attempt, holding.has_begun = attempt, True

    @rule(holding=holdings, is_whole=st.booleans())
    def visit(self, holding: Holding, is_whole: bool) -> None:
        model = self.models[holding.run_id]
        if not holding.has_begun:
            return
        model.starts += 1
        place = {"node_id": "n", "visit": model.visits + 1, "attempt": model.starts}
        events: list[RunEvent] = [NodeStarted(at=self._at(), input={}, **place)]
        if is_whole:
            events.append(NodeCompleted(at=self._at(), output=model.visits, **place))
        if self._write(holding, events):
            model.visits += is_whole

    @rule(holding=holdings, is_due=st.booleans())
    def rest(self, holding: Holding, is_due: bool) -> None:
        due = self._at() + timedelta(seconds=WAIT) if is_due else None
        if self._write(holding, [RunWaiting(at=self._at(), due_at=due)]):
            self._release(holding, due)

    @rule(holding=holdings)
    def end(self, holding: Holding) -> None:
        is_cancelled = self.models[holding.run_id].status is RunStatus.CANCELLING
        ending: RunEvent = RunCompleted(at=self._at(), output=1)
        if is_cancelled:
            ending = RunCancelled(at=self._at(), reason="enough")
        open_visits = self.world.do(holding.store.runs.open_visits(holding.run_id))
        stopped = (
            NodeCancelled(node_id=v.node_id, visit=v.visit, attempt=v.attempt, at=self._at())
            for v in open_visits
        )
        self._write(holding, [*stopped, ending])

    @rule(run=runs)
    def cancel(self, run: str) -> None:
        model, now = self.models[run], self._at()
        events: list[RunEvent] = [RunCancelling(at=now, reason="enough")]
        if model.status is RunStatus.PENDING:
            events.append(RunCancelled(at=now, reason="enough"))
        may = RunStatus.CANCELLING in RUN_TRANSITIONS[model.status]
        assert self._records(self.world.stores[1], run, None, events) == may
        if may:
            is_pending = model.status is RunStatus.PENDING
            model.status = RunStatus.CANCELLED if is_pending else RunStatus.CANCELLING
            model.head += len(events)

    @rule(seconds=st.sampled_from([400.0, LEASE + 1]))
    def fly(self, seconds: float) -> None:
        """Let time pass for the database: all its moments are so much longer ago."""
        by = timedelta(seconds=seconds)
        row = workflow_runs.c

        def shift(connection: Connection) -> None:
            for column in (row.lease_until, row.wake_at):
                found = select(row.id, column.label("at")).where(column.is_not(None))
                for run in connection.execute(found).all():
                    change = update(workflow_runs).where(row.id == run.id)
                    connection.execute(change.values({column.name: run.at - by}))

        self.world.do(self.world.stores[0].database.write(shift))
        self.now += seconds

    @invariant()
    def those_are_due_that_nobody_has(self) -> None:
        expected = {run for run, model in self.models.items() if model.is_due(self.now)}
        for store in self.world.stores:
            assert set(self.world.do(store.leases.due())) == expected

    @invariant()
    def rows_are_as_expected(self) -> None:
        for run_id, model in self.models.items():
            run = self.world.do(self.world.stores[0].runs.get(run_id))
            assert run is not None
            assert (run.status, run.attempt) == (model.status, model.attempt)
            assert self.world.do(self.world.stores[1].log.head(run_id)) == model.head

    def teardown(self) -> None:
        store, forget = self.world.stores[0], delete(workflow_runs)
        stories = [self.world.do(story_of(store, run_id)) for run_id in self.models]
        self.world.do(store.database.write(lambda connection: connection.execute(forget)))
        assert [problem for story in stories for problem in broken_in(story, [])] == []

    def _is_owner(self, holding: Holding) -> bool:
        model = self.models[holding.run_id]
        return holding.claim.fence == model.fence and not model.is_over

    def _release(self, holding: Holding, due: datetime | None) -> None:
        model, leases = self.models[holding.run_id], holding.store.leases
        done = self.world.do(leases.release(holding.run_id, holding.claim.fence, due))
        assert (done is not None) == self._is_owner(holding)
        if done is None:
            return
        model.fence, model.lease_until = model.fence + 1, None
        if model.status is RunStatus.PENDING:
            model.wake_at = self.now
        elif model.wake_at == NEVER and due is not None:
            model.wake_at = self.now + WAIT

    def _write(self, holding: Holding, events: Sequence[RunEvent]) -> bool:
        """Record as the owner of a claim; it succeeds if that is the last one, and all may be."""
        model, runs = self.models[holding.run_id], holding.store.runs
        run = self.world.do(runs.get(holding.run_id))
        assert run is not None
        projection = Projection(run, self.world.do(runs.open_visits(run.id)))
        try:
            states, may = projection.apply(events), self._is_owner(holding)
        except TransitionError:
            states, may = (), False
        done = self._records(holding.store, run.id, holding.claim.fence, events, states)
        assert done == may
        if done:
            model.status, model.head = projection.run.status, model.head + len(events)
        return done

    def _records(self, store: Store, *what: Any) -> bool:
        try:
            self.world.do(store.journal.record(*what))
        except (LeaseLostError, RunIsOverError, TransitionError):
            return False
        return True

    def _at(self) -> datetime:
        return datetime.now(UTC)  # noqa: TID251 - moments that nobody compares


@contextmanager
def two_processes(url: str) -> Iterator[Callable[[], Ownership]]:
    with asyncio.Runner() as loop:
        stack = AsyncExitStack()

        async def opened() -> World:
            stores = [await stack.enter_async_context(open_store(url)) for _ in range(2)]
            return World(loop, stores, await stores[0].publish())

        world = loop.run(opened())
        try:
            yield lambda: Ownership(world)
        finally:
            loop.run(stack.aclose())


def play(url: str, examples: int) -> None:
    with two_processes(url) as machine:
        run_state_machine_as_test(
            machine,
            settings=settings(
                max_examples=examples,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_a_run_is_one_process_s_at_a_time(database_url: str):
    play(database_url, 12)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_run_is_one_process_s_at_any_time(database_url: str):
    play(database_url, 200)
