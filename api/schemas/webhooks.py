"""Webhooks, as they go over the wire."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.findings import Answer
from api.schemas.common import JsonBool, Question
from services.domain.events.vocabulary import WIRE_PREFIX
from services.domain.webhooks import Delivery as StoredDelivery
from services.domain.webhooks import DeliveryStatus

EventTypes = Annotated[
    list[Annotated[str, Field(max_length=200)]], Field(min_length=1, max_length=100)
]


class WebhookBody(Question):
    """An address that is to be told of events."""

    url: str = Field(
        description="Where to POST: http or https, a public address or one that "
        "`WORKFLOW_HTTP_ALLOW` opens.",
        max_length=2_000,
        examples=["https://example.com/hooks"],
    )
    event_types: EventTypes = Field(
        description="Which events: types as in the log, `workflow.run.*` for those of runs, "
        "or `*` for all.",
        examples=[["workflow.run.completed", "workflow.run.failed"]],
    )


class WebhookChanges(Question):
    """What is to be different; what is left out stays."""

    url: Annotated[str, Field(max_length=2_000)] | None = Field(None, description="Where to POST.")
    event_types: EventTypes | None = Field(None, description="Which events.")
    is_active: JsonBool | None = Field(None, description="Whether it is told of anything.")


class Webhook(Answer):
    """An address that is told of the events of a project's runs."""

    id: str = Field(description="The webhook's id.")
    project_id: str = Field(description="The project whose runs it is told of.")
    url: str = Field(description="Where events are sent.")
    event_types: list[str] = Field(description="Which events.")
    is_active: bool = Field(
        description="False when somebody said so, or when the receiver answered 410."
    )
    created_at: datetime = Field(description="When it was made.")


class NewWebhook(Webhook):
    """A webhook with its secret, which nobody can read again."""

    secret: str = Field(
        description="What deliveries are signed with, as Standard Webhooks has it.",
        examples=["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
    )


class Delivery(Answer):
    """One event for one webhook."""

    id: str = Field(description="Its id, the same in every attempt: the header `webhook-id`.")
    webhook_id: str = Field(description="The webhook.")
    run_id: str = Field(description="The run of the event.")
    seq: int = Field(description="The event's place in the log of its run.")
    type: str = Field(description="The event's type.", examples=["workflow.run.completed"])
    status: DeliveryStatus = Field(
        description="`pending` until the next attempt, `sending`, `delivered` after an answer of "
        "2xx, `failed` after the last attempt or an answer of 410."
    )
    attempts: int = Field(description="How often it was sent.")
    next_at: datetime | None = Field(description="When it is sent again; null when it is over.")
    response_status: int | None = Field(description="What the receiver answered last.")
    error: str | None = Field(description="Why the latest attempt did not succeed.")
    created_at: datetime = Field(description="When the event was written.")
    finished_at: datetime | None = Field(description="When it was delivered or given up.")

    @classmethod
    def of(cls, delivery: StoredDelivery) -> Delivery:
        """A stored delivery; clients know types with their prefix."""
        shown = replace(delivery, type=WIRE_PREFIX + delivery.type)
        return cls.model_validate(shown)
