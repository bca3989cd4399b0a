"""A worker process of a storm: the whole service, until it is asked to stop or is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest
from typing_extensions import override

from services.bootstrap import open_services
from services.settings import Settings
from services.store import appends
from tests.chaos.workload import functions
from workflow_compiler import default_registry, ports

STANDSTILL_SECONDS = 1.3
"""No loop of a worker sleeps for longer than this while it is well: it sweeps every second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is told.

    `sleeps_unnoticed`: its clock stands still while it does, like that of a machine that is
    suspended, so that it takes itself for the owner of its runs when it goes on. Without
    `is_fenced` nobody stops it from writing then. `has_wild_clock`: what its machine says of the
    hour is wrong, every second in another way.
    """

    database_url: str
    folder: Path
    lease_seconds: float
    pace_seconds: float
    sleeps_unnoticed: bool = False
    is_fenced: bool = True
    has_wild_clock: bool = False


class SuspendedLoop(asyncio.SelectorEventLoop):
    """A loop for which time stands still while its process does."""

    def __init__(self) -> None:
        self._seen: float | None = None
        self._missed = 0.0
        super().__init__()

    def time(self) -> float:
        """The seconds of which the loop knows."""
        now = super().time()
        if self._seen is not None and now - self._seen > STANDSTILL_SECONDS:
            self._missed += now - self._seen
        self._seen = now
        return now - self._missed


class WildTime(datetime):
    """What a machine says of the time whose clock jumps by hours."""

    @classmethod
    @override
    def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
        """An hour ahead in one second, an hour behind in the next."""
        hours = 1 if int(time.monotonic()) % 2 else -1
        return datetime.now(tz) + timedelta(hours=hours)  # noqa: TID251


def work(job: Job, ready: Connection) -> None:
    """Be a worker; says when it is ready."""
    with (job.folder / f"worker-{os.getpid()}.log").open("ab") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    if not job.is_fenced:
        pytest.MonkeyPatch().setattr(appends, "_admit", _admit_anybody(appends._admit))
    if job.has_wild_clock:
        pytest.MonkeyPatch().setattr(ports, "datetime", WildTime)
    loop = SuspendedLoop if job.sleeps_unnoticed else asyncio.SelectorEventLoop
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(_serve(job, ready))


async def _serve(job: Job, ready: Connection) -> None:
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = Settings(
        database_url=job.database_url,
        lease_seconds=job.lease_seconds,
        wait_linger_seconds=0.1,
        shutdown_grace_seconds=0.2,
    )
    known = default_registry(functions(job.folder / "effects", job.pace_seconds))
    async with open_services(settings, known):
        ready.send(os.getpid())
        await stop.wait()


def _admit_anybody(admit: Callable[..., Any]) -> Callable[..., Any]:
    """The guard of the log, without its look at whose claim a batch is written under."""

    def unguarded(head: Any, batch: appends.Batch) -> Any:
        fence = batch.fence if head is None or batch.fence is None else head.fence
        return admit(head, replace(batch, fence=fence))

    return unguarded
