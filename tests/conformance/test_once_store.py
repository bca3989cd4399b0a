"""What every database promises of requests with an idempotency key: one thing, however often."""

import asyncio

import pytest

from services.domain.once import REMEMBERED, once
from services.errors import IdempotencyError
from services.store.once import Requests
from tests.support.stores import Store, TickingClock

HOOK = ("default", "https://example.com", ("*",))
ASKED = once("click", "webhook", "https://example.com")


async def test_of_many_requests_at_once_one_makes_it(store: Store):
    made = await asyncio.gather(
        *(store.webhooks.add(*HOOK, f"whsec_{turn}", ASKED) for turn in range(20))
    )
    assert len({(webhook.id, secret) for webhook, secret in made}) == 1
    assert len((await store.webhooks.page("default")).items) == 1


async def test_a_signal_that_comes_again_is_not_sent_again(store: Store):
    sent = once("order 7", "signal", "paid")
    for _ in range(2):
        assert await store.waits.signal("default", "paid", "7", 5, sent) is None
    with pytest.raises(IdempotencyError):
        await store.waits.signal("default", "paid", "8", 5, once("order 7", "signal", "other"))


async def test_what_was_made_and_is_gone_is_not_made_again(store: Store):
    webhook, _ = await store.webhooks.add(*HOOK, "whsec_1", ASKED)
    await store.webhooks.remove("default", webhook.id)
    with pytest.raises(IdempotencyError):
        await store.webhooks.add(*HOOK, "whsec_1", ASKED)


async def test_a_key_is_forgotten_in_time(store: Store):
    requests = Requests(store.database, store.clock, store.ids)
    await requests.claim("default", ASKED)
    with pytest.raises(IdempotencyError):
        await requests.claim("default", once("click", "another"))
    later = Requests(store.database, TickingClock(REMEMBERED * 2), store.ids)
    await later.claim("default", once("click", "another"))
