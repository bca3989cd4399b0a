"""The rows are the fold of the log, whatever happens and whoever interferes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.domain.events.base import RunError
from services.domain.events.frames import from_stored
from services.domain.events.runs import (
    Resumption,
    RunCancelled,
    RunCancelling,
    RunCompleted,
    RunFailed,
    RunResumed,
    RunWaiting,
)
from services.domain.events.vocabulary import (
    Custom,
    EdgeDecided,
    Log,
    NodeAttemptFailed,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeProgress,
    NodeRetrying,
    NodeSkipped,
    NodeStarted,
    RunEvent,
)
from services.domain.events.waits import (
    NodeWaiting,
    SignalReceived,
    TaskCompleted,
    TaskCreated,
    TimerFired,
    WaitKind,
)
from services.domain.projection import Projection, fold
from services.domain.runs import Run, RunStatus, TransitionError
from services.errors import LeaseLostError, RunIsOverError
from tests.support.stores import Store, open_store
from workflow_compiler.errors import ErrorType
from workflow_compiler.trace import EdgeKind
from workflow_compiler.usage import Usage

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)
objects = st.dictionaries(st.text(max_size=3), json_values, max_size=2)
errors = st.builds(RunError, type=st.just("TIMEOUT"), message=st.text(max_size=5))
usages = st.none() | st.builds(
    Usage, input_tokens=st.integers(0, 9), cost_usd=st.floats(0, 1), model=st.none() | st.text()
)


SOON = datetime(2026, 6, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a session does, made into an event when its turn comes."""

    kind: type[Any]
    node: str
    path: str
    fields: dict[str, Any]


def step(kind: type[Any], /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Step]:
    return st.builds(
        Step,
        st.just(kind),
        st.sampled_from("abc"),
        st.sampled_from(["", "loop[0]"]),
        st.fixed_dictionaries(fields),
    )


