"""Telling addresses outside about the events of a project's runs, and seeing what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.domain.once import once
from services.domain.webhooks import (
    Delivery,
    DeliveryStatus,
    Webhook,
    unknown_types,
    why_no_address,
)
from services.errors import (
    DeliveryIsOnItsWayError,
    DeliveryNotFoundError,
    InputProblem,
    WebhookError,
    WebhookNotFoundError,
)
from services.hooks.signing import new_secret
from services.store.paging import Page
from services.store.webhooks import Webhooks


class Wakes(Protocol):
    """Sends deliveries, in this process or another one."""

    def wake(self) -> None:
        """Look at once for what is to be sent."""


class SendsElsewhere:
    """For a process that sends nothing itself: one that does looks for it."""

    def wake(self) -> None:
        """Nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookUseCases:
    """The webhooks of all projects."""

    store: Webhooks
    sender: Wakes

    async def create(
        self,
        project_id: str,
        url: str,
        event_types: Sequence[str],
        *,
        idempotency_key: str | None = None,
    ) -> tuple[Webhook, str]:
        """A new webhook, and the secret that signs its deliveries; nobody can read it again.

        The same idempotency key and request give the same webhook again.

        Raises:
            WebhookError: nothing can be sent to the URL, or a type matches no event.
            IdempotencyError: the key was used for another request.
        """
        _must_fit(url, event_types)
        asked = once(idempotency_key, "webhook", url, event_types)
        made = await self.store.add(project_id, url, event_types, new_secret(), asked)
        self.sender.wake()
        return made

    async def get(self, project_id: str, webhook_id: str) -> Webhook:
        """The webhook with this id.

        Raises:
            WebhookNotFoundError: the project has none.
        """
        webhook = await self.store.get(project_id, webhook_id)
        if webhook is None:
            raise WebhookNotFoundError(webhook_id)
        return webhook

    async def page(
        self, project_id: str, *, cursor: str | None = None, limit: int = 50
    ) -> Page[Webhook]:
        """The webhooks of a project, newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        return await self.store.page(project_id, cursor=cursor, limit=limit)

    async def change(
        self,
        project_id: str,
        webhook_id: str,
        *,
        url: str | None = None,
        event_types: Sequence[str] | None = None,
        is_active: bool | None = None,
    ) -> Webhook:
        """The webhook with what is given in the place of what it had.

        An inactive one is told of nothing new, and what it still has to be told waits.

        Raises:
            WebhookNotFoundError: the project has none.
            WebhookError: nothing can be sent to the URL, or a type matches no event.
        """
        _must_fit(url, event_types)
        given: dict[str, Any] = {"url": url, "event_types": event_types, "is_active": is_active}
        changes = {name: value for name, value in given.items() if value is not None}
        webhook = await self.store.change(project_id, webhook_id, changes)
        if webhook is None:
            raise WebhookNotFoundError(webhook_id)
        self.sender.wake()
        return webhook

    async def delete(self, project_id: str, webhook_id: str) -> None:
        """Take a webhook away, with the log of its deliveries.

        Raises:
            WebhookNotFoundError: the project has none.
        """
        if not await self.store.remove(project_id, webhook_id):
            raise WebhookNotFoundError(webhook_id)

    async def deliveries(
        self,
        project_id: str,
        webhook_id: str,
        *,
        status: DeliveryStatus | None = None,
        cursor: str | None = None,
        limit: int = 50,
    ) -> Page[Delivery]:
        """What a webhook was told or will be, newest first.

        Raises:
            WebhookNotFoundError: the project has none.
            CursorError: no page gave this cursor.
        """
        await self.get(project_id, webhook_id)
        return await self.store.deliveries(webhook_id, status=status, cursor=cursor, limit=limit)

    async def redeliver(self, project_id: str, webhook_id: str, delivery_id: str) -> Delivery:
        """Have a delivery sent now, whatever came of it, and tried as often as a new one.

        Raises:
            WebhookNotFoundError: the project has no such webhook.
            DeliveryNotFoundError: the webhook has no such delivery.
            DeliveryIsOnItsWayError: it is being sent.
        """
        await self.get(project_id, webhook_id)
        delivery = await self.store.send_again(webhook_id, delivery_id)
        if delivery is None:
            if await self.store.delivery(webhook_id, delivery_id) is None:
                raise DeliveryNotFoundError(delivery_id)
            raise DeliveryIsOnItsWayError(delivery_id)
        self.sender.wake()
        return delivery


def _must_fit(url: str | None, event_types: Sequence[str] | None) -> None:
    """Raise for all that is wrong with a webhook, as far as it is given.

    Raises:
        WebhookError: nothing can be sent to the URL, or a type matches no event.
    """
    problems = []
    if url is not None and (why := why_no_address(url)):
        problems.append(InputProblem(pointer="/url", code="no-address", detail=why))
    unknown = unknown_types(event_types or ())
    for place, wanted in enumerate(event_types or ()):
        if wanted in unknown:
            detail = f"no event has the type {wanted!r}; write one, workflow.run.*, or *"
            pointer = f"/event_types/{place}"
            problems.append(InputProblem(pointer=pointer, code="unknown-type", detail=detail))
    if problems:
        raise WebhookError(problems)
