"""Watches a run until it is over or has stopped for somebody, and tells it as clients know it."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from typing import Any, Final

from api.langgraph.parts import Translation
from api.langgraph.sse import Part, framed
from api.langgraph.states import shown_interrupts
from api.langgraph.values import INTERRUPTS, values_of
from services.bootstrap import Services
from services.domain.events.frames import Frame, from_frame
from services.domain.events.runs import RunPaused, RunResumed, RunStarted, RunWaiting
from services.domain.runs import Run, RunStatus
from services.live.subscription import Subscription
from services.usecases.interrupts import Stop

_RESTS: Final = frozenset({RunWaiting.type, RunPaused.type})
_GOES_ON: Final = frozenset({RunStarted.type, RunResumed.type})


@asynccontextmanager
async def followed(
    services: Services, run_id: str, after_seq: int, heard: Subscription | None = None
) -> AsyncIterator[AsyncIterator[tuple[Frame, Stop | None]]]:
    """The frames of a run after a place in its log, until its end or until it stops for somebody.

    The last one comes with what the run has stopped for. What was `heard` since before that place
    was written has the tokens too that came meanwhile.
    """
    async with (
        _watched(services, run_id, after_seq, heard) as watched,
        aclosing(_frames(services, run_id, after_seq, watched)) as frames,
    ):
        yield frames


def _watched(
    services: Services, run_id: str, after_seq: int, heard: Subscription | None
) -> AbstractAsyncContextManager[AsyncIterator[Frame]]:
    if heard is None:
        return services.runs.watch(run_id, after_seq)
    return services.runs.listen(heard, run_id, after_seq)


async def _frames(
    services: Services, run_id: str, after_seq: int, watched: AsyncIterator[Frame]
) -> AsyncGenerator[tuple[Frame, Stop | None], None]:
    stop = await services.interrupts.stop(run_id)
    if stop is not None and await services.log.head(run_id) <= after_seq:
        return
    rests = stop is not None
    async for frame in watched:
        rests = frame.type in _RESTS or (rests and frame.type not in _GOES_ON)
        stop = await _stop_at(services, run_id, frame) if rests else None
        yield frame, stop
        if stop is not None:
            return


async def _stop_at(services: Services, run_id: str, frame: Frame) -> Stop | None:
    """What the run has stopped for, if this is the last entry of its log."""
    stop = await services.interrupts.stop(run_id)
    return stop if await services.log.head(run_id) == frame.seq else None


async def streamed(
    services: Services, translation: Translation, after_seq: int, heard: Subscription | None
) -> AsyncGenerator[str, None]:
    """The stream of a run after a place in its log."""
    yield framed([translation.begin()], None)
    async with aclosing(translated(services, translation, after_seq, heard)) as told:
        async for parts, seq in told:
            yield framed(parts, seq)
    yield framed([Part("end", None)], None)


async def translated(
    services: Services, translation: Translation, after_seq: int, heard: Subscription | None = None
) -> AsyncGenerator[tuple[list[Part], int | None], None]:
    """What each event of a run tells after a place in its log, be it nothing; with its own place.

    It ends when the run is over or has stopped for somebody.
    """
    async with followed(services, translation.run.id, after_seq, heard) as frames:
        async for frame, stop in frames:
            parts = translation.take(from_frame(frame))
            if stop is not None:
                parts += translation.rest(shown_interrupts(stop))
            yield parts, frame.seq


async def at_rest(translation: Translation, values: Mapping[str, Any]) -> AsyncGenerator[str, None]:
    """The stream of a run for which nothing was left to be done."""
    yield framed([translation.begin(), *translation.values(values), Part("end", None)], None)


async def translation_of(
    services: Services, run: Run, after_seq: int, modes: tuple[str, ...], *, subgraphs: bool
) -> Translation:
    """A translation that knows what has happened up to a place in the log."""
    return Translation(
        run=run,
        plan=await services.looks.plans.of(run),
        unfolding=await services.looks.unfolded(run, after_seq),
        modes=modes,
        subgraphs=subgraphs,
    )


async def outcome(services: Services, run: Run, after_seq: int) -> dict[str, Any]:
    """What a run comes to that is followed after a place in its log, unless it is over already."""
    stop: Stop | None = None
    if not run.is_over:
        async with followed(services, run.id, after_seq) as frames:
            async for _, found in frames:
                stop = found
        run = await services.runs.get(run.id)
    if run.status is RunStatus.FAILED and run.error is not None:
        return {"__error__": {"error": run.error.type, "message": run.error.message}}
    if run.is_over:
        return values_of(run.variables or {}, run)
    stop = stop or await services.interrupts.stop(run.id)
    variables = (await services.looks.unfolded(run)).variables
    return {**values_of(variables, run), INTERRUPTS: shown_interrupts(stop)}
