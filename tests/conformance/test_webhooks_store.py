"""What every database promises of webhooks: told of all that happened, and of nothing else."""

import asyncio
from collections import Counter

import pytest
from sqlalchemy import delete

from services.domain.events.runs import RunCancelled, RunCancelling
from services.domain.runs import Run, TransitionError
from services.domain.webhooks import (
    MAX_ATTEMPTS,
    Again,
    Answer,
    Delivered,
    Delivery,
    DeliveryStatus,
    GivenUp,
    Parcel,
    Webhook,
)
from services.store.tables import workflow_runs
from tests.support.stores import Store, open_store

LEASE = 30.0
TAKEN = Answer(status=200)
REFUSED = Answer(status=503, error="HTTP 503")


async def hooked(store: Store, *event_types: str) -> Webhook:
    webhook, _ = await store.webhooks.add(
        "default", "https://example.com", event_types or ("*",), "whsec_c2VjcmV0"
    )
    return webhook


async def accepted(store: Store) -> Run:
    return await store.create(await store.publish())


async def cancelled(store: Store, run: Run) -> None:
    now = store.clock.now()
    events = [RunCancelling(reason="no need", at=now), RunCancelled(reason="no need", at=now)]
    await store.journal.record(run.id, None, events)


async def told(store: Store, webhook: Webhook) -> list[Delivery]:
    """The deliveries of a webhook in the order of their events, read page by page."""
    found: list[Delivery] = []
    cursor = None
    while True:
        page = await store.webhooks.deliveries(webhook.id, cursor=cursor, limit=2)
        found += page.items
        if (cursor := page.next_cursor) is None:
            return sorted(found, key=lambda delivery: (delivery.run_id, delivery.seq))


async def taken(store: Store, webhook: Webhook) -> Parcel:
    (parcel,) = await store.deliveries.claim(webhook.id, 1, LEASE)
    return parcel


async def test_events_and_deliveries_are_written_together(store: Store):
    hook = await hooked(store, "workflow.run.created", "workflow.run.cancelled")
    run = await accepted(store)
    await store.begin(run)
    with pytest.raises(TransitionError):  # only a pending run ends like this
        await cancelled(store, run)
    other = await accepted(store)
    await cancelled(store, other)

    deliveries = await told(store, hook)
    assert [(d.run_id, d.seq, d.type) for d in deliveries] == [
        (run.id, 1, "run.created"),
        (other.id, 1, "run.created"),
        (other.id, 3, "run.cancelled"),
    ]
    assert {(d.status, d.attempts) for d in deliveries} == {(DeliveryStatus.PENDING, 0)}


async def test_a_webhook_is_told_what_it_wants_while_it_is_active(store: Store):
    every = await hooked(store)
    runs = await hooked(store, "workflow.node.*")
    idle = await hooked(store)
    await store.webhooks.change("default", idle.id, {"is_active": False})
    await cancelled(store, await accepted(store))
    assert [d.seq for d in await told(store, every)] == [1, 2, 3]
    assert await told(store, runs) == []
    assert await told(store, idle) == []


async def test_a_run_that_exists_is_not_told_twice(store: Store):
    hook = await hooked(store)
    version = await store.publish()
    for _ in range(2):
        await store.create(version, key="once")
    assert len(await told(store, hook)) == 1


async def test_a_delivery_is_in_one_hand_at_a_time(store: Store, url: str):
    hook = await hooked(store, "workflow.run.created")
    runs = [await accepted(store) for _ in range(20)]
    async with open_store(url) as other:
        claims = await asyncio.gather(
            *([store, other][n % 2].deliveries.claim(hook.id, 3, LEASE) for n in range(10))
        )
        rest = await store.deliveries.claim(hook.id, 20, LEASE)
    parcels = [parcel for claim in (*claims, rest) for parcel in claim]
    assert Counter(parcel.run_id for parcel in parcels) == {run.id: 1 for run in runs}
    assert {parcel.attempt for parcel in parcels} == {1}
    assert (parcels[0].url, parcels[0].secret) == (hook.url, "whsec_c2VjcmV0")
    assert parcels[0].event.type == "run.created"


async def test_whoever_dies_with_a_delivery_is_replaced_and_not_heard_any_more(store: Store):
    hook = await hooked(store, "workflow.run.created")
    await accepted(store)
    (dead,) = await store.deliveries.claim(hook.id, 1, -1.0)
    again = await taken(store, hook)
    assert (dead.attempt, again.attempt) == (1, 2)
    assert not await store.deliveries.settle(dead, REFUSED, GivenUp(is_gone=True))
    await store.deliveries.give_back([dead])
    assert await store.deliveries.settle(again, TAKEN, Delivered())
    assert not await store.deliveries.settle(again, REFUSED, GivenUp(is_gone=False))
    (delivery,) = await told(store, hook)
    assert (delivery.status, delivery.attempts, delivery.response_status, delivery.error) == (
        DeliveryStatus.DELIVERED,
        2,
        200,
        None,
    )
    assert (delivery.next_at, delivery.finished_at is None) == (None, False)


