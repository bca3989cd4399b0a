"""Webhooks and what becomes of each delivery, as values and decisions.

A delivery is one event that one webhook is to be told. It is tried until the receiver takes it,
with growing pauses, and given up after its last attempt or when the receiver says that it is gone.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from services.domain.events.frames import StoredEvent
from services.domain.events.vocabulary import EVENT_TYPES, WIRE_PREFIX

MAX_ATTEMPTS: Final = 8
"""Attempts of a delivery, over a day and three hours; a redelivery gets as many again."""

_BACKOFF: Final = 5.0
_JITTER: Final = 0.2
_GONE: Final = 410
_ALL: Final = "*"
_MEMBERS: Final = ".*"


class DeliveryStatus(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address outside that is told about the events of a project's runs.

    The secret with which its deliveries are signed is no part of it: it is shown once.
    """

    id: str
    project_id: str
    url: str
    event_types: tuple[str, ...]
    is_active: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one webhook, and how far it has come.

    `type` is that of the event; `next_at` is when it is tried again, or when an attempt that is
    going on counts as lost. `response_status` and `error` tell of the latest attempt.
    """

    id: str
    webhook_id: str
    run_id: str
    seq: int
    type: str
    status: DeliveryStatus
    attempts: int
    next_at: datetime | None
    response_status: int | None
    error: str | None
    created_at: datetime
    finished_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A delivery in the hands of whoever sends it; `attempt` is its number and the fence."""

    id: str
    webhook_id: str
    url: str
    secret: str
    project_id: str
    workflow_id: str
    run_id: str
    event: StoredEvent
    attempt: int
    last_attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came of an attempt: the status of the response, or why there was none."""

    status: int | None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class Delivered:
    """The receiver has taken it."""


@dataclass(frozen=True, slots=True)
class Again:
    """It is tried again after some seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class GivenUp:
    """It is not tried again; where the receiver is gone, nothing is sent to it any more."""

    is_gone: bool


Verdict: TypeAlias = Delivered | Again | GivenUp


def judge(answer: Answer, attempt: int, last_attempt: int, chance: float) -> Verdict:
    """What becomes of a delivery after an attempt; `chance` is between 0 and 1.

    The pauses are 5, 25, 125 seconds and so on up to 22 hours, a fifth more or less.
    """
    match answer.status:
        case int(status) if status // 100 == 2:  # noqa: PLR2004 - as HTTP counts
            return Delivered()
        case int(status) if status == _GONE:
            return GivenUp(is_gone=True)
        case _ if attempt >= last_attempt:
            return GivenUp(is_gone=False)
    tries = attempt - max(last_attempt - MAX_ATTEMPTS, 0)
    return Again(_BACKOFF**tries * (1 + _JITTER * (2 * chance - 1)))


def wants(event_types: Iterable[str], event_type: str) -> bool:
    """Whether an event of the log is among what a webhook or subscriber wants to be told.

    `*` are all, `workflow.node.*` those of nodes, `workflow.run.completed` is one type.
    """
    name = WIRE_PREFIX + event_type
    return any(_matches(wanted, name) for wanted in event_types)


def unknown_types(event_types: Iterable[str]) -> list[str]:
    """Those among them that no event will ever match."""
    return [
        wanted
        for wanted in event_types
        if not any(_matches(wanted, WIRE_PREFIX + event_type) for event_type in EVENT_TYPES)
    ]


def why_no_address(url: str) -> str | None:
    """Why nothing can be sent to a URL, as far as one can tell without the name server."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        return str(error)
    if parts.scheme not in {"http", "https"} or not parts.hostname or port == 0:
        return "write http://host/... or https://host/..."
    if parts.username is not None or parts.password is not None:
        return "a user and password in it would be shown; deliveries are signed instead"
    return None


def _matches(wanted: str, name: str) -> bool:
    if wanted.endswith(_MEMBERS):
        return name.startswith(wanted.removesuffix("*"))
    return wanted in {_ALL, name}
