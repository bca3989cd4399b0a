"""Threads: made, found, described, copied and forgotten."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Header, Query, Response, status

from api.access import READ, RUN
from api.deps import ServicesDep
from api.errors import UnsupportedError
from api.langgraph import sse
from api.langgraph.deps import ProjectId, ThreadId
from api.langgraph.requests import MetadataBody, PruneBody, ThreadBody, ThreadFilter
from api.langgraph.shapes import fits, selected, thread_json
from api.langgraph.states import values_now
from api.langgraph.thread_stream import ThreadStream
from api.live.text import Beat, LiveText
from services.bootstrap import Services
from services.domain.runs import Run
from services.domain.threads import ThreadRecord
from services.errors import RunIsOverError, ThreadExistsError, ThreadNotFoundError
from services.store.paging import every
from services.store.threads import PAGE_LIMIT

router = APIRouter()

ThreadMode = Literal["run_modes", "lifecycle", "state_update"]

FORGOTTEN: Final = "its thread is deleted"
PATIENCE_SECONDS: Final = 10.0
"""So long runs are waited for that have to stop; whoever deletes their thread asks again then."""


@router.post("/threads", dependencies=RUN)
async def create_thread(
    services: ServicesDep, project_id: ProjectId, body: ThreadBody
) -> dict[str, Any]:
    """A thread on which nothing has run yet."""
    if body.supersteps:
        raise UnsupportedError("/supersteps", "a thread begins empty; run something on it")
    _must_be_kept(body.ttl)
    try:
        record = await services.conversations.open(project_id, body.thread_id, body.metadata or {})
    except ThreadExistsError as error:
        if body.if_exists == "raise":
            raise
        record = await services.conversations.record(project_id, error.thread_id)
    return await _shown(services, record)


@router.post("/threads/search", dependencies=READ)
async def search_threads(
    services: ServicesDep, project_id: ProjectId, wanted: ThreadFilter
) -> list[dict[str, Any]]:
    """The threads that clients have opened and that fit."""
    if wanted.extract:
        raise UnsupportedError("/extract", "the values come whole; pick from them what you want")
    found = [thread async for thread in _fitting(services, project_id, wanted)]
    found.sort(key=lambda each: str(each[wanted.sort_by]), reverse=wanted.sort_order == "desc")
    page = found[wanted.offset : wanted.offset + wanted.limit]
    return selected(page, wanted.select)


@router.post("/threads/count", dependencies=READ)
async def count_threads(services: ServicesDep, project_id: ProjectId, wanted: ThreadFilter) -> int:
    """How many fit."""
    return len([thread async for thread in _fitting(services, project_id, wanted)])


@router.post("/threads/prune", dependencies=RUN)
async def prune_threads(
    services: ServicesDep, project_id: ProjectId, body: PruneBody
) -> dict[str, int]:
    """Threads are forgotten; those that are not there are not counted."""
    pruned = 0
    for thread_id in dict.fromkeys(body.thread_ids):
        with suppress(ThreadNotFoundError):
            await _forget(services, project_id, thread_id)
            pruned += 1
    return {"pruned_count": pruned}


@router.get("/threads/{thread_id}", dependencies=READ)
async def get_thread(
    services: ServicesDep, project_id: ProjectId, thread_id: ThreadId
) -> dict[str, Any]:
    """A thread with the values that it has come to."""
    record = await services.conversations.record(project_id, thread_id)
    return await _shown(services, record)


@router.patch("/threads/{thread_id}", dependencies=RUN)
async def update_thread(
    services: ServicesDep, project_id: ProjectId, thread_id: ThreadId, body: MetadataBody
) -> dict[str, Any]:
    """The thread, with something noted about it beside what was noted before."""
    _must_be_kept(body.ttl)
    record = await services.conversations.describe(project_id, thread_id, body.metadata)
    return await _shown(services, record)


@router.delete("/threads/{thread_id}", status_code=status.HTTP_204_NO_CONTENT, dependencies=RUN)
async def delete_thread(
    services: ServicesDep, project_id: ProjectId, thread_id: ThreadId
) -> Response:
    """The thread is forgotten with all its runs; those that are not over are cancelled for it."""
    await _forget(services, project_id, thread_id)
    return Response(status_code=status.HTTP_204_NO_CONTENT)


@router.get("/threads/{thread_id}/stream", dependencies=READ)
async def stream_thread(
    services: ServicesDep,
    project_id: ProjectId,
    thread_id: ThreadId,
    stream_mode: Annotated[list[ThreadMode] | None, Query()] = None,
    last_event_id: Annotated[str | None, Header()] = None,
) -> Response:
    """What the runs of the thread do from now on, or after the event that was seen last."""
    modes = stream_mode or ["run_modes"]
    if "state_update" in modes:
        raise UnsupportedError("/stream_mode", "the runs tell their values; take 'run_modes'")
    is_brief = "run_modes" not in modes
    stream = ThreadStream(
        services=services, project_id=project_id, thread_id=thread_id, is_brief=is_brief
    )
    await stream.begin(last_event_id)
    place = f"/threads/{thread_id}/stream?{urlencode({'stream_mode': modes}, doseq=True)}"
    return LiveText(
        stream.pieces(),
        beat=Beat(sse.KEEP_ALIVE),
        headers={**sse.HEADERS, "Location": place, "Content-Type": sse.MEDIA_TYPE},
    )


@router.post("/threads/{thread_id}/copy", dependencies=RUN)
async def copy_thread(
    services: ServicesDep, project_id: ProjectId, thread_id: ThreadId
) -> dict[str, Any]:
    """A new thread that begins with what this one has come to, without its runs."""
    return await _shown(services, await services.conversations.copy(project_id, thread_id))


def _must_be_kept(ttl: Any) -> None:
    if ttl:
        raise UnsupportedError("/ttl", "threads are kept until they are deleted or pruned")


async def _forget(services: Services, project_id: str, thread_id: str) -> None:
    alive = [run async for run in _alive(services, project_id, thread_id)]
    for run in alive:  # the newest first, so that none begins because another has ended
        with suppress(RunIsOverError):
            await services.runs.cancel(run.id, FORGOTTEN)
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE_SECONDS):
            for run in alive:
                await _ended(services, run)
    await services.conversations.delete(project_id, thread_id)


async def _alive(services: Services, project_id: str, thread_id: str) -> AsyncIterator[Run]:
    runs = every(
        lambda cursor: services.threads.runs(project_id, thread_id, cursor=cursor, limit=PAGE_LIMIT)
    )
    async for run in runs:
        if not run.is_over:
            yield run


async def _ended(services: Services, run: Run) -> None:
    async with services.runs.watch(run.id, run.event_count) as frames:
        async for _ in frames:
            pass


async def _shown(services: Services, record: ThreadRecord) -> dict[str, Any]:
    current = await services.conversations.current(record.project_id, record.id)
    stop = await services.interrupts.stop(current.id) if current is not None else None
    values = await values_now(services, record.project_id, record.id)
    return thread_json(record, current, stop, values)


async def _fitting(
    services: Services, project_id: str, wanted: ThreadFilter
) -> AsyncIterator[dict[str, Any]]:
    async for record in _records(services, project_id, wanted):
        if not fits(record.metadata, wanted.metadata):
            continue
        shown = await _shown(services, record)
        if wanted.status in {None, shown["status"]} and fits(shown["values"], wanted.values):
            yield shown


async def _records(
    services: Services, project_id: str, wanted: ThreadFilter
) -> AsyncIterator[ThreadRecord]:
    async for record in every(lambda cursor: services.conversations.page(project_id, cursor)):
        if wanted.ids is None or record.id in wanted.ids:
            yield record
