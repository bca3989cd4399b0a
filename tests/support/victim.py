"""A process that is made to be killed: it opens the service and executes a run, or only accepts it.

`python -m tests.support.victim FOLDER executing|accepting|nesting` prints a run's id when it is
time; with `nesting` that of the outer one of two runs.
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
NESTING = {
    "name": "nesting",
    "nodes": [{"id": "sub", "type": "subworkflow", "config": {"workflow": "endless"}}],
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
        run_id = await (begin_nested if what == "nesting" else begin)(services)
        if what == "accepting":
            run = await created(services, QUICK)
            run_id = (await services.runs.execute(run.id)).id
        sys.stdout.write(f"{run_id}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


async def begin(services: Services) -> str:
    """A run that is in the middle of its only node."""
    run = await created(services, ENDLESS)
    await services.runs.execute(run.id)
    await seen(services, run.id, "node.started")
    return run.id


async def begin_nested(services: Services) -> str:
    """A run of which a node waits for another run, which is in the middle of its only node."""
    await services.workflows.publish("default", ENDLESS)
    run = await created(services, NESTING)
    await services.runs.execute(run.id)
    await seen(services, run.id, "log")
    page = await services.runs.page("default", parent_run_id=run.id)
    await seen(services, page.items[0].id, "node.started")
    return run.id


async def seen(services: Services, run_id: str, kind: str) -> None:
    """Return when an event of this type is in the log of a run."""
    async with services.runs.watch(run_id) as frames:
        async for frame in frames:
            if frame.type == kind:
                break


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
