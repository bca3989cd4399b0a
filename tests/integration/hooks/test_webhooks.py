"""Webhooks through the whole service: signed, tried again, in nobody's way."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Engine, create_engine, event, text

from services.bootstrap import Services, open_records, open_services
from services.domain.webhooks import DeliveryStatus, Webhook
from services.hooks.sender import AT_ONCE
from services.hooks.signing import signed_headers
from services.settings import Settings
from tests.support.receiver import Receiver, receiver, settled
from tests.support.service import completed, created, service
from tests.support.web import Seen, answer
from workflow_compiler import default_registry

QUICK = {
    "name": "quick",
    "nodes": [{"id": "one", "type": "transform", "config": {"expression": "1"}}],
    "edges": [],
}


@asynccontextmanager
async def open_to_here(folder: Path, **settings: Any) -> AsyncIterator[Services]:
    async with service(folder, http_allow=("127.0.0.1",), **settings) as services:
        yield services


async def hooked(services: Services, to: Receiver, *event_types: str) -> Webhook:
    types = event_types or ("workflow.run.completed",)
    webhook, _ = await services.webhooks.create("default", to.url, types)
    return webhook


async def ran(services: Services) -> list[dict[str, Any]]:
    return await completed(services, await created(services, QUICK))


_MAKE_DUE = (
    "UPDATE workflow_webhook_deliveries SET next_at = '2000-01-01 00:00:00.000000'"
    " WHERE next_at IS NOT NULL"
)


def make_due(folder: Path) -> None:
    """What is to be sent later is due now."""
    with create_engine(f"sqlite:///{folder / 'test.db'}").begin() as connection:
        connection.execute(text(_MAKE_DUE))


async def test_every_event_comes_as_it_is_in_the_log_and_signed(tmp_path: Path) -> None:
    async with receiver() as to, open_to_here(tmp_path) as services:
        webhook, secret = await services.webhooks.create("default", to.url, ["*"])
        run = await created(services, QUICK)
        events = await completed(services, run)
        came = [await to.came.get() for _ in events]
        deliveries = {each.id: each for each in await settled(services, webhook, len(events))}

    bodies = sorted((json.loads(seen.body) for seen in came), key=lambda body: body["data"]["seq"])
    assert [body["data"] for body in bodies] == events
    assert [(body["type"], body["timestamp"]) for body in bodies] == [
        (event["type"], event["at"]) for event in events
    ]
    assert {(body["project_id"], body["workflow_id"]) for body in bodies} == {
        ("default", run.workflow_id)
    }
    for seen in came:
        delivery = deliveries.pop(seen.headers["webhook-id"])
        assert delivery.seq == json.loads(seen.body)["data"]["seq"]
        assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 1)
        assert (seen.method, seen.headers["content-type"]) == ("POST", "application/json")
        at = datetime.fromtimestamp(int(seen.headers["webhook-timestamp"]), UTC)
        expected = signed_headers(secret, delivery.id, at, seen.body)
        assert seen.headers["webhook-signature"] == expected["webhook-signature"]
    assert not deliveries


async def test_what_is_refused_is_sent_again_with_the_same_id_and_body(tmp_path: Path) -> None:
    refusals = ["500 Broken", "302 Found", "404 Not Found"]

    def reluctant(_seen: Seen) -> bytes:
        return answer(status=refusals.pop(0) if refusals else "200 OK", location="/elsewhere")

    async with receiver(reluctant) as to, open_to_here(tmp_path) as services:
        webhook = await hooked(services, to)
        await ran(services)
        came = []
        for attempt, status in enumerate((500, 302, 404, 200), start=1):
            came.append(await to.came.get())
            while True:
                (delivery,) = await settled(services, webhook, 1)
                if delivery.response_status == status:
                    break
            assert delivery.attempts == attempt
            make_due(tmp_path)
            await services.webhooks.change("default", webhook.id)  # it looks at once
        assert (delivery.status, delivery.error) == (DeliveryStatus.DELIVERED, None)
    assert to.came.empty()
    assert len({(seen.path, seen.headers["webhook-id"], seen.body) for seen in came}) == 1


async def test_a_dead_receiver_is_in_nobodys_way(tmp_path: Path) -> None:
    def silent(_seen: Seen) -> bytes:
        return b""

    async with (
        receiver(silent) as dead,
        receiver() as living,
        open_to_here(tmp_path, shutdown_grace_seconds=0) as services,
    ):
        for to in (dead, living):
            await hooked(services, to, "*")
        events = [event for _ in range(4) for event in await ran(services)]
        bodies = await living.bodies(len(events))
        assert len(events) > 2 * AT_ONCE
        assert len({(body["data"]["run_id"], body["data"]["seq"]) for body in bodies}) == len(
            events
        )
        assert dead.came.qsize() == AT_ONCE


async def test_what_a_process_leaves_behind_is_sent_by_the_next_one(tmp_path: Path) -> None:
    answers = [b"", answer()]
    async with receiver(lambda _seen: answers.pop(0)) as to:
        async with open_to_here(tmp_path, shutdown_grace_seconds=0) as services:
            webhook = await hooked(services, to)
            await ran(services)
            first = await to.came.get()
        async with open_to_here(tmp_path) as services:
            second = await to.came.get()
            (delivery,) = await settled(services, webhook, 1)
    assert first.headers["webhook-id"] == second.headers["webhook-id"] == delivery.id
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 2)


async def test_what_is_on_its_way_may_end_when_the_process_stops(tmp_path: Path) -> None:
    async with receiver() as to:
        async with open_to_here(tmp_path) as services:
            webhook = await hooked(services, to)
            await ran(services)
            await to.came.get()
        async with open_to_here(tmp_path) as services:
            (delivery,) = await settled(services, webhook, 1)
    assert (delivery.status, delivery.attempts) == (DeliveryStatus.DELIVERED, 1)
    assert to.came.empty()


async def test_two_processes_send_everything_once(tmp_path: Path) -> None:
    async with (
        receiver() as to,
        open_to_here(tmp_path) as one,
        open_to_here(tmp_path) as other,
    ):
        webhook = await hooked(one, to, "*")
        await other.webhooks.change("default", webhook.id)
        events = [event for n in range(6) for event in await ran([one, other][n % 2])]
        deliveries = await settled(one, webhook, len(events))
        bodies = await to.bodies(len(events))
    assert {each.attempts for each in deliveries} == {1}
    assert to.came.empty()
    assert {body["data"]["seq"] for body in bodies} == {event["seq"] for event in events}


async def test_others_that_send_nothing_are_heard_of_at_once(database_url: str) -> None:
    settings = Settings(
        _env_file=None,
        database_url=database_url,
        http_allow=("127.0.0.1",),
        lease_seconds=3_600,  # nobody looks without being told
    )
    async with (
        receiver() as to,
        open_services(settings, default_registry()) as sending,
        open_records(settings, default_registry()) as other,
    ):
        await hooked(other, to, "workflow.run.created")
        run = await created(other, QUICK)
        await other.runs.execute(run.id)
        (body,) = await to.bodies(1)
        assert body["data"]["run_id"] == run.id
        (webhook,) = (await other.webhooks.page("default")).items
        (delivery,) = await settled(sending, webhook, 1)
        await other.webhooks.redeliver("default", webhook.id, delivery.id)
        assert await to.bodies(1) == [body]


async def test_a_receiver_that_says_it_is_gone_is_left_alone(tmp_path: Path) -> None:
    async with (
        receiver(lambda _seen: answer(status="410 Gone")) as to,
        open_to_here(tmp_path) as services,
    ):
        webhook = await hooked(services, to)
        await ran(services)
        (delivery,) = await settled(services, webhook, 1)
        assert (delivery.status, delivery.response_status) == (DeliveryStatus.FAILED, 410)
        assert not (await services.webhooks.get("default", webhook.id)).is_active
        await ran(services)
        page = await services.webhooks.deliveries("default", webhook.id)
        assert len(page.items) == 1


async def test_no_webhook_leads_inside(tmp_path: Path) -> None:
    async with receiver() as to, service(tmp_path) as services:
        webhook = await hooked(services, to)
        await ran(services)
        (delivery,) = await settled(services, webhook, 1)
        assert delivery.status is DeliveryStatus.PENDING
        assert delivery.error is not None
        assert "WORKFLOW_HTTP_ALLOW" in delivery.error
    assert to.came.empty()


async def test_no_log_line_tells_a_secret(tmp_path: Path) -> None:
    async with receiver(lambda _seen: answer(status="500 No")) as to:
        with structlog.testing.capture_logs() as logged:
            async with open_to_here(tmp_path) as services:
                webhook, secret = await services.webhooks.create("default", to.url, ["*"])
                await ran(services)
                deliveries = await settled(services, webhook, 1)
                page = await services.webhooks.page("default")
        assert secret not in repr((logged, deliveries, page))


async def test_without_webhooks_nothing_is_written_or_looked_up_for_them(tmp_path: Path) -> None:
    async with open_to_here(tmp_path) as services:
        run = await created(services, QUICK)
        with statements() as executed:
            await completed(services, run)
    assert any("workflow_run_events" in statement for statement in executed)
    assert not [s for s in executed if "workflow_webhook_deliveries" in s]


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that is executed meanwhile."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)
