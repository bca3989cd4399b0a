"""A worker process of a storm: the whole service, until it is asked to stop or is killed."""

from __future__ import annotations

import asyncio
import faulthandler
import os
import selectors
import signal
import sys
import time
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from multiprocessing.connection import Connection
from pathlib import Path

import pytest
from typing_extensions import override

from services.bootstrap import open_services
from services.settings import Settings
from services.telemetry.logging import configure_logging
from tests.chaos.workload import functions
from workflow_compiler import default_registry
from workflow_compiler.ports import clock as machine

STANDSTILL_SECONDS = 1.0
"""Nothing that a worker does takes its loop so long, and no sleep of it ends so late."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What a worker is told.

    `sleeps_unnoticed`: its clock stands still while it does, like that of a machine that is
    suspended, so that it takes itself for the owner of its runs when it goes on. `has_wild_clock`:
    what its machine says of the hour is wrong, every second in another way.
    """

    database_url: str
    folder: Path
    lease_seconds: float
    pace_seconds: float
    sleeps_unnoticed: bool = False
    has_wild_clock: bool = False


class SuspendedSelector(selectors.DefaultSelector):
    """Notices for how long its process stood still: while it waited, or while it did not."""

    def __init__(self) -> None:
        super().__init__()
        self.missed = 0.0
        self._left_at = time.monotonic()

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """Wait for files, and count what it took too long."""
        began = time.monotonic()
        found = super().select(timeout)
        ended = time.monotonic()
        waited_too_long = ended - began - timeout if timeout is not None else 0.0
        for lost in (began - self._left_at, waited_too_long):
            self.missed += lost if lost > STANDSTILL_SECONDS else 0.0
        self._left_at = ended
        return found


class SuspendedLoop(asyncio.SelectorEventLoop):
    """A loop for which time stands still while its process does."""

    def __init__(self) -> None:
        self._noticed = SuspendedSelector()
        super().__init__(self._noticed)

    def time(self) -> float:
        """The seconds of which the loop knows."""
        return super().time() - self._noticed.missed


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
    configure_logging()
    if job.has_wild_clock:
        pytest.MonkeyPatch().setattr(machine, "datetime", WildTime)
    loop = SuspendedLoop if job.sleeps_unnoticed else asyncio.SelectorEventLoop
    with asyncio.Runner(loop_factory=loop) as runner:
        runner.run(_serve(job, ready))


async def _serve(job: Job, ready: Connection) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, stop.set)
    loop.add_signal_handler(signal.SIGUSR1, _tell)
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


def _tell() -> None:
    """Write what everything is waiting for, for whoever wonders why this worker does not leave."""
    for task in asyncio.all_tasks():
        task.print_stack(file=sys.stderr)
    faulthandler.dump_traceback(file=sys.stderr)
