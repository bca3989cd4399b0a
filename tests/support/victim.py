"""A process that is made to be killed: it opens the service and executes a run, or only accepts it.

`python -m tests.support.victim FOLDER executing|accepting` prints a run's id when it is time.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from services.bootstrap import Services
from tests.support.service import created, service

ENDLESS = {
    "name": "endless",
    "nodes": [{"id": "endless", "type": "python", "config": {"function": "endless"}}],
    "edges": [],
}
QUICK = {
    "name": "quick",
    "nodes": [{"id": "quick", "type": "transform", "config": {"expression": "1"}}],
    "edges": [],
}


async def endless() -> None:
    """Never come to an end."""
    await asyncio.Event().wait()


async def main(folder: Path, what: str) -> None:
    """Come to the point at which the process should be killed, and stay there."""
    # The runs that fill the only slot leave none for the one that is only accepted.
    async with service(
        folder, {"endless": endless}, lease_seconds=1, max_concurrent_runs=1
    ) as services:
        run_id = await begin(services)
        if what == "accepting":
            run = await created(services, QUICK)
            run_id = (await services.runs.execute(run.id)).id
        sys.stdout.write(f"{run_id}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


async def begin(services: Services) -> str:
    """A run that is in the middle of its only node."""
    run = await created(services, ENDLESS)
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        async for frame in frames:
            if frame.type == "node.started":
                break
    return run.id


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
