"""`workflow webhooks`: who is told of events, and what came of it.

Deliveries are sent by the processes that execute runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer
from rich.table import Table

from api.cli.desk import Where
from api.cli.grouped import grouped
from api.cli.options import AsJson
from api.cli.output.console import printed, say, write
from api.cli.upkeep import webhooks_at
from api.schemas import Delivery, NewWebhook, Webhook
from services.domain.webhooks import DeliveryStatus
from services.settings import Settings


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


@grouped
def list_webhooks(where: Where, as_json: AsJson = False) -> None:
    """List webhooks, newest first."""
    webhooks = asyncio.run(_page(where.settings()))
    if as_json:
        for webhook in webhooks:
            write(webhook.model_dump_json())
        return
    table = Table("webhook", "active", "url", "events", box=None)
    for webhook in webhooks:
        active = "yes" if webhook.is_active else "no"
        table.add_row(webhook.id, active, webhook.url, ", ".join(webhook.event_types))
    write(printed(table))


@grouped
def create(
    url: Annotated[str, typer.Argument(help="Where to POST: http or https.")],
    where: Where,
    event: Annotated[
        list[str], typer.Option(help="A type of events, workflow.run.*, or *; repeat it.")
    ],
) -> None:
    """Have an address told of events; writes the webhook with its secret, this once, as JSON."""
    write(asyncio.run(_create(where.settings(), url, event)).model_dump_json())


@grouped
def delete(webhook_id: WebhookId, where: Where) -> None:
    """Delete a webhook with the log of its deliveries."""
    asyncio.run(_delete(where.settings(), webhook_id))
    say(f"webhook {webhook_id} is deleted")


@grouped
def deliveries(
    webhook_id: WebhookId,
    where: Where,
    status: Annotated[
        DeliveryStatus | None, typer.Option(help="Only deliveries that stand here.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List what a webhook was told or will be, newest first."""
    found = asyncio.run(_deliveries(where.settings(), webhook_id, status, limit))
    if as_json:
        for delivery in found:
            write(delivery.model_dump_json())
    else:
        write(printed(_table_of(found)))


@grouped
def redeliver(
    webhook_id: WebhookId,
    where: Where,
    delivery_id: Annotated[str, typer.Argument(metavar="DELIVERY", help="The delivery's id.")],
) -> None:
    """Have a delivery sent again, by a process that executes runs."""
    delivery = asyncio.run(_redeliver(where.settings(), webhook_id, delivery_id))
    say(f"delivery {delivery.id} is {delivery.status}")


async def _page(settings: Settings) -> Sequence[Webhook]:
    async with webhooks_at(settings) as desk:
        return await desk.page()


async def _create(settings: Settings, url: str, event_types: Sequence[str]) -> NewWebhook:
    async with webhooks_at(settings) as desk:
        return await desk.create(url, event_types)


async def _delete(settings: Settings, webhook_id: str) -> None:
    async with webhooks_at(settings) as desk:
        await desk.delete(webhook_id)


async def _deliveries(
    settings: Settings, webhook_id: str, status: DeliveryStatus | None, limit: int
) -> Sequence[Delivery]:
    async with webhooks_at(settings) as desk:
        return await desk.deliveries(webhook_id, status, limit)


async def _redeliver(settings: Settings, webhook_id: str, delivery_id: str) -> Delivery:
    async with webhooks_at(settings) as desk:
        return await desk.redeliver(webhook_id, delivery_id)


def _table_of(deliveries: Sequence[Delivery]) -> Table:
    table = Table(
        "delivery", "event", "run", "seq", "status", "attempts", "answer", "error", box=None
    )
    for each in deliveries:
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
