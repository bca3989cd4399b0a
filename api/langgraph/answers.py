"""Answers that last as long as a run does: its stream, and what it comes to in the end."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress

from pydantic_core import to_json

from api.langgraph import sse
from api.langgraph.asking import Started
from api.langgraph.following import at_rest, outcome, streamed, translation_of
from api.langgraph.hearing import Listener
from api.live.text import Beat, Left, LiveText, stay_calm
from services.bootstrap import Services
from services.domain.runs import Run
from services.errors import RunIsOverError

LEFT_BY_ITS_CLIENT = "its client left"


async def stream_answer(
    services: Services,
    listener: Listener,
    started: Started,
    modes: tuple[str, ...],
    *,
    subgraphs: bool,
    left: Left = stay_calm,
) -> LiveText:
    """The stream of a run; clients find it again where `Location` says."""
    run = started.run
    translation = await translation_of(services, run, started.seq, modes, subgraphs=subgraphs)
    if started.values is not None:
        pieces = at_rest(translation, started.values)
    else:
        pieces = streamed(services, translation, started.seq, listener.heard)
    return LiveText(
        pieces,
        beat=Beat(sse.KEEP_ALIVE),
        headers={**sse.HEADERS, **_places(run, "stream"), "Content-Type": sse.MEDIA_TYPE},
        left=left,
    )


def wait_answer(services: Services, started: Started, left: Left = stay_calm) -> LiveText:
    """What a run comes to, as soon as it is over or has stopped for somebody."""
    return LiveText(
        _awaited(services, started),
        beat=Beat("\n"),
        headers={**_places(started.run, "join"), "Content-Type": "application/json"},
        left=left,
    )


def leaving(services: Services, run: Run, on_disconnect: str) -> Left:
    """What becomes of a run when the client that waits for it leaves."""

    async def cancel() -> None:
        with suppress(RunIsOverError):
            if await services.interrupts.stop(run.id) is None:
                await services.runs.cancel(run.id, LEFT_BY_ITS_CLIENT)

    return cancel if on_disconnect == "cancel" else stay_calm


async def _awaited(services: Services, started: Started) -> AsyncGenerator[str, None]:
    found = started.values
    if found is None:
        found = await outcome(services, started.run, started.seq)
    yield to_json(found, inf_nan_mode="null").decode()


def _places(run: Run, how: str) -> dict[str, str]:
    """Where the run is, and where to go on with this answer; from where the client began."""
    place = f"/threads/{run.thread_id}/runs/{run.id}"
    return {"Location": f"{place}/{how}", "Content-Location": place}
