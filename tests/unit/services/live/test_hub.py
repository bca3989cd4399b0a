import asyncio
import json
from datetime import UTC, datetime

from services.domain.events.frames import Frame
from services.domain.events.vocabulary import Token
from services.live.hub import Hub
from services.live.subscription import Subscription

AT = datetime(2026, 1, 1, tzinfo=UTC)


def frame(seq: int | None, kind: str = "log") -> Frame:
    return Frame(seq, kind, f"{seq}", "run")


def token(text: str, node_id: str = "a", visit: int = 1) -> Token:
    return Token(at=AT, node_id=node_id, visit=visit, text=text)


def texts(frame: Frame) -> tuple[str, str]:
    event = json.loads(frame.text)
    return event["node_id"], event["data"]["text"]


async def take(subscription: Subscription, number: int) -> list[Frame]:
    frames = [await subscription.next_within(None) for _ in range(number)]
    return [frame for frame in frames if frame is not None]


async def test_frames_go_to_the_watchers_of_the_run_and_of_the_project():
    hub = Hub()
    async with (
        hub.subscribe(run_id="r1") as of_run,
        hub.subscribe(run_id="r2") as of_other,
        hub.subscribe(project_id="p") as of_project,
    ):
        hub.publish("r1", "p", [frame(1), frame(2)])
        hub.publish("r2", "p", [frame(3)])
        hub.publish("r2", "q", [frame(4)])

        assert await take(of_run, 2) == [frame(1), frame(2)]
        assert await take(of_other, 2) == [frame(3), frame(4)]
        assert await take(of_project, 3) == [frame(1), frame(2), frame(3)]
        assert await of_run.next_within(0) is None


async def test_a_watcher_that_left_gets_nothing_and_costs_nothing():
    hub = Hub()
    async with hub.subscribe(run_id="r") as gone:
        pass
    hub.publish("r", "p", [frame(1)])

    assert await gone.next_within(0) is None
    assert hub._subscriptions == {}


async def test_tokens_of_a_visit_become_one_frame():
    hub = Hub(token_window_seconds=0.001)
    async with hub.subscribe(run_id="r") as shown:
        for piece in ("Hel", "lo"):
            hub.publish_token("r", "p", token(piece))
        hub.publish_token("r", "p", token("Bye", node_id="b"))

        assert [texts(frame) for frame in await take(shown, 2)] == [("a", "Hello"), ("b", "Bye")]


async def test_tokens_come_before_the_event_that_followed_them():
    hub = Hub(token_window_seconds=60)
    async with hub.subscribe(run_id="r") as shown:
        hub.publish_token("r", "p", token("Hello"))
        hub.publish("r", "p", [frame(1)])
        first, second = await take(shown, 2)

    assert texts(first) == ("a", "Hello")
    assert second == frame(1)


async def test_tokens_that_nobody_watches_are_not_kept():
    hub = Hub()
    hub.publish_token("r", "p", token("Hello"))

    assert hub._tokens == {}


async def test_a_slow_reader_loses_tokens_first_and_then_all_but_the_newest():
    subscription = Subscription(capacity=3)
    subscription.offer([frame(1), frame(None), frame(2), frame(3)])
    assert list(subscription._frames) == [frame(1), frame(2), frame(3)]
    assert subscription.take_holes() == {}

    subscription.offer([frame(4), frame(None)])
    assert list(subscription._frames) == [frame(4)]
    assert subscription.take_holes() == {"run": 1}
    assert subscription.take_holes() == {}


async def test_a_waiting_reader_wakes_up():
    subscription = Subscription()
    waiting = asyncio.ensure_future(subscription.next_within(10))
    await asyncio.sleep(0)
    subscription.offer([frame(1)])

    assert await waiting == frame(1)
