"""Writing into the state of a thread: between two runs, at a stop, at an earlier checkpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from api.errors import UnsupportedError
from api.langgraph.branching import Place, earlier_place, is_end, stopped_at
from api.langgraph.breaking import edit_stopped, is_stopped
from api.langgraph.requests import UpdateBody
from services.bootstrap import Services
from services.domain.runs import Run
from workflow_compiler.definition import Variable


async def write_state(
    services: Services, project_id: str, thread_id: str, body: UpdateBody
) -> None:
    """Write into the variables with which the next run begins, or one that has stopped goes on.

    At an earlier checkpoint a new run stops for it, in the place of what the thread has come to.

    Raises:
        UnsupportedError: it is to be written as a node that is not about to begin, or cannot be.
        UnknownCheckpointError: the thread has never been there.
        ThreadBusyError: a run of the thread goes on.
        InputError: a variable is not declared, or its value and the new one do not go together.
    """
    run = await services.conversations.current(project_id, thread_id)
    place = await earlier_place(services, (project_id, thread_id), run, body.place)
    if place is not None and not is_end(place):
        run, place = await stopped_at(services, place), None
    if place is None and run is not None and is_stopped(run):
        await edit_stopped(services, run, body.writes, body.as_node)
        return
    if body.as_node is not None:
        why = "nothing is about to begin there that it could be; name a checkpoint before it"
        raise UnsupportedError("/as_node", why)
    workflow_id = await _workflow_of(services, project_id, thread_id, run)
    declared = await declared_variables(services, project_id, workflow_id)
    base = await _variables_at(services, place) if place is not None else None
    await services.conversations.write(project_id, thread_id, body.writes, declared, base)


async def declared_variables(
    services: Services, project_id: str, workflow_id: str
) -> Mapping[str, Variable]:
    """The variables of the newest version of a workflow."""
    workflow = await services.workflows.find(project_id, workflow_id)
    version = await services.workflows.version(project_id, workflow.id)
    return (await services.workflows.plan(version.version.definition)).variables


async def _workflow_of(services: Services, project_id: str, thread_id: str, run: Run | None) -> str:
    """The workflow that runs on the thread, or will, as it says itself."""
    if run is not None:
        return run.workflow_id
    record = await services.conversations.record(project_id, thread_id)
    workflow_id = record.metadata.get("assistant_id") or record.metadata.get("graph_id")
    if not isinstance(workflow_id, str):
        raise UnsupportedError("/values", "no workflow has run on this thread, so it has no state")
    return workflow_id


async def _variables_at(services: Services, place: Place) -> Mapping[str, Any]:
    run, checkpoint = place
    return (await services.looks.unfolded(run, checkpoint.seq)).variables
