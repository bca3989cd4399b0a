"""What a request for a run comes to: a new run, or an old one that goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from api.errors import UnknownAssistantError, UnsupportedError
from api.langgraph.breaking import is_stopped, set_breakpoints, wish_of
from api.langgraph.requests import RunBody
from api.langgraph.states import place_of
from services.bootstrap import Services
from services.domain.runs import Run
from services.domain.threads import Joining, Multitask
from services.errors import (
    InterruptError,
    NothingToResumeError,
    RunAlreadyExecutedError,
    ThreadExistsError,
    ThreadNotFoundError,
    WorkflowNotFoundError,
)
from services.store.workflows import StoredWorkflow
from services.usecases.accepting import Background
from services.usecases.interrupts import Stop


@dataclass(frozen=True, slots=True)
class Started:
    """A run that was begun or goes on; what it does from now on comes after `seq` in its log."""

    run: Run
    seq: int = 0


async def start_alone(services: Services, project_id: str, body: RunBody) -> Started:
    """A run on a thread of its own.

    Raises:
        UnknownAssistantError: the project has no such workflow.
        UnsupportedError: it asks for something that is not to be had.
        InputError: the input breaks the workflow's `input_schema`.
    """
    _must_be_supported(body)
    if body.command is not None and body.command.resumes:
        raise UnsupportedError("/command", "a run without a thread has nothing to resume")
    workflow = await assistant(services, project_id, body.assistant_id)
    debug = wish_of(body, await _definition(services, workflow))
    background = Background(debug=debug)
    run = await services.runs.create(
        project_id, workflow.id, body.input or {}, background=background
    )
    await services.conversations.records.keep_request(run.id, body.kept())
    await services.runs.execute(run.id, after_seconds=body.after_seconds)
    return Started(run)


async def start(services: Services, project_id: str, thread_id: str, body: RunBody) -> Started:
    """A run on a thread, or the answer to the one that has stopped there.

    Raises:
        UnknownAssistantError: the project has no such workflow.
        UnsupportedError: it asks for something that is not to be had.
        ThreadNotFoundError: there is no such thread, and it is not to be made.
        ThreadBusyError: a run of the thread is not over, and this one is not to wait for it.
        NothingToResumeError: nothing waits for the answer.
        InterruptError: the answer is for no open interrupt.
        InputError: the input breaks the workflow's `input_schema`, or the answer its form.
    """
    _must_be_supported(body)
    workflow = await assistant(services, project_id, body.assistant_id)
    await _known(services, project_id, thread_id, workflow, body)
    current = await services.conversations.current(project_id, thread_id)
    await _must_be_latest(services, project_id, thread_id, current, body)
    if body.command is not None and body.command.resumes:
        return await _resumed(services, thread_id, current, body)
    stop = await services.interrupts.stop(current.id) if current is not None else None
    if body.input is None and current is not None and stop is not None:
        return await _gone_on(services, current, stop, body)
    return await _joined(services, project_id, thread_id, workflow, (body, stop))


async def assistant(services: Services, project_id: str, name: str) -> StoredWorkflow:
    """The workflow that a client names as its assistant, by id or by name.

    Raises:
        UnknownAssistantError: the project has none.
    """
    try:
        return await services.workflows.find(project_id, name)
    except WorkflowNotFoundError as error:
        raise UnknownAssistantError(name) from error


def _must_be_supported(body: RunBody) -> None:
    """Refuse what would be ignored otherwise, though the client counts on it."""
    command = body.command
    refused = {
        "/command/update": (command and command.update, "a run takes answers, not edits"),
        "/command/goto": (command and command.goto, "a run takes the ways of its workflow"),
        "/webhook": (body.webhook, "register it once at /api/v1/projects/{project}/webhooks"),
        "/on_completion": (body.on_completion == "delete", "runs are kept until they are pruned"),
    }
    for pointer, (wish, why) in refused.items():
        if wish:
            raise UnsupportedError(pointer, why)


async def _known(
    services: Services, project_id: str, thread_id: str, workflow: StoredWorkflow, body: RunBody
) -> None:
    """The thread, made if it is to be; it says which assistant runs on it, to be searched by."""
    about = {"graph_id": workflow.name, "assistant_id": workflow.id}
    conversations = services.conversations
    try:
        record = await conversations.record(project_id, thread_id)
    except ThreadNotFoundError:
        if body.if_not_exists == "reject":
            raise
        await _opened(services, project_id, thread_id, {**(body.metadata or {}), **about})
        return
    if any(record.metadata.get(name) != value for name, value in about.items()):
        await conversations.describe(project_id, thread_id, about)


async def _opened(
    services: Services, project_id: str, thread_id: str, metadata: dict[str, Any]
) -> None:
    """Make a thread, unless somebody else makes it at this moment."""
    try:
        await services.conversations.open(project_id, thread_id, metadata)
    except ThreadExistsError:
        await services.conversations.record(project_id, thread_id)  # else it is not ours


async def _must_be_latest(
    services: Services, project_id: str, thread_id: str, current: Run | None, body: RunBody
) -> None:
    """Clients that show a history name the checkpoint they see; only the last one goes on."""
    if body.place is None:
        return
    run, checkpoint = await place_of(services, project_id, thread_id, body.place)
    if current is None or run.id != current.id or checkpoint.seq < current.event_count:
        raise UnsupportedError("/checkpoint", "a run goes on from the end of its thread only")


async def _definition(services: Services, workflow: StoredWorkflow) -> dict[str, Any]:
    """That of its newest version."""
    version = await services.runs.versions.head(workflow.project_id, workflow.id)
    return dict(version.definition) if version is not None else {"nodes": []}


async def _resumed(services: Services, thread_id: str, run: Run | None, body: RunBody) -> Started:
    if run is None or run.is_over:
        raise NothingToResumeError(thread_id)
    definition = dict((await services.looks.plans.version(run)).definition)
    await set_breakpoints(services, run, body, definition)
    seq = await services.log.head(run.id)
    await services.interrupts.resume(run, body.command.resume if body.command else None)
    return Started(run, seq)


async def _gone_on(services: Services, run: Run, stop: Stop, body: RunBody) -> Started:
    if not stop.is_paused:
        known = [each.id for each in stop.interrupts]
        raise InterruptError("the run waits for an answer, in 'command.resume'", known)
    definition = dict((await services.looks.plans.version(run)).definition)
    await set_breakpoints(services, run, body, definition)
    seq = await services.log.head(run.id)
    if is_stopped(run):
        await services.debugging.go_on(run.id)
    else:
        await services.interrupts.go_on(run)
    return Started(run, seq)


async def _joined(
    services: Services,
    project_id: str,
    thread_id: str,
    workflow: StoredWorkflow,
    wanted: tuple[RunBody, Stop | None],
) -> Started:
    """A new run. One that has stopped for somebody is left behind: the client has moved on."""
    body, stop = wanted
    strategy = body.multitask_strategy
    left = Multitask.ROLLBACK if strategy is Multitask.ROLLBACK else Multitask.INTERRUPT
    joining = Joining(
        thread_id=thread_id,
        multitask=strategy,
        at_rest=left if stop is not None else None,
        after_seconds=body.after_seconds,
    )
    debug = wish_of(body, await _definition(services, workflow))
    background = Background(joining=joining, debug=debug)
    run = await services.runs.create(
        project_id, workflow.id, body.input or {}, background=background
    )
    await services.conversations.records.keep_request(run.id, body.kept())
    if not joining.is_due:
        await _executed(services, run)
    return Started(run)


async def _executed(services: Services, run: Run) -> None:
    try:
        await services.runs.execute(run.id)
    except RunAlreadyExecutedError:
        return  # another client has cancelled it meanwhile
