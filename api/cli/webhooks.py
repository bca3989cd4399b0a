"""`workflow webhooks`: who is told of events, and what came of it.

Deliveries are sent by the processes that execute runs.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from api.cli.options import AsJson, DatabaseUrl, settings_from
from api.cli.output.console import printed, say, write
from api.schemas import Delivery as DeliveryDocument
from api.schemas import NewWebhook
from api.schemas import Webhook as WebhookDocument
from services.domain.webhooks import Delivery, DeliveryStatus, Webhook
from services.records import recording
from services.settings import Settings
from services.store.paging import Page


def commands() -> typer.Typer:
    """The commands of the group `webhooks`."""
    app = typer.Typer(
        help="Have addresses outside told of events, and see what came of it.",
        no_args_is_help=True,
    )
    app.command("list")(list_webhooks)
    app.command("create")(create)
    app.command("delete")(delete)
    app.command("deliveries")(deliveries)
    app.command("redeliver")(redeliver)
    return app


WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK", help="The webhook's id.")]


def list_webhooks(as_json: AsJson = False, database_url: DatabaseUrl = None) -> None:
    """List webhooks, newest first."""
    page = asyncio.run(_page(settings_from(database_url=database_url)))
    if as_json:
        for webhook in page.items:
            write(WebhookDocument.model_validate(webhook).model_dump_json())
        return
    table = Table("webhook", "active", "url", "events", box=None)
    for webhook in page.items:
        active = "yes" if webhook.is_active else "no"
        table.add_row(webhook.id, active, webhook.url, ", ".join(webhook.event_types))
    write(printed(table))


def create(
    url: Annotated[str, typer.Argument(help="Where to POST: http or https.")],
    event: Annotated[
        list[str], typer.Option(help="A type of events, workflow.run.*, or *; repeat it.")
    ],
    database_url: DatabaseUrl = None,
) -> None:
    """Have an address told of events; writes the webhook with its secret, this once, as JSON."""
    settings = settings_from(database_url=database_url)
    webhook, secret = asyncio.run(_create(settings, url, event))
    document = WebhookDocument.model_validate(webhook).model_dump()
    write(NewWebhook(**document, secret=secret).model_dump_json())


def delete(webhook_id: WebhookId, database_url: DatabaseUrl = None) -> None:
    """Delete a webhook with the log of its deliveries."""
    asyncio.run(_delete(settings_from(database_url=database_url), webhook_id))
    say(f"webhook {webhook_id} is deleted")


def deliveries(
    webhook_id: WebhookId,
    status: Annotated[
        DeliveryStatus | None, typer.Option(help="Only deliveries that stand here.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """List what a webhook was told or will be, newest first."""
    settings = settings_from(database_url=database_url)
    page = asyncio.run(_deliveries(settings, webhook_id, status, limit))
    if as_json:
        for delivery in page.items:
            write(DeliveryDocument.of(delivery).model_dump_json())
    else:
        write(printed(_table_of(page)))


def redeliver(
    webhook_id: WebhookId,
    delivery_id: Annotated[str, typer.Argument(metavar="DELIVERY", help="The delivery's id.")],
    database_url: DatabaseUrl = None,
) -> None:
    """Have a delivery sent again, by a process that executes runs."""
    settings = settings_from(database_url=database_url)
    delivery = asyncio.run(_redeliver(settings, webhook_id, delivery_id))
    say(f"delivery {delivery.id} is {delivery.status}")


async def _page(settings: Settings) -> Page[Webhook]:
    async with recording(settings) as records:
        return await records.webhook_use_cases().page(settings.project, limit=200)


async def _create(settings: Settings, url: str, event_types: list[str]) -> tuple[Webhook, str]:
    async with recording(settings) as records:
        return await records.webhook_use_cases().create(settings.project, url, event_types)


async def _delete(settings: Settings, webhook_id: str) -> None:
    async with recording(settings) as records:
        await records.webhook_use_cases().delete(settings.project, webhook_id)


async def _deliveries(
    settings: Settings, webhook_id: str, status: DeliveryStatus | None, limit: int
) -> Page[Delivery]:
    async with recording(settings) as records:
        return await records.webhook_use_cases().deliveries(
            settings.project, webhook_id, status=status, limit=limit
        )


async def _redeliver(settings: Settings, webhook_id: str, delivery_id: str) -> Delivery:
    async with recording(settings) as records:
        webhooks = records.webhook_use_cases()
        return await webhooks.redeliver(settings.project, webhook_id, delivery_id)


def _table_of(page: Page[Delivery]) -> Table:
    table = Table(
        "delivery", "event", "run", "seq", "status", "attempts", "answer", "error", box=None
    )
    for each in page.items:
        answered = "" if each.response_status is None else str(each.response_status)
        table.add_row(
            each.id,
            each.type,
            each.run_id,
            str(each.seq),
            each.status.value,
            str(each.attempts),
            answered,
            each.error or "",
        )
    return table