steps = st.one_of(
    step(NodeStarted, input=json_values),
    step(NodeStarted, input=json_values),
    step(NodeProgress, progress=st.floats(0, 1)),
    step(NodeAttemptFailed, error=errors),
    step(NodeRetrying, delay_seconds=st.floats(0, 9)),
    step(NodeCompleted, output=json_values, usage=usages),
    step(NodeCompleted, output=json_values, usage=usages),
    step(NodeFailed, error=errors, handled=st.booleans(), usage=usages),
    step(NodeWaiting, kind=st.sampled_from(WaitKind), due_at=st.none() | st.just(SOON)),
    step(
        TaskCreated,
        task_id=st.just("t"),
        prompt=st.text(max_size=5),
        form=objects,
        assignee=st.none() | st.just("Ada"),
        due_at=st.none() | st.just(SOON),
    ),
    step(TaskCompleted, task_id=st.just("t"), answer=json_values, by=st.just("Ada")),
    step(TimerFired),
    step(SignalReceived, name=st.just("n"), key=st.just("k"), payload=json_values),
    step(NodeCancelled),
    step(NodeSkipped),
    step(Log, level=st.just("info"), message=st.text(max_size=5)),
    step(Custom, name=st.text(max_size=5), payload=json_values),
    step(
        EdgeDecided,
        edge_id=st.just("e"),
        target=st.just("b"),
        taken=st.booleans(),
        kind=st.just(EdgeKind.CONDITION),
        expression=st.none() | st.just("x > 1"),
        values=objects,
        result=json_values,
    ),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """The life of one run: its batches, and after which of them what happens to it.

    Somebody cancels it; its owner dies; it gives its owner up and waits.
    """

    batches: list[list[Step]]
    cancels_after: int | None
    dies_after: int | None
    waits_after: int | None
    ends_well: bool


plans = st.builds(
    Plan,
    st.lists(st.lists(steps, min_size=1, max_size=5), max_size=8),
    st.none() | st.integers(0, 8),
    st.none() | st.integers(0, 8),
    st.none() | st.integers(0, 8),
    st.booleans(),
)


class Session:
    """Plays a plan against the journal, as whoever executes a run does."""

    def __init__(self, store: Store, run: Run, plan: Plan) -> None:
        self.store, self.run, self.plan = store, run, plan
        self.visits: dict[tuple[str, str], int] = {}

    async def play(self) -> None:
        self.claim, self.projection = await self.store.begin(self.run)
        canceller = asyncio.ensure_future(self._cancel_at(self.plan.cancels_after == 0))
        for number, batch in enumerate(self.plan.batches, 1):
            await self._record([event for s in batch if (event := self._event(s)) is not None])
            if self.plan.waits_after == number and not await self._wait():
                break
            if self.plan.dies_after == number and not await self._revive():
                break
            if self.plan.cancels_after == number:
                canceller = asyncio.ensure_future(self._cancel_at(True))
        await self._end()
        await canceller

    async def _cancel_at(self, now: bool) -> None:
        if now:
            try:
                event = RunCancelling(at=self.store.clock.now(), reason="enough", rolled_back=True)
                await self.store.journal.record(self.run.id, None, [event])
            except (RunIsOverError, TransitionError):
                pass

    async def _revive(self) -> bool:
        """Lose the lease and come back as the next owner; False when the run is being cancelled."""
        dead = self.claim.fence
        await self.store.leases.renew(self.run.id, dead, 0)
        return await self._go_on(Resumption.LOST)

    async def _wait(self) -> bool:
        """Hold no process for a while; False when the run is being cancelled."""
        try:
            waiting = RunWaiting(at=self.store.clock.now(), due_at=SOON)
            await self.store.journal.record(self.run.id, self.claim.fence, [waiting])
        except TransitionError:
            return False
        await self.store.leases.release(self.run.id, self.claim.fence, SOON)
        return await self._go_on(Resumption.DUE)

    async def _go_on(self, reason: Resumption) -> bool:
        """Be the next owner, and say so; the one before can write no more."""
        claim = await self.store.leases.claim(self.run.id, "next", 30)
        assert claim is not None
        with pytest.raises(LeaseLostError):
            await self._record([])
        self.claim = claim
        self.projection = Projection(claim.run, await self.store.runs.open_visits(self.run.id))
        if claim.run.status is RunStatus.CANCELLING:
            return False
        resumed = RunResumed(
            at=self.store.clock.now(), attempt=claim.run.attempt + 1, reason=reason
        )
        try:
            await self._record([resumed])
        except TransitionError:  # somebody cancels it at this moment
            return False
        return True

    async def _end(self) -> None:
        at = self.store.clock.now()
        ending = (
            RunCompleted(at=at, output=[1], variables={"a": [1]})
            if self.plan.ends_well
            else RunFailed(at=at, error=RunError(type=ErrorType.TIMEOUT, message="slow"))
        )
        try:
            await self.store.journal.record(self.run.id, self.claim.fence, [ending])
        except TransitionError:
            await self._record([*self._stopped(), RunCancelled(at=at, reason="enough")])

    def _stopped(self) -> list[RunEvent]:
        return [
            NodeCancelled(at=self.store.clock.now(), node_id=s.node_id, path=s.path, visit=s.visit)
            for s in self.projection.open_visits()
        ]

    async def _record(self, events: Sequence[RunEvent]) -> None:
        states = self.projection.apply(events)
        await self.store.journal.record(self.run.id, self.claim.fence, events, states)

    def _event(self, planned: Step) -> RunEvent | None:
        """The step as an event that is legal now, None where none is."""
        place = (planned.node, planned.path)
        is_open = self._is_open(place)
        at = self.store.clock.now()
        if planned.kind is NodeSkipped:
            return NodeSkipped(at=at, node_id=planned.node, path=planned.path)
        if planned.kind is NodeStarted:
            if is_open:
                return None
            self.visits[place] = self.visits.get(place, 0) + 1
        elif not is_open and planned.kind in {NodeCompleted, NodeFailed, NodeCancelled}:
            return None
        event: RunEvent = planned.kind(
            at=at,
            node_id=planned.node,
            path=planned.path,
            visit=self.visits.get(place, 1),
            **planned.fields,
        )
        return event

    def _is_open(self, place: tuple[str, str]) -> bool:
        return place in {(s.node_id, s.path) for s in self.projection.open_visits()}


async def check(store: Store, seed: Run) -> None:
    stored = await store.log.after(seed.id, 0)
    assert [entry.seq for entry in stored] == list(range(1, len(stored) + 1))

    run, states = fold(seed, [from_stored(entry) for entry in stored])
    assert await store.runs.get(seed.id) == run
    assert run.is_over
    assert {state.key: state for state in await store.all_states(seed.id)} == states


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("fold")
    return f"sqlite:///{folder / 'workflow.db'}"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(plans, min_size=1, max_size=4))
def test_the_rows_are_the_fold_of_the_log(url: str, drawn: list[Plan]):
    async def live() -> None:
        async with open_store(url) as store:
            version = await store.workflows.by_name("default", "greet")
            head = (
                await store.workflows.version("default", version.id)
                if version
                else await store.publish("greet")
            )
            assert head is not None
            runs = [await store.create(head, node_count=3) for _ in drawn]
            sessions = [Session(store, run, plan) for run, plan in zip(runs, drawn, strict=True)]
            await asyncio.gather(*(session.play() for session in sessions))
            for run in runs:
                await check(store, run)

    asyncio.run(live())
