import asyncio

import pytest
import structlog

from services.dispatch.queued import CAPACITY, QueueDispatcher, load_client
from services.errors import DispatchError


class Broker:
    """A queue that takes a message when it is let to, and refuses those about `broken`."""

    def __init__(self) -> None:
        self.got: list[str] = []
        self.asked = asyncio.Event()
        self.open = asyncio.Event()

    async def put(self, run_id: str) -> None:
        self.asked.set()
        await self.open.wait()
        if run_id == "broken":
            raise ConnectionError("nobody is there")
        self.got.append(run_id)


async def test_all_is_sent_in_order_before_it_ends_and_what_waits_only_once():
    broker = Broker()
    async with QueueDispatcher(broker.put, grace_seconds=10) as dispatcher:
        dispatcher.send("a")
        await broker.asked.wait()
        for run_id in ("b", "a", "b", "c"):
            dispatcher.send(run_id)
        dispatcher.cancel("d", "enough")
        asyncio.get_running_loop().call_soon(broker.open.set)
    assert broker.got == ["a", "b", "a", "c", "d"]


async def test_a_message_that_is_refused_holds_up_no_other():
    broker = Broker()
    broker.open.set()
    with structlog.testing.capture_logs() as logged:
        async with QueueDispatcher(broker.put, grace_seconds=10) as dispatcher:
            for run_id in ("a", "broken", "b"):
                dispatcher.send(run_id)
    assert broker.got == ["a", "b"]
    assert [(line["event"], line["run_id"]) for line in logged] == [("dispatch.unsent", "broken")]


async def test_a_queue_that_hangs_holds_up_nobody_for_ever():
    broker = Broker()
    async with QueueDispatcher(broker.put, grace_seconds=0) as dispatcher:
        for number in range(CAPACITY + 10):
            dispatcher.send(f"{number}")
        await broker.asked.wait()
    assert broker.got == []


async def test_others_hear_of_what_it_sends():
    async with QueueDispatcher(Broker().put, grace_seconds=0) as dispatcher:
        assert not dispatcher.has_room


def test_a_missing_extra_is_named():
    with pytest.raises(DispatchError, match=r"workflow-compiler\[saq\]"):
        load_client("saq", "no_such_client")
