from contextlib import aclosing

from services.domain.events.frames import Frame
from services.live.feed import PAGE, feed, feed_since
from services.live.subscription import Subscription


class ListLog:
    """A log that is a list, as `feed` reads it."""

    def __init__(self, frames: list[Frame]) -> None:
        self.kept = frames
        self.reads = 0

    async def frames(self, _run_id: str, seq: int, limit: int) -> list[Frame]:
        self.reads += 1
        return self.kept[seq : seq + limit]

    async def head(self, _run_id: str) -> int:
        return len(self.kept)


def line(seq: int | None) -> Frame:
    return Frame(seq, "log", f"{seq}", "run")


def end(seq: int) -> Frame:
    return Frame(seq, "run.completed", f"{seq}", "run")


async def all_of(log: ListLog, subscription: Subscription, after: int = 0) -> list[int | None]:
    return [frame.seq async for frame in feed(log, subscription, "r", after, silence_seconds=60)]


async def test_a_finished_run_is_replayed_in_pages():
    log = ListLog([line(seq) for seq in range(1, 2 * PAGE)] + [end(2 * PAGE)])

    assert await all_of(log, Subscription()) == list(range(1, 2 * PAGE + 1))


async def test_who_has_seen_the_end_gets_nothing_more():
    log = ListLog([line(1), end(2)])

    assert await all_of(log, Subscription(), after=2) == []
    assert await all_of(log, Subscription(), after=99) == []


async def test_live_frames_follow_each_once_and_holes_are_read_from_the_log():
    log = ListLog([line(1), line(2)])
    subscription = Subscription()
    seen: list[int | None] = []
    async with aclosing(feed(log, subscription, "r", 0, silence_seconds=60)) as frames:
        seen += [(await anext(frames)).seq for _ in range(2)]
        log.kept += [line(3), line(4), line(5), end(6)]
        subscription.offer([line(2), line(None), line(3), line(5), line(4), end(6)])
        seen += [frame.seq async for frame in frames]

    assert seen == [1, 2, None, 3, 4, 5, 6]


async def test_in_silence_the_log_is_asked_what_other_processes_wrote():
    log = ListLog([line(1)])
    async with aclosing(feed(log, Subscription(), "r", 0, silence_seconds=0.001)) as frames:
        assert (await anext(frames)).seq == 1
        log.kept.append(end(2))
        assert [frame.seq async for frame in frames] == [2]


async def test_live_frames_are_not_read_again():
    log = ListLog([line(1)])
    subscription = Subscription()
    subscription.offer([line(1), line(2), end(3)])

    assert await all_of(log, subscription) == [1, 2, 3]
    assert log.reads == 1


async def test_who_listened_from_the_beginning_hears_tokens_where_they_belong():
    log = ListLog([line(1), line(2), end(3)])
    subscription = Subscription()
    subscription.offer([line(1), line(2), line(None), end(3)])
    heard = feed_since(log, subscription, "r", 1, silence_seconds=60)

    assert [frame.seq async for frame in heard] == [2, None, 3]
    assert log.reads == 0


async def test_who_listened_from_the_beginning_misses_nothing_that_was_not_heard():
    log = ListLog([line(1), line(2), end(3)])

    heard = feed_since(log, Subscription(), "r", 1, silence_seconds=0.001)
    assert [frame.seq async for frame in heard] == [2, 3]
