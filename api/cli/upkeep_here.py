"""The desks that have the database: whoever can open that needs no key."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from api.cli.upkeep import KeyWish
from api.schemas import Delivery, NewWebhook, Webhook
from api.schemas.keys import AuditEntry, Key, NewKey, Project
from api.schemas.schedules import Schedule
from services.domain.access import LOCAL
from services.domain.audit import Change
from services.domain.retention import Expiry, Pruned
from services.domain.webhooks import DeliveryStatus
from services.errors import WorkflowNotFoundError
from services.records import Records, recording
from services.settings import Settings
from services.store.paging import every
from services.usecases.access import AccessUseCases
from services.usecases.schedules import ScheduleDraft


@dataclass(frozen=True, slots=True)
class SchedulesHere:
    """The schedules of a database."""

    records: Records
    project_id: str

    async def page(self, limit: int) -> Sequence[Schedule]:
        """The first schedules, by name."""
        found = await self.records.schedule_use_cases().page(self.project_id, limit=limit)
        return [Schedule.model_validate(schedule) for schedule in found.items]

    async def create(self, workflow: str, wanted: Mapping[str, Any]) -> Schedule:
        """A new one, whose runs begin in whatever process executes runs."""
        workflow_id = await _workflow_id(self.records, self.project_id, workflow)
        draft = ScheduleDraft(workflow_id=workflow_id, version=None, **wanted)
        made = await self.records.schedule_use_cases().create(self.project_id, draft)
        return Schedule.model_validate(made)

    async def change(self, schedule_id: str, changes: Mapping[str, Any]) -> Schedule:
        """What is named is otherwise from now on."""
        schedules = self.records.schedule_use_cases()
        changed = await schedules.change(self.project_id, schedule_id, changes)
        return Schedule.model_validate(changed)

    async def remove(self, schedule_id: str) -> None:
        """Let it begin nothing any more."""
        await self.records.schedule_use_cases().remove(self.project_id, schedule_id)


@dataclass(frozen=True, slots=True)
class WebhooksHere:
    """The webhooks of a database; what is to be sent goes out from where runs are executed."""

    records: Records
    project_id: str

    async def page(self) -> Sequence[Webhook]:
        """The newest ones."""
        found = await self.records.webhook_use_cases().page(self.project_id, limit=200)
        return [Webhook.model_validate(webhook) for webhook in found.items]

    async def create(self, url: str, event_types: Sequence[str]) -> NewWebhook:
        """A new one, with its secret."""
        webhooks = self.records.webhook_use_cases()
        webhook, secret = await webhooks.create(self.project_id, url, event_types)
        return NewWebhook(**Webhook.model_validate(webhook).model_dump(), secret=secret)

    async def delete(self, webhook_id: str) -> None:
        """Tell it nothing any more."""
        await self.records.webhook_use_cases().delete(self.project_id, webhook_id)

    async def deliveries(
        self, webhook_id: str, status: DeliveryStatus | None, limit: int
    ) -> Sequence[Delivery]:
        """What it was told or will be, newest first."""
        found = await self.records.webhook_use_cases().deliveries(
            self.project_id, webhook_id, status=status, limit=limit
        )
        return [Delivery.of(delivery) for delivery in found.items]

    async def redeliver(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Have it told once more."""
        webhooks = self.records.webhook_use_cases()
        return Delivery.of(await webhooks.redeliver(self.project_id, webhook_id, delivery_id))


@dataclass(frozen=True, slots=True)
class AccessHere:
    """The projects, keys and audit log of a database."""

    records: Records
    settings: Settings

    @property
    def _access(self) -> AccessUseCases:
        return self.records.access_use_cases(self.settings)

    async def projects(self) -> Sequence[Project]:
        """All projects, by id."""
        store = self.records.project_use_cases()
        pages = every(lambda cursor: store.page(LOCAL, cursor=cursor, limit=200))
        return [Project.model_validate(project) async for project in pages]

    async def create_project(self, project_id: str, name: str | None) -> Project:
        """A new project."""
        project = await self.records.project_use_cases().create(LOCAL, project_id, name)
        await self._note("create_project", project.id, project.id)
        return Project.model_validate(project)

    async def keys(self) -> Sequence[Key]:
        """All keys, newest first."""
        pages = every(lambda cursor: self._access.page(LOCAL, cursor=cursor, limit=200))
        return [Key.model_validate(key) async for key in pages]

    async def create_key(self, wish: KeyWish) -> NewKey:
        """A new key, with its text."""
        key, text = await self._access.create_key(
            LOCAL, wish.name, wish.project_id, wish.scopes, wish.lifetime
        )
        await self._note("create_key", key.id, key.project_id)
        return NewKey(**Key.model_validate(key).model_dump(), key=text)

    async def revoke_key(self, key_id: str) -> None:
        """Have it open nothing any more."""
        key = await self._access.revoke(LOCAL, key_id)
        await self._note("revoke_key", key.id, key.project_id)

    async def audit(self, limit: int) -> Sequence[AuditEntry]:
        """Who changed what, newest first."""
        found = await self.records.audit_use_cases().page(LOCAL, limit=limit)
        return [AuditEntry.model_validate(entry) for entry in found.items]

    async def _note(self, action: str, address: str, project_id: str | None) -> None:
        """Write down what somebody did at the terminal of a machine that has the database."""
        done = Change(
            who=LOCAL.id, action=action, project_id=project_id, address=address, client=None
        )
        await self.records.audit_use_cases().note(done)


@dataclass(frozen=True, slots=True)
class RetentionHere:
    """What a database keeps."""

    records: Records
    project_id: str

    async def prune(self, workflow: str | None, expiry: Expiry, *, is_rehearsal: bool) -> Pruned:
        """Remove what has been kept for long enough."""
        if workflow is not None:
            workflow_id = await _workflow_id(self.records, self.project_id, workflow)
            expiry = replace(expiry, workflow_id=workflow_id)
        retention = self.records.retention_use_cases()
        return await retention.prune(self.project_id, expiry, is_rehearsal=is_rehearsal)


@asynccontextmanager
async def open_schedules(settings: Settings) -> AsyncIterator[SchedulesHere]:
    """The schedules of the database of the settings."""
    async with recording(settings) as records:
        yield SchedulesHere(records, settings.project)


@asynccontextmanager
async def open_webhooks(settings: Settings) -> AsyncIterator[WebhooksHere]:
    """The webhooks of the database of the settings."""
    async with recording(settings) as records:
        yield WebhooksHere(records, settings.project)


@asynccontextmanager
async def open_access(settings: Settings) -> AsyncIterator[AccessHere]:
    """The projects, keys and audit log of the database of the settings."""
    async with recording(settings) as records:
        yield AccessHere(records, settings)


@asynccontextmanager
async def open_retention(settings: Settings) -> AsyncIterator[RetentionHere]:
    """What the database of the settings keeps."""
    async with recording(settings) as records:
        yield RetentionHere(records, settings.project)


async def _workflow_id(records: Records, project_id: str, name_or_id: str) -> str:
    found = await records.workflows.by_name(project_id, name_or_id)
    found = found or await records.workflows.get(project_id, name_or_id)
    if found is None:
        raise WorkflowNotFoundError(name_or_id)
    return found.id
