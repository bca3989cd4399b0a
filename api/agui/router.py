"""One address for each workflow, to which AG-UI clients send what they want."""

from __future__ import annotations

import re
from collections.abc import AsyncGenerator
from typing import Final

from ag_ui.core import BaseEvent, RunAgentInput
from ag_ui.encoder import EventEncoder
from fastapi import APIRouter, Response

from api.access import RUN, PrincipalDep
from api.agui.deps import WorkflowOfAddress
from api.agui.requests import declines, wanted_run
from api.agui.translation import AgUiTranslation
from api.deps import ServicesDep
from api.errors import UnsupportedError
from api.langgraph import sse
from api.langgraph.answers import leaving
from api.langgraph.asking import Started
from api.langgraph.deps import ProjectId
from api.langgraph.following import followed
from api.langgraph.hearing import Listener, ListenerDep
from api.langgraph.requests import THREAD_ID_PATTERN
from api.langgraph.starting import start
from api.live.text import Beat, LiveText
from services.bootstrap import Services
from services.domain.access import Principal
from services.domain.events.frames import from_frame
from services.errors import NothingToResumeError
from services.live.subscription import Subscription

PREFIX: Final = "/agui"

_THREAD_IDS: Final = re.compile(THREAD_ID_PATTERN)

DECLINED: Final = "its client did not want to answer"

router = APIRouter(prefix=PREFIX, include_in_schema=False)


@router.post("/{workflow:path}", dependencies=RUN)
async def run_agent(
    services: ServicesDep,
    principal: PrincipalDep,
    listener: ListenerDep,
    project_id: ProjectId,
    workflow: WorkflowOfAddress,
    asked: RunAgentInput,
) -> Response:
    """A run on the client's thread, or its going on, as a stream of events."""
    if not _THREAD_IDS.fullmatch(asked.thread_id):
        raise UnsupportedError("/threadId", "a thread has an id of 1 to 64 plain characters")
    started = await _started(services, principal, listener, (project_id, workflow), asked)
    run = started.run
    translation = AgUiTranslation(
        run=run,
        run_id=asked.run_id,
        plan=await services.looks.plans.of(run),
        unfolding=await services.looks.unfolded(run, started.seq),
    )
    return LiveText(
        _told(services, translation, started.seq, listener.heard),
        beat=Beat(sse.KEEP_ALIVE),
        headers={**sse.HEADERS, "Content-Type": sse.MEDIA_TYPE},
        left=leaving(services, run, "cancel"),
    )


async def _started(
    services: Services,
    principal: Principal,
    listener: Listener,
    workflow: tuple[str, str],
    asked: RunAgentInput,
) -> Started:
    project_id, workflow_id = workflow
    if not declines(asked):
        thread, wanted = (project_id, asked.thread_id), wanted_run(workflow_id, asked)
        return await start(services, principal, thread, wanted, listener.hear)
    run = await services.conversations.current(project_id, asked.thread_id)
    if run is None or run.is_over:
        raise NothingToResumeError(asked.thread_id)
    seq = await services.log.head(run.id)
    await services.runs.cancel(run.id, DECLINED)
    return Started(run, seq)


async def _told(
    services: Services,
    translation: AgUiTranslation,
    after_seq: int,
    heard: Subscription | None,
) -> AsyncGenerator[str, None]:
    yield _encoded(list(translation.begin()))
    async with followed(services, translation.run.id, after_seq, heard) as frames:
        async for frame, stop in frames:
            events = translation.take(from_frame(frame))
            if stop is not None:
                events += translation.rest(stop.interrupts)
            if events:
                yield _encoded(events)


def _encoded(events: list[BaseEvent]) -> str:
    encoder = EventEncoder()
    return "".join(encoder.encode(event) for event in events)
