"""The whole service over a database of its own, for tests that run workflows through it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic_core import from_json

from services.bootstrap import Services, open_services
from services.domain.events.frames import from_stored
from services.domain.events.vocabulary import RunEvent
from services.domain.projection import fold
from services.domain.runs import Run
from services.domain.visits import NodeState
from services.settings import Settings
from tests.support.databases import furnish
from workflow_compiler import default_registry

Document = Mapping[str, Any]
Wire = dict[str, Any]


@asynccontextmanager
async def service(
    folder: Path, functions: Mapping[str, Callable[..., Any]] | None = None, **settings: Any
) -> AsyncIterator[Services]:
    """The service on a SQLite file in this folder, where the settings name no other database.

    `ahead` among them is how far all clocks are ahead.
    """
    ahead = settings.pop("ahead", None)
    chosen = Settings(**{"database_url": f"sqlite:///{folder / 'test.db'}"} | settings)
    furnish(chosen.database_url)
    async with open_services(chosen, default_registry(functions), ahead) as services:
        yield services


async def created(services: Services, document: Document, run_input: Document | None = None) -> Run:
    """A pending run of a workflow that is stored for it."""
    published = await services.workflows.publish("default", document)
    return await services.runs.create("default", published.version.workflow_id, run_input or {})


async def completed(services: Services, run: Run) -> list[Wire]:
    """Execute a run to its end; its stored events as clients get them."""
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        return [from_json(frame.text) async for frame in frames if frame.seq is not None]


async def ended(services: Services, run_id: str) -> Run:
    """A run that somebody else executes, after it has ended."""
    async with services.runs.watch(run_id) as frames:
        async for _ in frames:
            pass
    return await services.runs.get(run_id)


def as_accepted(run: Run) -> Run:
    """The run before its first event."""
    return Run(
        id=run.id,
        project_id=run.project_id,
        workflow_id=run.workflow_id,
        version=run.version,
        created_at=run.created_at,
    )


async def log_of(services: Services, run: Run) -> list[RunEvent]:
    """The events of a run, of which the stored run must be the fold."""
    stored = [entry async for entry in services.log.all(run.id)]
    assert [entry.seq for entry in stored] == list(range(1, len(stored) + 1))
    events = [from_stored(entry) for entry in stored]
    assert fold(as_accepted(run), events)[0] == await services.runs.get(run.id)
    return events


async def run_of(services: Services, document: Document, run_input: Document | None = None) -> Run:
    """A run of this workflow, after it has ended."""
    run = await created(services, document, run_input)
    await completed(services, run)
    return await services.runs.get(run.id)


async def states_of(services: Services, run: Run) -> dict[tuple[str, int], NodeState]:
    """The visits of a run by node and number."""
    page = await services.runs.nodes(run.id)
    return {(state.node_id, state.visit): state for state in page.items}


def kinds(events: list[Wire]) -> list[str]:
    """What happened, in short: type and node."""
    return [f"{e['type'].removeprefix('workflow.')} {e.get('node_id', '')}".strip() for e in events]
