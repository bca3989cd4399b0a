"""Where schedules, webhooks, keys and so on are looked after: the database, or a server.

The commands know only these desks. What stands behind them is loaded when one is opened, since
neither way needs what the other one stands on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from importlib import import_module
from types import ModuleType
from typing import Any, Protocol

from api.schemas import Delivery, NewWebhook, Webhook
from api.schemas.keys import AuditEntry, Key, NewKey, Project
from api.schemas.schedules import Schedule
from services.domain.access import Scope
from services.domain.retention import Expiry, Pruned
from services.domain.webhooks import DeliveryStatus
from services.settings import Settings


class SchedulesDesk(Protocol):
    """Where runs are made to begin by themselves."""

    async def page(self, limit: int) -> Sequence[Schedule]:
        """The first schedules, by name."""

    async def create(self, workflow: str, wanted: Mapping[str, Any]) -> Schedule:
        """A new one for a workflow, which has this name or this id."""

    async def change(self, schedule_id: str, changes: Mapping[str, Any]) -> Schedule:
        """What is named is otherwise from now on."""

    async def remove(self, schedule_id: str) -> None:
        """Let it begin nothing any more."""


class WebhooksDesk(Protocol):
    """Where addresses are told of events."""

    async def page(self) -> Sequence[Webhook]:
        """The newest ones."""

    async def create(self, url: str, event_types: Sequence[str]) -> NewWebhook:
        """A new one, with its secret."""

    async def delete(self, webhook_id: str) -> None:
        """Tell it nothing any more."""

    async def deliveries(
        self, webhook_id: str, status: DeliveryStatus | None, limit: int
    ) -> Sequence[Delivery]:
        """What it was told or will be, newest first."""

    async def redeliver(self, webhook_id: str, delivery_id: str) -> Delivery:
        """Have it told once more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyWish:
    """What a key is to be good for; without a project, for all of them."""

    name: str
    project_id: str | None
    scopes: frozenset[Scope]
    lifetime: timedelta | None


class AccessDesk(Protocol):
    """Where it is said who may use what, and seen what they did."""

    async def projects(self) -> Sequence[Project]:
        """All projects that one may see, by id."""

    async def create_project(self, project_id: str, name: str | None) -> Project:
        """A new project."""

    async def keys(self) -> Sequence[Key]:
        """All keys that one may see, newest first."""

    async def create_key(self, wish: KeyWish) -> NewKey:
        """A new key, with its text."""

    async def revoke_key(self, key_id: str) -> None:
        """Have it open nothing any more."""

    async def audit(self, limit: int) -> Sequence[AuditEntry]:
        """Who changed what, newest first."""


class RetentionDesk(Protocol):
    """Where runs are forgotten."""

    async def prune(self, workflow: str | None, expiry: Expiry, *, is_rehearsal: bool) -> Pruned:
        """Remove what has been kept for long enough: of one workflow, where one is named."""


def schedules_at(settings: Settings) -> AbstractAsyncContextManager[SchedulesDesk]:
    """The desk of the server that the settings name, or of their database."""
    opened: AbstractAsyncContextManager[SchedulesDesk] = _side(settings).open_schedules(settings)
    return opened


def webhooks_at(settings: Settings) -> AbstractAsyncContextManager[WebhooksDesk]:
    """The same for webhooks."""
    opened: AbstractAsyncContextManager[WebhooksDesk] = _side(settings).open_webhooks(settings)
    return opened


def access_at(settings: Settings) -> AbstractAsyncContextManager[AccessDesk]:
    """The same for projects, keys and the audit log."""
    opened: AbstractAsyncContextManager[AccessDesk] = _side(settings).open_access(settings)
    return opened


def retention_at(settings: Settings) -> AbstractAsyncContextManager[RetentionDesk]:
    """The same for what is kept."""
    opened: AbstractAsyncContextManager[RetentionDesk] = _side(settings).open_retention(settings)
    return opened


def _side(settings: Settings) -> ModuleType:
    return import_module(f"api.cli.upkeep_{'here' if settings.server is None else 'there'}")
