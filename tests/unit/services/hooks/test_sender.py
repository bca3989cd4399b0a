"""The sender without the rest of the service: what it does when something is wrong in itself."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from datetime import UTC, datetime

import structlog

from services.domain.events.frames import to_stored
from services.domain.events.runs import RunStarted
from services.domain.webhooks import Answer, Parcel, Verdict
from services.hooks.sender import Sender, SenderBounds
from services.store.deliveries import Engagement
from workflow_compiler.ports import HttpRequest, SystemClock

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LONG = 3_600.0


def parcel(number: int) -> Parcel:
    return Parcel(
        id=f"delivery {number}",
        webhook_id="webhook",
        url="https://example.com",
        secret="whsec_c2VjcmV0",  # noqa: S106 - nobody's
        project_id="project",
        workflow_id="workflow",
        run_id="run",
        event=to_stored(RunStarted(attempt=1, at=NOW)).placed(number),
        attempt=1,
        last_attempt=1,
    )


class Kept:
    """Deliveries that are due at once, and how they ended."""

    def __init__(self, *parcels: Parcel) -> None:
        self._parcels = list(parcels)
        self.settled: asyncio.Queue[str] = asyncio.Queue()

    async def agenda(self) -> Sequence[Engagement]:
        due_in = 0.0 if self._parcels else None
        return [Engagement(webhook_id="webhook", event_types=("*",), due_in=due_in)]

    async def claim(self, webhook_id: str, most: int, lease_seconds: float) -> Sequence[Parcel]:
        del webhook_id, most, lease_seconds
        return [self._parcels.pop(0)]

    async def settle(self, parcel: Parcel, answer: Answer, verdict: Verdict) -> bool:
        del answer, verdict
        self.settled.put_nowait(parcel.id)
        return True

    async def give_back(self, parcels: Collection[Parcel]) -> None:
        del parcels


class BrokenOnce:
    """Raises at first what nobody expects of it."""

    def __init__(self) -> None:
        self._calls = 0

    async def status_of(self, request: HttpRequest) -> int:
        del request
        self._calls += 1
        if self._calls == 1:
            raise ZeroDivisionError
        return 204


async def test_a_delivery_that_breaks_breaks_no_other():
    kept = Kept(parcel(1), parcel(2))
    bounds = SenderBounds(look_seconds=LONG, grace_seconds=LONG)
    with structlog.testing.capture_logs() as logged:
        async with Sender(kept, BrokenOnce(), SystemClock(), bounds):
            assert await kept.settled.get() == "delivery 2"
    assert [(line["event"], line["delivery_id"]) for line in logged] == [
        ("webhook.unsettled", "delivery 1")
    ]
