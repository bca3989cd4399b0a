"""What a watcher is told, in order, whatever carries it: the socket and SSE only spell it out."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing

from api.live.told import Head, OfProject, OfRun, Resync, Told, Wanted
from api.live.visitor import Visitor
from services.bootstrap import Services
from services.domain.events.frames import Frame
from services.errors import ProjectNotFoundError, RunNotFoundError
from services.live.channels import channel_of
from services.live.project_feed import Missed, project_feed


async def check_visible(services: Services, wanted: Wanted, visitor: Visitor) -> None:
    """Let through those who may see what they want to.

    Raises:
        NotFoundError: there is no such thing, or it is not theirs.
    """
    match wanted:
        case OfRun(run_id):
            if not visitor.sees((await services.runs.get(run_id)).project_id):
                raise RunNotFoundError(run_id)
        case OfProject(project_id):
            await services.projects.require(project_id)
            if not visitor.sees(project_id):
                raise ProjectNotFoundError(project_id)


async def stream(services: Services, wanted: Wanted) -> AsyncGenerator[Told, None]:
    """All that a watcher is told; of a run it ends after the last event, of a project never.

    Raises:
        RunNotFoundError: no such run.
    """
    telling = _of_run(services, wanted) if isinstance(wanted, OfRun) else _of_all(services, wanted)
    async with aclosing(telling) as told:
        async for item in told:
            if not isinstance(item, Frame) or channel_of(item.type) in wanted.channels:
                yield item


async def _of_run(services: Services, wanted: OfRun) -> AsyncGenerator[Told, None]:
    async with services.runs.watch(wanted.run_id, wanted.after_seq) as frames:
        head = await services.log.head(wanted.run_id)
        yield Head(head)
        if wanted.after_seq > head:
            yield Resync(head)
        async for frame in frames:
            yield frame


async def _of_all(services: Services, wanted: OfProject) -> AsyncGenerator[Told, None]:
    async with (
        services.hub.subscribe(project_id=wanted.project_id) as subscription,
        aclosing(project_feed(services.log, subscription)) as frames,
    ):
        yield Head(0)
        if wanted.is_return:
            yield Resync(None)
        async for frame in frames:
            yield Resync(None) if isinstance(frame, Missed) else frame
