"""The desks that ask a server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from api.cli.desk_there import client_of
from api.cli.upkeep import KeyWish
from api.schemas import Delivery, NewWebhook, Webhook
from api.schemas.keys import AuditEntry, Key, NewKey, Project
from api.schemas.schedules import Schedule
from services.domain.retention import Expiry, Pruned
from services.domain.webhooks import DeliveryStatus
from services.settings import Settings
from workflow_client import Client


@dataclass(frozen=True, slots=True)
class SchedulesThere:
    """The schedules of a server."""

    client: Client

    async def page(self, limit: int) -> Sequence[Schedule]:
        """The first schedules, by name."""
        found = await self.client.schedules.page(limit=limit)
        return [Schedule.model_validate(schedule.model_dump()) for schedule in found]

    async def create(self, workflow: str, wanted: Mapping[str, Any]) -> Schedule:
        """A new one."""
        workflow_id = (await self.client.workflow(workflow)).id
        made = await self.client.schedules.create({**wanted, "workflow_id": workflow_id})
        return Schedule.model_validate(made.model_dump())

    async def change(self, schedule_id: str, changes: Mapping[str, Any]) -> Schedule:
        """What is named is otherwise from now on."""
        changed = await self.client.schedules.change(schedule_id, changes)
        return Schedule.model_validate(changed.model_dump())

    async def remove(self, schedule_id: str) -> None:
        """Let it begin nothing any more."""
        await self.client.schedules.remove(schedule_id)


@dataclass(frozen=True, slots=True)
class WebhooksThere:
    """The webhooks of a server."""

    client: Client

    async def page(self) -> Sequence[Webhook]:
        """The newest ones."""
        found = await self.client.webhooks.page(limit=200)
        return [Webhook.model_validate(webhook.model_dump()) for webhook in found]

    async def create(self, url: str, event_types: Sequence[str]) -> NewWebhook:
        """A new one, with its secret."""
        made = await self.client.webhooks.create(url, event_types)
        return NewWebhook.model_validate(made.model_dump())

    async def delete(self, webhook_id: str) -> None:
        """Tell it nothing any more."""
        await self.client.webhooks.delete(webhook_id)

    async def deliveries(
        self, webhook_id: str, status: DeliveryStatus | None, limit: int
    ) -> Sequence[Delivery]:
        """What it was told or will be, newest first."""
        found = await self.client.webhooks.deliveries(webhook_id, status=status, limit=limit)
        return [Delivery.model_validate(delivery.model_dump()) for delivery in found]

    async def redeliver(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Have it told once more."""
        delivery = await self.client.webhooks.redeliver(webhook_id, delivery_id)
        return Delivery.model_validate(delivery.model_dump())


@dataclass(frozen=True, slots=True)
class AccessThere:
    """The projects, keys and audit log of a server, as far as one's own key opens them."""

    client: Client

    async def projects(self) -> Sequence[Project]:
        """All projects that one may see, by id."""
        found = self.client.access.projects()
        return [Project.model_validate(project.model_dump()) async for project in found]

    async def create_project(self, project_id: str, name: str | None) -> Project:
        """A new project."""
        made = await self.client.access.create_project(project_id, name)
        return Project.model_validate(made.model_dump())

    async def keys(self) -> Sequence[Key]:
        """All keys that one may see, newest first."""
        found = self.client.access.keys()
        return [Key.model_validate(key.model_dump()) async for key in found]

    async def create_key(self, wish: KeyWish) -> NewKey:
        """A new key, with its text."""
        made = await self.client.access.create_key(
            wish.name,
            sorted(wish.scopes),
            project_id=wish.project_id,
            expires_in_seconds=_seconds(wish.lifetime),
        )
        return NewKey.model_validate(made.model_dump())

    async def revoke_key(self, key_id: str) -> None:
        """Have it open nothing any more."""
        await self.client.access.revoke_key(key_id)

    async def audit(self, limit: int) -> Sequence[AuditEntry]:
        """Who changed what, newest first."""
        found = await self.client.access.audit(limit=limit)
        return [AuditEntry.model_validate(entry.model_dump()) for entry in found]


def _seconds(lifetime: timedelta | None) -> int | None:
    return None if lifetime is None else int(lifetime.total_seconds())


@dataclass(frozen=True, slots=True)
class RetentionThere:
    """What a server keeps."""

    client: Client

    async def prune(self, workflow: str | None, expiry: Expiry, *, is_rehearsal: bool) -> Pruned:
        """Remove what has been kept for long enough."""
        chosen: dict[str, Any] = {
            "older_than_seconds": int(expiry.older_than.total_seconds()),
            "status": sorted(expiry.statuses),
        }
        if workflow is not None:
            chosen["workflow_id"] = (await self.client.workflow(workflow)).id
        pruned = Pruned()
        async for step in self.client.prune(chosen, dry_run=is_rehearsal):
            pruned += Pruned(trees=step.trees, runs=step.runs, events=step.events)
        return pruned


@asynccontextmanager
async def open_schedules(settings: Settings) -> AsyncIterator[SchedulesThere]:
    """The schedules of the server of the settings."""
    async with client_of(settings) as client:
        yield SchedulesThere(client)


@asynccontextmanager
async def open_webhooks(settings: Settings) -> AsyncIterator[WebhooksThere]:
    """The webhooks of the server of the settings."""
    async with client_of(settings) as client:
        yield WebhooksThere(client)


@asynccontextmanager
async def open_access(settings: Settings) -> AsyncIterator[AccessThere]:
    """The projects, keys and audit log of the server of the settings."""
    async with client_of(settings) as client:
        yield AccessThere(client)


@asynccontextmanager
async def open_retention(settings: Settings) -> AsyncIterator[RetentionThere]:
    """What the server of the settings keeps."""
    async with client_of(settings) as client:
        yield RetentionThere(client)
