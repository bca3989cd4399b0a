"""The workers of a storm as processes: begun, killed, stopped and told to leave."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess

from tests.chaos.worker import Job, work

_READY_SECONDS = 60.0
_LEAVE_SECONDS = 30.0
_TRIES = 10

# What a worker imports takes seconds; a process that has done so gives birth to them all.
_NURSERY = multiprocessing.get_context("forkserver")
_NURSERY.set_forkserver_preload([work.__module__])


@dataclass
class Worker:
    """A process that does its job, and does it again in another process when that has gone."""

    number: int
    job: Job
    process: ForkServerProcess

    @property
    def pid(self) -> int:
        assert self.process.pid is not None
        return self.process.pid

    @property
    def owner(self) -> str:
        """As what the database knows the process."""
        return f"{socket.gethostname()}:{self.pid}"

    async def kill(self) -> None:
        """End the process on the spot."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        await asyncio.to_thread(self.process.join)

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """Let the process do nothing for a while, without knowing it."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    async def leave(self) -> None:
        """Ask the process to stop in good order, and wait until it has."""
        os.kill(self.pid, signal.SIGTERM)
        await asyncio.to_thread(self.process.join, _LEAVE_SECONDS)
        if self.process.exitcode is None:
            os.kill(self.pid, signal.SIGUSR1)
            await asyncio.to_thread(self.process.join, 1.0)
        assert self.process.exitcode == 0, (self.number, self.process.exitcode, self.last_words)

    @property
    def last_words(self) -> str:
        """The end of what the process had to say."""
        log = self.job.folder / f"worker-{self.pid}.log"
        return log.read_text()[-20_000:]

    async def begin_again(self) -> None:
        """Do the job in another process."""
        self.process = await _begun(self.job)


@asynccontextmanager
async def crew_of(*jobs: Job) -> AsyncIterator[list[Worker]]:
    """Workers that do these jobs, for as long as the block lasts."""
    processes = await asyncio.gather(*(_begun(job) for job in jobs))
    workers = [
        Worker(number, job, process)
        for number, (job, process) in enumerate(zip(jobs, processes, strict=True))
    ]
    try:
        yield workers
    finally:
        for worker in workers:
            await worker.kill()


async def _begun(job: Job) -> ForkServerProcess:
    """A worker at its job, as soon as there is a database to do it with."""
    for _ in range(_TRIES):
        hears, says = _NURSERY.Pipe(duplex=False)
        process = _NURSERY.Process(target=work, args=(job, says), daemon=True)
        await asyncio.to_thread(process.start)
        says.close()
        with hears:
            assert await asyncio.to_thread(hears.poll, _READY_SECONDS), "a worker never began"
            with suppress(EOFError):  # without a database it ends, and whoever began it tries again
                hears.recv()
                return process
        await asyncio.to_thread(process.join)
    raise AssertionError("a worker ended as often as it began")
