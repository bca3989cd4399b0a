"""Watchers see what is written, whichever process writes it."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import groupby

import psycopg
import pytest

from services.domain.events.frames import Frame
from services.domain.events.runs import RunCompleted
from services.domain.events.vocabulary import Log, RunEvent, Token
from services.live.feed import feed
from services.live.project_feed import Missed, project_feed
from services.live.subscription import Subscription
from services.store.projects import Projects
from tests.support.stores import Store, open_store

LONG = 60.0
"""Seconds of silence after which a feed would look for itself: longer than any test here."""


@dataclass(frozen=True)
class Ends:
    """Where events are written, and where they are watched."""

    writer: Store
    watcher: Store

    async def write(self, run_id: str, fence: int, *messages: str) -> None:
        """A batch with one event for each message."""
        now = self.writer.clock.now
        events: list[RunEvent] = [
            Log(at=now(), node_id="a", visit=1, level="info", message=message)
            for message in messages
        ]
        await self.writer.journal.record(run_id, fence, events)

    async def say(self, run_id: str, *texts: str) -> None:
        """Streaming text of a visit, of which more is written afterwards."""
        for text in texts:
            token = Token(at=self.writer.clock.now(), node_id="a", visit=1, text=text)
            self.writer.hub.publish_token(run_id, "default", token)
        self.writer.hub.show_tokens(run_id)

    async def meet(self) -> None:
        """The writer has heard what the watcher has said until now."""
        async with self.writer.hub.subscribe(project_id="default") as heard:
            run, _ = await self.watcher.begun("meeting")
            while (frame := await heard.next_within(LONG)) is None or frame.run_id != run.id:
                pass

    async def end(self, run_id: str, fence: int) -> None:
        """The last event of a run."""
        completed = RunCompleted(at=self.writer.clock.now(), output=None)
        await self.writer.journal.record(run_id, fence, [completed])


@pytest.fixture(params=["one process on sqlite", "one process on postgres", "two on postgres"])
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[Ends]:
    processes, _, kind = request.param.rpartition(" on ")
    url: str = request.getfixturevalue(f"{kind}_url")
    async with open_store(url) as writer:
        if processes == "two":
            async with open_store(url) as watcher:
                yield Ends(writer, watcher)
        else:
            yield Ends(writer, writer)


async def taken(subscription: Subscription, number: int) -> list[Frame]:
    frames = [await subscription.next_within(LONG) for _ in range(number)]
    return [frame for frame in frames if frame is not None]


def seqs(frames: Sequence[Frame]) -> list[int | None]:
    return [frame.seq for frame in frames]


async def test_a_feed_has_every_event_once_without_asking_the_log_now_and_then(ends: Ends):
    run, claim = await ends.writer.begun()
    async with (
        ends.watcher.hub.subscribe(run_id=run.id) as subscription,
        aclosing(feed(ends.watcher.log, subscription, run.id, 0, silence_seconds=LONG)) as frames,
    ):
        seen = [await anext(frames), await anext(frames)]
        for number in range(5):
            await ends.write(run.id, claim.fence, f"{number}", "and one more")
            seen += [await anext(frames), await anext(frames)]
        await ends.end(run.id, claim.fence)
        seen += [frame async for frame in frames]

    assert seqs(seen) == list(range(1, 14))


@pytest.mark.parametrize("of", ["run", "project"])
async def test_text_comes_before_the_event_that_follows_on_it(ends: Ends, of: str):
    run, claim = await ends.writer.begun()
    topic = {"run_id": run.id} if of == "run" else {"project_id": "default"}
    said = ["Hel", "lo", "\x00é😀\n" * 10_000, "end"]
    heard: list[str | int | None] = []
    async with ends.watcher.hub.subscribe(**topic) as subscription:
        await ends.meet()
        for text in said:
            await ends.say(run.id, text, text)
            await ends.write(run.id, claim.fence, "after it")
        await ends.end(run.id, claim.fence)
        while heard[-1:] != [7]:
            (frame,) = await taken(subscription, 1)
            if frame.run_id == run.id:
                heard.append(frame.seq or json.loads(frame.text)["data"]["text"])

    assert len(heard) > 7
    texts = [
        "".join(map(str, group))
        for is_text, group in groupby(heard, lambda x: isinstance(x, str))
        if is_text
    ]
    assert texts == [text * 2 for text in said]
    assert [seq for seq in heard if isinstance(seq, int)][-5:] == [3, 4, 5, 6, 7]


async def test_text_that_nobody_wants_is_not_said(postgres_url: str):
    async with open_store(postgres_url) as writer, open_store(postgres_url) as watcher:
        ends = Ends(writer, watcher)
        run, _ = await writer.begun()
        async with watcher.hub.subscribe(run_id="another"):
            await ends.meet()
            assert not writer.elsewhere.wants(run.id, "default")


async def test_a_newcomer_learns_what_is_watched(postgres_url: str):
    async with open_store(postgres_url) as watcher:
        run, _ = await watcher.begun()
        async with watcher.hub.subscribe(run_id=run.id), open_store(postgres_url) as writer:
            ends = Ends(writer, watcher)
            await Ends(watcher, writer).meet()  # the watcher has heard who asks
            await ends.meet()
            assert writer.elsewhere.wants(run.id, "default")


async def test_many_watchers_of_many_runs_each_see_theirs(ends: Ends):
    begun = [await ends.writer.begun(name) for name in ("one", "two", "three")]

    async def watched(run_id: str, ready: asyncio.Event) -> list[int | None]:
        async with ends.watcher.hub.subscribe(run_id=run_id) as subscription:
            ready.set()
            log = ends.watcher.log
            return [f.seq async for f in feed(log, subscription, run_id, 0, silence_seconds=LONG)]

    readies = [asyncio.Event() for _ in range(6)]
    watching = [
        asyncio.ensure_future(watched(run.id, ready))
        for (run, _), ready in zip(begun * 2, readies, strict=True)
    ]
    for ready in readies:
        await ready.wait()
    await asyncio.gather(
        *(ends.write(run.id, claim.fence, "x") for run, claim in begun for _ in range(20))
    )
    await asyncio.gather(*(ends.end(run.id, claim.fence) for run, claim in begun))

    assert await asyncio.gather(*watching) == [list(range(1, 24))] * 6


async def test_a_project_shows_its_own_runs_from_the_first_event_on(ends: Ends):
    await Projects(ends.writer.database, ends.writer.clock).add("other", "Other")
    async with (
        ends.watcher.hub.subscribe(project_id="default") as mine,
        ends.watcher.hub.subscribe(project_id="other") as other,
    ):
        run, claim = await ends.writer.begun()
        await ends.write(run.id, claim.fence, "x", "y")
        await ends.end(run.id, claim.fence)

        assert seqs(await taken(mine, 5)) == [1, 2, 3, 4, 5]
        assert await other.next_within(0) is None


async def test_after_a_lost_connection_nothing_is_missing(postgres_url: str):
    async with open_store(postgres_url) as writer, open_store(postgres_url) as watcher:
        ends = Ends(writer, watcher)
        run, claim = await writer.begun()
        async with (
            watcher.hub.subscribe(run_id=run.id) as subscription,
            watcher.hub.subscribe(project_id="default") as of_project,
            aclosing(feed(watcher.log, subscription, run.id, 2, silence_seconds=LONG)) as frames,
            aclosing(project_feed(watcher.log, of_project)) as of_all,
        ):
            with psycopg.connect(postgres_url, autocommit=True) as connection:
                ended = connection.execute(
                    "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                ).fetchone()
            await ends.write(run.id, claim.fence, "while nobody listens")
            first = await anext(frames)
            await ends.write(run.id, claim.fence, "again")
            second = await anext(frames)
            while await anext(of_all) != Missed():
                pass

    assert ended is not None
    assert ended[0] >= 2
    assert seqs([first, second]) == [3, 4]


async def test_what_this_process_wrote_is_not_read_again(postgres_url: str):
    async with open_store(postgres_url) as store:
        async with store.hub.subscribe(project_id="default") as mine:
            run, claim = await store.begun()
            ends = Ends(store, store)
            for _ in range(5):
                await ends.write(run.id, claim.fence, "x")
            async with open_store(postgres_url) as other:
                await Ends(other, store).write(run.id, claim.fence, "from elsewhere")
            seen = await taken(mine, 8)

        assert seqs(seen) == list(range(1, 9))
