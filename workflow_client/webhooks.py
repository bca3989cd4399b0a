"""The webhooks of a project."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from workflow_client.documents import Delivery, NewWebhook, Page, Webhook
from workflow_client.http import Http, part


class Webhooks:
    """Who is told of events, and what came of it."""

    def __init__(self, http: Http, project: str) -> None:
        self._http = http
        self._path = f"{project}/webhooks"

    async def page(self, *, limit: int = 50) -> Sequence[Webhook]:
        """The newest ones."""
        return (await self._http.get(Page[Webhook], self._path, {"limit": limit})).items

    async def create(self, url: str, event_types: Sequence[str]) -> NewWebhook:
        """A new one, with the secret that nobody can read again."""
        body = {"url": url, "event_types": list(event_types)}
        return await self._http.post_once(NewWebhook, self._path, body, secrets.token_hex(16))

    async def delete(self, webhook_id: str) -> None:
        """Tell it nothing any more, and forget what it was told."""
        await self._http.delete(self._of(webhook_id))

    async def deliveries(
        self, webhook_id: str, *, status: str | None = None, limit: int = 50
    ) -> Sequence[Delivery]:
        """What it was told or will be, newest first."""
        path, query = f"{self._of(webhook_id)}/deliveries", {"status": status, "limit": limit}
        return (await self._http.get(Page[Delivery], path, query)).items

    async def redeliver(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Have it told once more."""
        path = f"{self._of(webhook_id)}/deliveries/{part(delivery_id)}/redeliver"
        return await self._http.post(Delivery, path, {})

    def _of(self, webhook_id: str) -> str:
        return f"{self._path}/{part(webhook_id)}"
