"""A watcher that comes and goes sees each event once and in order, while the run goes on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.domain.events import Log, RunCompleted, RunEvent, Token
from services.domain.runs import Run
from services.journal import Journal
from services.live.feed import feed
from services.live.hub import Hub
from services.store.runs import Claim
from tests.support.stores import Store, open_store


@dataclass(frozen=True, slots=True)
class Scene:
    """What the writer and the watcher do, and between whom.

    `visits` says after how many frames the watcher leaves, each time; then it stays to the end.
    """

    batches: list[int]
    visits: list[int]
    capacity: int
    is_same_process: bool


scenes = st.builds(
    Scene,
    batches=st.lists(st.integers(1, 7), max_size=12),
    visits=st.lists(st.integers(0, 6), max_size=8),
    capacity=st.sampled_from([1, 2, 5, 1000]),
    is_same_process=st.booleans(),
)


@asynccontextmanager
async def writer(store: Store, scene: Scene) -> AsyncIterator[Journal]:
    """The journal of the watcher's own process, or of another one, which has its own hub."""
    if scene.is_same_process:
        yield store.journal
        return
    async with Journal(store.database, Hub()) as journal:
        yield journal


async def write(store: Store, scene: Scene, run: Run, claim: Claim) -> None:
    async with writer(store, scene) as journal:
        for size in scene.batches:
            lines: list[RunEvent] = [
                Log(at=store.clock.now(), node_id="a", visit=1, level="info", message="x")
            ] * size
            token = Token(at=store.clock.now(), node_id="a", visit=1, text="x")
            store.hub.publish_token(run.id, run.project_id, token)
            await journal.record(run.id, claim.fence, lines)
        await journal.record(run.id, claim.fence, [RunCompleted(at=store.clock.now(), output=1)])


async def watch(store: Store, scene: Scene, run: Run) -> list[int]:
    seen: list[int] = []
    for leaves_after in [*scene.visits, None]:
        async with (
            store.hub.subscribe(run_id=run.id) as subscription,
            aclosing(
                feed(
                    store.log,
                    subscription,
                    run.id,
                    seen[-1] if seen else 0,
                    silence_seconds=0.005,
                )
            ) as frames,
        ):
            count = 0
            async for frame in frames:
                if frame.seq is not None:
                    seen.append(frame.seq)
                    count += 1
                if count == leaves_after:
                    break
    return seen


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = tmp_path_factory.mktemp("feed")
    return f"sqlite:///{folder / 'workflow.db'}"


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(scenes)
def test_each_event_is_seen_once_and_in_order(url: str, scene: Scene):
    async def live() -> None:
        async with open_store(url, Hub(capacity=scene.capacity)) as store:
            version = await store.publish(store.ids.new())
            run = await store.create(version)
            claim, _ = await store.begin(run)
            _, *watched = await asyncio.gather(
                write(store, scene, run, claim), *(watch(store, scene, run) for _ in range(2))
            )
            head = await store.log.head(run.id)
            assert head == 3 + sum(scene.batches)
            assert watched == [list(range(1, head + 1))] * 2

    asyncio.run(live())
