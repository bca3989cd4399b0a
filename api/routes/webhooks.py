"""Webhooks: who is told of the events of a project's runs, and what came of each delivery."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response, status

from api.access import ADMIN, READ
from api.deps import BODY_ERRORS, Cursor, IdempotencyKey, Limit, ProjectId, ServicesDep, errors
from api.schemas import Delivery, NewWebhook, Page, Webhook, WebhookBody, WebhookChanges
from services.domain.webhooks import DeliveryStatus

router = APIRouter(prefix="/projects/{project_id}/webhooks", tags=["webhooks"])

WebhookId = Annotated[str, Path(description="The webhook's id.")]
DeliveryId = Annotated[str, Path(description="The delivery's id, as in its `webhook-id` header.")]


@router.get(
    "",
    operation_id="list_webhooks",
    summary="List the webhooks of a project, newest first",
    responses=errors(400, 404),
    dependencies=READ,
)
async def list_webhooks(
    services: ServicesDep, project_id: ProjectId, cursor: Cursor = None, limit: Limit = 50
) -> Page[Webhook]:
    """Active ones and inactive ones; never a secret."""
    page = await services.webhooks.page(project_id, cursor=cursor, limit=limit)
    items = [Webhook.model_validate(webhook) for webhook in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


@router.post(
    "",
    operation_id="create_webhook",
    summary="Have an address told of events",
    status_code=status.HTTP_201_CREATED,
    responses=errors(404, *BODY_ERRORS),
    dependencies=ADMIN,
)
async def create_webhook(
    services: ServicesDep,
    project_id: ProjectId,
    body: WebhookBody,
    idempotency_key: IdempotencyKey = None,
) -> NewWebhook:
    """The answer has the secret with which deliveries are signed; it is never shown again."""
    webhook, secret = await services.webhooks.create(
        project_id, body.url, body.event_types, idempotency_key=idempotency_key
    )
    return NewWebhook(**Webhook.model_validate(webhook).model_dump(), secret=secret)


@router.get(
    "/{webhook_id}",
    operation_id="get_webhook",
    summary="Read a webhook",
    responses=errors(404),
    dependencies=READ,
)
async def get_webhook(
    services: ServicesDep, project_id: ProjectId, webhook_id: WebhookId
) -> Webhook:
    """Its address and what it is told; not its secret."""
    return Webhook.model_validate(await services.webhooks.get(project_id, webhook_id))


@router.patch(
    "/{webhook_id}",
    operation_id="change_webhook",
    summary="Change a webhook",
    responses=errors(404, *BODY_ERRORS),
    dependencies=ADMIN,
)
async def change_webhook(
    services: ServicesDep, project_id: ProjectId, webhook_id: WebhookId, body: WebhookChanges
) -> Webhook:
    """What is left out stays. An inactive one is told of nothing new, and what it has waits."""
    webhook = await services.webhooks.change(
        project_id,
        webhook_id,
        url=body.url,
        event_types=body.event_types,
        is_active=body.is_active,
    )
    return Webhook.model_validate(webhook)


@router.delete(
    "/{webhook_id}",
    operation_id="delete_webhook",
    summary="Delete a webhook",
    status_code=status.HTTP_204_NO_CONTENT,
    responses=errors(403, 404),
    dependencies=ADMIN,
)
async def delete_webhook(
    services: ServicesDep, project_id: ProjectId, webhook_id: WebhookId
) -> Response:
    """With the log of its deliveries; what was not delivered never will be."""
    await services.webhooks.delete(project_id, webhook_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get(
    "/{webhook_id}/deliveries",
    operation_id="list_deliveries",
    summary="List what a webhook was told or will be, newest first",
    responses=errors(400, 404),
    dependencies=READ,
)
async def list_deliveries(
    services: ServicesDep,
    project_id: ProjectId,
    webhook_id: WebhookId,
    status: Annotated[
        DeliveryStatus | None, Query(description="Only deliveries that stand here.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Delivery]:
    """One for each event that it wanted, with the answer to the latest attempt."""
    page = await services.webhooks.deliveries(
        project_id, webhook_id, status=status, cursor=cursor, limit=limit
    )
    items = [Delivery.of(delivery) for delivery in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/redeliver",
    operation_id="redeliver",
    summary="Send a delivery again",
    status_code=status.HTTP_202_ACCEPTED,
    responses=errors(403, 404, 409),
    dependencies=ADMIN,
)
async def redeliver(
    services: ServicesDep, project_id: ProjectId, webhook_id: WebhookId, delivery_id: DeliveryId
) -> Delivery:
    """At once, whatever came of it before, with the same `webhook-id`."""
    delivery = await services.webhooks.redeliver(project_id, webhook_id, delivery_id)
    return Delivery.of(delivery)