async def test_a_delivery_that_failed_is_due_later(store: Store):
    hook = await hooked(store, "workflow.run.created")
    await accepted(store)
    assert await store.deliveries.settle(await taken(store, hook), REFUSED, Again(3_600))
    assert await store.deliveries.claim(hook.id, 1, LEASE) == []
    (engagement,) = await store.deliveries.agenda()
    assert engagement.webhook_id == hook.id
    assert engagement.due_in is not None
    assert 3_500 < engagement.due_in <= 3_600
    (delivery,) = await told(store, hook)
    assert (delivery.status, delivery.response_status, delivery.error) == (
        DeliveryStatus.PENDING,
        503,
        "HTTP 503",
    )


async def test_the_agenda_knows_who_has_something_due(store: Store):
    quiet, busy = await hooked(store, "workflow.run.failed"), await hooked(store)
    idle = await hooked(store)
    await accepted(store)
    await store.webhooks.change("default", idle.id, {"is_active": False})
    agenda = {engagement.webhook_id: engagement for engagement in await store.deliveries.agenda()}
    assert set(agenda) == {quiet.id, busy.id}
    assert agenda[quiet.id].due_in is None
    assert (agenda[busy.id].due_in or 1) <= 0
    assert agenda[busy.id].event_types == ("*",)


async def test_a_receiver_that_is_gone_is_told_no_more(store: Store):
    hook = await hooked(store)
    await accepted(store)
    gone = Answer(status=410, error="HTTP 410")
    assert await store.deliveries.settle(await taken(store, hook), gone, GivenUp(is_gone=True))
    found = await store.webhooks.get("default", hook.id)
    assert found is not None
    assert not found.is_active
    await accepted(store)
    assert [d.status for d in await told(store, hook)] == [DeliveryStatus.FAILED]


async def test_what_is_over_is_sent_again_but_not_what_is_on_its_way(store: Store):
    hook = await hooked(store, "workflow.run.created")
    await accepted(store)
    parcel = await taken(store, hook)
    assert await store.webhooks.send_again(hook.id, parcel.id) is None
    await store.deliveries.settle(parcel, REFUSED, GivenUp(is_gone=False))
    again = await store.webhooks.send_again(hook.id, parcel.id)
    assert again is not None
    assert (again.status, again.finished_at) == (DeliveryStatus.PENDING, None)
    second = await taken(store, hook)
    assert (second.id, second.attempt, second.last_attempt) == (parcel.id, 2, 1 + MAX_ATTEMPTS)
    assert await store.webhooks.send_again(hook.id, "nothing") is None


async def test_what_is_given_back_is_due_at_once(store: Store):
    hook = await hooked(store, "workflow.run.created")
    await accepted(store)
    await store.deliveries.give_back([await taken(store, hook)])
    assert (await taken(store, hook)).attempt == 2


async def test_a_webhook_goes_with_its_deliveries_and_a_run_with_its_own(store: Store):
    hook = await hooked(store)
    runs = [await accepted(store) for _ in range(2)]
    gone = delete(workflow_runs).where(workflow_runs.c.id == runs[0].id)
    await store.database.write(lambda connection: connection.execute(gone))
    assert [d.run_id for d in await told(store, hook)] == [runs[1].id]
    assert not await store.webhooks.remove("other", hook.id)
    assert await store.webhooks.remove("default", hook.id)
    assert not await store.webhooks.remove("default", hook.id)
    assert await told(store, hook) == []


async def test_webhooks_come_and_go_while_runs_are_written(store: Store, url: str):
    """No event is refused because somebody deletes a webhook just now."""
    version = await store.publish()

    async def come_and_go(other: Store) -> None:
        for _ in range(10):
            assert await other.webhooks.remove("default", (await hooked(other)).id)

    async with open_store(url) as other, asyncio.TaskGroup() as tasks:
        tasks.create_task(come_and_go(other))
        for _ in range(30):
            tasks.create_task(store.create(version))
    page = await store.runs.page("default", limit=100)
    assert len(page.items) == 30


async def test_webhooks_of_a_project_are_listed_without_secrets(store: Store):
    hooks = [await hooked(store) for _ in range(3)]
    first = await store.webhooks.page("default", limit=2)
    rest = await store.webhooks.page("default", cursor=first.next_cursor, limit=2)
    assert [*first.items, *rest.items] == list(reversed(hooks))
    assert (await store.webhooks.page("other")).items == ()
    assert await store.webhooks.get("other", hooks[0].id) is None
    assert "c2VjcmV0" not in repr(first)
    changed = await store.webhooks.change("default", hooks[0].id, {"event_types": ["*", "*"]})
    assert changed == await store.webhooks.get("default", hooks[0].id)
    assert await store.webhooks.change("default", hooks[0].id, {}) == changed
    assert await store.webhooks.change("default", "nothing", {"url": "x"}) is None
