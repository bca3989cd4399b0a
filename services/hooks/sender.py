"""Sends what webhooks are to be told: each on its own, so that none waits for another.

It does nothing until something is due or somebody wakes it. A receiver that is dead or slow has a
few deliveries in the hands of a process at most; the rest of its own wait in the database.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from types import TracebackType
from typing import Final, Protocol, Self

import structlog
from pydantic_core import to_json

from services.domain.events.frames import Frame, to_frame, wire_time
from services.domain.events.vocabulary import WIRE_PREFIX
from services.domain.webhooks import Answer, Parcel, Verdict, judge, wants
from services.hooks.signing import signed_headers
from services.store.deliveries import Engagement
from workflow_compiler import NodeError
from workflow_compiler.ports import HttpRequest, WallClock

PATIENCE_SECONDS: Final = 15.0
"""So long may a receiver take to answer."""

LEASE_SECONDS: Final = 2 * PATIENCE_SECONDS
"""A process that has not written down an answer by then is taken for dead."""

AT_ONCE: Final = 8
"""Deliveries of one webhook that a process sends at the same time."""

_TAKEN_SECONDS: Final = 0.5
"""After which to look again at what another process was just taking."""

_log = structlog.get_logger(__name__)


class Outgoing(Protocol):
    """The deliveries, as they are kept."""

    async def agenda(self) -> Sequence[Engagement]:
        """All active webhooks, and when something is due."""

    async def claim(self, webhook_id: str, most: int, lease_seconds: float) -> Sequence[Parcel]:
        """Take deliveries of a webhook that are due."""

    async def settle(self, parcel: Parcel, answer: Answer, verdict: Verdict) -> bool:
        """Write down how an attempt ended."""

    async def give_back(self, parcels: Collection[Parcel]) -> None:
        """Leave deliveries to others."""


class Posts(Protocol):
    """Sends guarded requests."""

    async def status_of(self, request: HttpRequest) -> int:
        """The status of the answer to a request.

        Raises:
            NodeError: there was no answer, or none may be asked for.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class SenderBounds:
    """How long it sleeps at most, and how long it takes to end what is on its way."""

    look_seconds: float
    grace_seconds: float


class Sender:
    """Sends deliveries inside `async with`; it is a publisher too, to hear of events here."""

    def __init__(
        self,
        deliveries: Outgoing,
        http: Posts,
        clock: WallClock,
        bounds: SenderBounds,
        random: Random | None = None,
    ) -> None:
        self._deliveries = deliveries
        self._http = http
        self._clock = clock
        self._bounds = bounds
        self._random = random or Random()  # noqa: S311 - spreads attempts, hides nothing
        self._wanted: frozenset[str] | None = None  # None: who knows, so look
        self._on_the_way: dict[asyncio.Task[None], Parcel] = {}
        self._news = asyncio.Event()
        self._closing = False
        self._tasks = asyncio.TaskGroup()

    async def __aenter__(self) -> Self:
        await self._tasks.__aenter__()
        self._tasks.create_task(self._run(), name="webhooks")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._closing = True
        self.wake()
        if self._on_the_way:
            await asyncio.wait(self._on_the_way, timeout=self._bounds.grace_seconds)
        left = dict(self._on_the_way)
        for task in left:
            task.cancel()
        await self._tasks.__aexit__(None, None, None)
        with suppress(Exception):  # they are found when their lease ends
            await self._deliveries.give_back(left.values())

    def wake(self) -> None:
        """Look at once: a webhook or a delivery was changed."""
        self._news.set()

    def publish(self, run_id: str, project_id: str, frames: Sequence[Frame]) -> None:
        """Look at once, if a webhook wants one of these events."""
        del run_id, project_id
        wanted = self._wanted
        if wanted is None or (wanted and any(wants(wanted, frame.type) for frame in frames)):
            self.wake()

    async def _run(self) -> None:
        while not self._closing:
            self._news.clear()
            seconds = await self._look()
            with suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._news.wait()

    async def _look(self) -> float:
        """Send what is due; the seconds until it is worth another look.

        Once in a while it looks without being told: an event that a process without a sender
        wrote, and of which nobody rang, is found then.
        """
        longest = self._bounds.look_seconds
        self._wanted = None
        try:
            agenda = await self._deliveries.agenda()
            pauses = [await self._begin(engagement) for engagement in agenda]
            self._wanted = frozenset(wanted for each in agenda for wanted in each.event_types)
        except Exception:  # noqa: BLE001 - logged with its traceback
            # Without the database there is nothing to do but to look again.
            _log.exception("webhooks.broken")
            return longest
        return min([*(pause for pause in pauses if pause is not None), longest])

    async def _begin(self, engagement: Engagement) -> float | None:
        """Send what a webhook has due, as much as may be on its way.

        Returns:
            The seconds until there may be more for it; None where nothing is in sight, or where
            the end of what is on its way will tell.
        """
        if engagement.due_in is None or engagement.due_in > 0:
            return engagement.due_in
        busy = Counter(parcel.webhook_id for parcel in self._on_the_way.values())
        free = AT_ONCE - busy[engagement.webhook_id]
        if self._closing or not free:
            return None
        parcels = await self._deliveries.claim(engagement.webhook_id, free, LEASE_SECONDS)
        for parcel in parcels:
            task = self._tasks.create_task(self._send(parcel), name=f"delivery {parcel.id}")
            self._on_the_way[task] = parcel
            task.add_done_callback(self._done)
        return 0 if parcels else _TAKEN_SECONDS

    def _done(self, task: asyncio.Task[None]) -> None:
        del self._on_the_way[task]
        self.wake()

    async def _send(self, parcel: Parcel) -> None:
        try:
            answer = await self._answer(parcel)
            chance = self._random.random()
            verdict = judge(answer, parcel.attempt, parcel.last_attempt, chance)
            await self._deliveries.settle(parcel, answer, verdict)
        except Exception:  # noqa: BLE001 - logged with its traceback
            # It is sent again when its lease ends: at least once is what was promised.
            _log.exception("webhook.unsettled", delivery_id=parcel.id)

    async def _answer(self, parcel: Parcel) -> Answer:
        body = body_of(parcel)
        signed = signed_headers(parcel.secret, parcel.id, self._clock.now(), body)
        request = HttpRequest(
            method="POST",
            url=parcel.url,
            headers={"content-type": "application/json", "user-agent": "workflow", **signed},
            content=body,
            timeout_seconds=PATIENCE_SECONDS,
        )
        try:
            status = await self._http.status_of(request)
        except NodeError as error:
            return Answer(status=None, error=error.message)
        return Answer(status=status, error=None if status // 100 == 2 else f"HTTP {status}")  # noqa: PLR2004


def body_of(parcel: Parcel) -> bytes:
    """What is sent: the event as every other client gets it, in the envelope of the standard."""
    head = {
        "type": WIRE_PREFIX + parcel.event.type,
        "timestamp": wire_time(parcel.event.at),
        "project_id": parcel.project_id,
        "workflow_id": parcel.workflow_id,
    }
    event = to_frame(parcel.run_id, parcel.event).text.encode()
    return to_json(head).removesuffix(b"}") + b',"data":' + event + b"}"
