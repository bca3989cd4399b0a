"""What a request for a run comes to: a new run, or an old one that goes on."""

from __future__ import annotations

from typing import Any

from api.errors import UnknownAssistantError, UnsupportedError
from api.langgraph.asking import Asked, Started
from api.langgraph.branching import branched, earlier_place
from api.langgraph.breaking import wish_of
from api.langgraph.debugging import must_be_allowed, must_be_allowed_there
from api.langgraph.going_on import gone_on, resumed, updated
from api.langgraph.hearing import Hear, unheard
from api.langgraph.joining import joined, newest_definition
from api.langgraph.requests import RunBody
from services.bootstrap import Services
from services.domain.access import Principal
from services.errors import ThreadExistsError, ThreadNotFoundError, WorkflowNotFoundError
from services.store.workflows import StoredWorkflow
from services.usecases.accepting import Background


async def start_alone(
    services: Services,
    principal: Principal,
    project_id: str,
    body: RunBody,
    hear: Hear = unheard,
) -> Started:
    """A run on a thread of its own.

    Raises:
        ForbiddenError: it asks for what the key is not for.
        UnknownAssistantError: the project has no such workflow.
        UnsupportedError: it asks for something that is not to be had.
        InputError: the input breaks the workflow's `input_schema`.
    """
    workflow = await must_be_startable(services, principal, project_id, body)
    debug = wish_of(body, await newest_definition(services, workflow))
    background = Background(debug=debug)
    run = await services.runs.create(
        project_id, workflow.id, body.input or {}, background=background
    )
    await services.conversations.records.keep_request(run.id, body.kept())
    await hear(run.id)
    await services.runs.execute(run.id, after_seconds=body.after_seconds)
    return Started(run, run.event_count)


async def must_be_startable(
    services: Services, principal: Principal, project_id: str, body: RunBody
) -> StoredWorkflow:
    """The workflow of a run on a thread of its own, when nothing but its input may be wrong.

    Raises:
        ForbiddenError: it asks for what the key is not for.
        UnknownAssistantError: the project has no such workflow.
        UnsupportedError: it asks for something that is not to be had.
    """
    must_be_allowed(principal, body)
    _must_be_supported(body)
    _must_begin(body)
    return await assistant(services, project_id, body.assistant_id)


async def start(
    services: Services,
    principal: Principal,
    thread: tuple[str, str],
    body: RunBody,
    hear: Hear = unheard,
) -> Started:
    """A run on a thread of a project, or the answer to the one that has stopped there.

    Raises:
        ForbiddenError: it asks for what the key is not for.
        UnknownAssistantError: the project has no such workflow.
        UnsupportedError: it asks for something that is not to be had.
        ThreadNotFoundError: there is no such thread, and it is not to be made.
        ThreadBusyError: a run of the thread is not over, and this one is not to wait for it.
        UnknownCheckpointError: the thread has never been where it is to go on from.
        NothingToResumeError: nothing waits for the answer.
        InterruptError: the answer is for no open interrupt.
        InputError: the input breaks the workflow's `input_schema`, or the answer its form.
    """
    must_be_allowed(principal, body)
    _must_be_supported(body)
    project_id, thread_id = thread
    workflow = await assistant(services, project_id, body.assistant_id)
    await _make_known(services, project_id, thread_id, workflow, body)
    current = await services.conversations.current(project_id, thread_id)
    asked = Asked(
        services=services,
        principal=principal,
        project_id=project_id,
        thread_id=thread_id,
        body=body,
        workflow=workflow,
        hear=hear,
        current=current,
        stop=await services.interrupts.stop(current.id) if current is not None else None,
    )
    return await _started(asked)


async def assistant(services: Services, project_id: str, name: str) -> StoredWorkflow:
    """The workflow that a client names as its assistant, by id or by name.

    Raises:
        UnknownAssistantError: the project has none.
    """
    try:
        return await services.workflows.find(project_id, name)
    except WorkflowNotFoundError as error:
        raise UnknownAssistantError(name) from error


async def _started(asked: Asked) -> Started:
    body, thread = asked.body, (asked.project_id, asked.thread_id)
    place = await earlier_place(asked.services, thread, asked.current, body.place)
    must_be_allowed_there(asked, place)
    if place is not None:
        return await branched(asked, place)
    match body.command:
        case command if command is not None and command.resumes:
            return await resumed(asked)
        case command if command is not None and command.update:
            return await updated(asked)
        case _:
            return await (gone_on(asked) if body.input is None else joined(asked))


def _must_be_supported(body: RunBody) -> None:
    """Refuse what would be ignored otherwise, though the client counts on it."""
    command = body.command
    refused = {
        "/command/goto": (command and command.goto, "a run takes the ways of its workflow"),
        "/webhook": (body.webhook, "register it once at /api/v1/projects/{project}/webhooks"),
        "/on_completion": (body.on_completion == "delete", "runs are kept until they are pruned"),
    }
    for pointer, (wish, why) in refused.items():
        if wish:
            raise UnsupportedError(pointer, why)


def _must_begin(body: RunBody) -> None:
    """Refuse for a run without a thread what needs something before it."""
    command = body.command
    if command is not None and (command.resumes or command.update):
        raise UnsupportedError("/command", "a run without a thread has nothing to go on with")
    if body.place is not None:
        raise UnsupportedError("/checkpoint", "a run without a thread has nothing before it")


async def _make_known(
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
        await services.conversations.record(project_id, thread_id)
