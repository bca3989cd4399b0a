"""A process that is made to be killed: it opens the service and executes a run, or only accepts it.

`python -m tests.support.victim FOLDER executing|accepting|nesting` prints a run's id when it is
time; with `nesting` that of the outer one of two runs; with `resuming RUN EXECUTIONS` it waits
until that run was begun so many times; with `retrying RUN` it executes one that goes on from it;
with `stopping` one of its nodes has stopped at a breakpoint.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from services.bootstrap import Services
from services.domain.events.stops import Breakpoint, DebugWish
from services.domain.selecting import RunSelection
from services.usecases.accepting import Background
from services.usecases.retries import Wish
from tests.support.service import created, service

LEASE_SECONDS = 1.0
CHAIN = {
    "name": "chain",
    "variables": {"seen": {"reducer": "append"}},
    "nodes": [
        {"id": "before", "type": "python", "config": {"function": "before"}},
        {"id": "note", "type": "set", "config": {"values": {"seen": "before.output"}}},
        {"id": "way", "type": "condition", "config": {"expression": "before.output == 1"}},
        {"id": "endless", "type": "python", "config": {"function": "endless"}},
        {"id": "beside", "type": "python", "config": {"function": "beside"}},
        {"id": "never", "type": "python", "config": {"function": "beside"}},
        {"id": "after", "type": "transform", "config": {"expression": "vars.seen"}},
    ],
    "edges": [
        {"source": "before", "target": "note"},
        {"source": "note", "target": "way"},
        {"source": "way", "target": "endless", "sourceHandle": "true"},
        {"source": "way", "target": "beside", "sourceHandle": "true"},
        {"source": "way", "target": "never", "sourceHandle": "false"},
        *({"source": n, "target": "after"} for n in ("endless", "beside", "never")),
    ],
}
"""Something is done before the node at which the process is killed, beside it and after it."""

NESTING = {
    "name": "nesting",
    "nodes": [{"id": "sub", "type": "subworkflow", "config": {"workflow": "chain"}}],
    "edges": [],
}
QUICK = {
    "name": "quick",
    "nodes": [{"id": "quick", "type": "transform", "config": {"expression": "1"}}],
    "edges": [],
}


def functions(folder: Path, *, ends: bool) -> Mapping[str, Callable[..., Any]]:
    """The functions of CHAIN; `calls` in the folder counts them over all processes."""

    async def call(name: str) -> int:
        with (folder / "calls").open("a") as calls:
            calls.write(f"{name}\n")
        if name == "endless" and not ends:
            await asyncio.Event().wait()
        return 1

    return {name: partial(call, name) for name in ("before", "endless", "beside")}


async def main(folder: Path, what: str, run_id: str = "", executions: str = "1") -> None:
    """Come to the point at which the process should be killed, and stay there."""
    # A run that fills the only slot leaves none for the one that is only accepted; nor must one
    # that another victim left behind take that slot, so those stay with their dead for long.
    async with service(
        folder,
        functions(folder, ends=False),
        lease_seconds=LEASE_SECONDS if what != "accepting" else 3_600,
        max_concurrent_runs=1,
    ) as services:
        if what == "nesting":
            run_id = await begin_nested(services)
        elif what == "stopping":
            run_id = await begin_stopping(services)
        elif what == "retrying":
            run_id = (await services.retries.retry(run_id, Wish())).id
        elif what != "resuming":
            run_id = (await created(services, CHAIN)).id
            await services.runs.execute(run_id)
        if what not in {"nesting", "stopping"}:
            await in_the_middle(services, run_id, int(executions))
        if what == "accepting":
            run = await created(services, QUICK)
            run_id = (await services.runs.execute(run.id)).id
        sys.stdout.write(f"{run_id}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


async def begin_nested(services: Services) -> str:
    """A run of which a node waits for a run of CHAIN that has come as far as it can."""
    await services.workflows.publish("default", CHAIN)
    run = await created(services, NESTING)
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        async for frame in frames:
            if frame.type == "log":  # it names its sub-run
                break
    page = await services.runs.page("default", RunSelection(parent_run_id=run.id))
    await in_the_middle(services, page.items[0].id)
    return run.id


async def begin_stopping(services: Services) -> str:
    """A run of CHAIN of which one node has stopped while the one beside it is at work."""
    published = await services.workflows.publish("default", CHAIN)
    debug = DebugWish(breakpoints=(Breakpoint(id="x", node_id="beside"),))
    workflow_id, background = published.version.workflow_id, Background(debug=debug)
    run = await services.runs.create("default", workflow_id, {}, background=background)
    awaited = {"node.paused": "beside", "node.started": "endless"}
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        async for frame in frames:
            if f'"node_id":"{awaited.get(frame.type)}"' in frame.text:
                del awaited[frame.type]
            if not awaited:
                break
    return run.id


async def in_the_middle(services: Services, run_id: str, executions: int = 1) -> None:
    """Wait until a run of CHAIN has come as far as it can, in so many executions at least."""
    begun, beside = 0, 0
    async with services.runs.watch(run_id) as frames:
        async for frame in frames:
            begun += frame.type == "node.started" and '"node_id":"endless"' in frame.text
            beside += frame.type == "node.completed" and '"node_id":"beside"' in frame.text
            if begun >= executions and beside:
                return


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
