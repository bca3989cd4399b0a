"""A watcher that comes and goes sees each event once and in order, while the run goes on."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.domain.events.frames import Frame
from services.domain.events.runs import RunCompleted
from services.domain.events.vocabulary import Log, RunEvent, Token
from services.domain.runs import Run
from services.journal import Journal
from services.live.feed import feed
from services.live.hub import Hub
from services.live.project_feed import project_feed
from services.store.leases import Claim
from tests.integration.api.site import Site, heard, open_site, say
from tests.support.sse import sent_by
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


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.sampled_from([1, 2, 5, 1000]))
def test_whoever_watches_a_project_sees_each_event_of_its_runs_once(
    url: str, sizes: list[int], capacity: int
):
    async def live() -> None:
        async with open_store(url, Hub(capacity=capacity)) as store:
            version = await store.publish(store.ids.new())
            async with (
                store.hub.subscribe(project_id="default") as subscription,
                aclosing(project_feed(store.log, subscription)) as frames,
                asyncio.TaskGroup() as tasks,
            ):
                runs = [await store.create(version) for _ in sizes]
                for run, size in zip(runs, sizes, strict=True):
                    claim, _ = await store.begin(run)
                    scene = Scene([size], [], capacity, is_same_process=True)
                    tasks.create_task(write(store, scene, run, claim))
                seen: dict[str, list[int]] = {run.id: [] for run in runs}
                while sum(map(len, seen.values())) < sum(size + 3 for size in sizes):
                    frame = await anext(frames)
                    assert isinstance(frame, Frame)
                    if frame.seq is not None:
                        seen[frame.run_id].append(frame.seq)
        assert list(seen.values()) == [list(range(1, size + 4)) for size in sizes]

    asyncio.run(live())


COUNTING = {
    "name": "counting",
    "nodes": [
        {"id": f"n{n}", "type": "transform", "config": {"expression": "1"}} for n in range(20)
    ],
    "edges": [{"source": f"n{n}", "target": f"n{n + 1}"} for n in range(19)],
}


async def by_socket(site: Site, run_id: str, after: int) -> AsyncGenerator[int, None]:
    async with site.socket() as socket:
        try:
            await say(socket, type="subscribe", run_id=run_id, after_seq=after)
            while (message := await heard(socket))["type"] != "end":
                if message["type"] == "event":
                    yield message["event"]["seq"]
        finally:
            socket.transport.abort()  # a cut, without a word


async def by_sse(site: Site, run_id: str, after: int) -> AsyncGenerator[int, None]:
    path, headers = f"/api/v1/runs/{run_id}/events/stream", {"Last-Event-ID": str(after)}
    async with (
        site.http.stream("GET", path, headers=headers) as response,
        aclosing(sent_by(response)) as all_sent,
    ):
        async for sent in all_sent:
            if sent.id is not None:
                yield int(sent.id)


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    visits=st.lists(st.tuples(st.sampled_from([by_socket, by_sse]), st.integers(0, 9)), max_size=5),
    to_the_end=st.sampled_from([by_socket, by_sse]),
)
async def test_cuts_and_changes_between_the_two_streams_lose_nothing(
    site: Site, visits: list[tuple[Any, int]], to_the_end: Any
):
    run = await site.pending(COUNTING)
    await site.http.post(f"/api/v1/runs/{run['id']}/execute")
    seen: list[int] = []
    for way, leaves_after in [*visits, (to_the_end, None)]:
        before = len(seen)
        async with aclosing(way(site, run["id"], seen[-1] if seen else 0)) as seqs:
            while len(seen) - before != leaves_after:
                if (seq := await anext(seqs, None)) is None:
                    break
                seen.append(seq)
    assert seen == list(range(1, await site.services.log.head(run["id"]) + 1))
