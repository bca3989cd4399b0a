"""Worker processes for tests: what `workflow worker` is, without the seconds that Python needs.

They are forked from a process that has imported everything already; each is a process of its own
with its own environment, that can be told to stop and be killed.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

import api.cli.worker
from api.cli.main import main

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload([__name__, api.cli.worker.__name__])


@dataclass(frozen=True)
class Worker:
    """A running worker."""

    process: ForkServerProcess

    @property
    def pid(self) -> int:
        pid = self.process.pid
        assert pid is not None
        return pid

    def kill(self) -> None:
        """End it at once, whatever it does."""
        os.kill(self.pid, signal.SIGKILL)

    async def stopped(self) -> int | None:
        """Ask it to stop; its exit code when it has."""
        self.process.terminate()
        await asyncio.to_thread(self.process.join)
        return self.process.exitcode


@asynccontextmanager
async def worker(environment: Mapping[str, str]) -> AsyncIterator[Worker]:
    """A worker that is up; it is killed at the end where it lives by then."""
    ours, theirs = _FORKS.Pipe(duplex=False)
    process = _FORKS.Process(target=_work, args=(dict(environment), theirs))
    process.start()
    theirs.close()
    with os.fdopen(os.dup(ours.fileno()), "rb", 0) as said:
        ours.close()
        try:
            await asyncio.to_thread(_wait_until_up, said)
            yield Worker(process)
        finally:
            process.kill()
            await asyncio.to_thread(process.join)


def _wait_until_up(said: object) -> None:
    text = ""
    for line in said:  # type: ignore[attr-defined]
        text += line.decode()
        if "executing up to" in text:
            return
    msg = f"the worker ended before it was up: {text}"
    raise RuntimeError(msg)


def _work(environment: dict[str, str], stderr: Connection) -> None:
    os.environ.update(environment)
    os.dup2(stderr.fileno(), sys.stderr.fileno())
    sys.argv = ["workflow", "worker"]
    main()
