"""Ways to show a run while it goes on: a live tree, plain lines, JSON lines, or not at all."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Final, Protocol, TypeAlias

from rich.live import Live

from api.cli.output.console import say, talking_console, write
from api.cli.output.tree import RunTree
from api.cli.output.view import RunView, WireEvent, note_of, read_event
from services.domain.events.frames import Frame
from workflow_compiler.ports import WallClock

_REFRESH_SECONDS: Final = 0.1
_TOLD: Final = ("run.", "node.", "task.", "timer.", "signal.", "log")
_SUBJECTS: Final = frozenset({"run", "node", "log"})
"""Kinds of events that a line need not name: whom it is about says it."""
_NOT_TOLD: Final = frozenset({"node.token", "run.created"})


class Display(Protocol):
    """Shows what happens to a run."""

    def show(self, frame: Frame) -> None:
        """Show one event."""


Show: TypeAlias = Callable[[WallClock], AbstractAsyncContextManager[Display]]
"""Begins to show a run; the clock tells for how long a visit has been going on."""


class JsonLines:
    """The events as they are, one to a line, on stdout."""

    def show(self, frame: Frame) -> None:
        """Show one event."""
        write(frame.text)


class Silence:
    """Shows nothing."""

    def show(self, frame: Frame) -> None:
        """Show nothing."""


class PlainLines:
    """A line for each step, for files and pipes."""

    def show(self, frame: Frame) -> None:
        """Show one event."""
        event = read_event(frame)
        if event.type.startswith(_TOLD) and event.type not in _NOT_TOLD:
            say(_line(event))


class LiveTree:
    """The tree of `tree`, kept up to date."""

    def __init__(self, view: RunView) -> None:
        self._view = view

    def show(self, frame: Frame) -> None:
        """Show one event."""
        self._view.apply(read_event(frame))


def display(
    name: str, clock: WallClock, *, as_json: bool, watch: bool
) -> AbstractAsyncContextManager[Display]:
    """How a run of this workflow is shown, on the terminal or the pipe that there is."""
    if as_json:
        return _still(JsonLines())
    if not watch:
        return _still(Silence())
    return _tree(name, clock) if sys.stderr.isatty() else _still(PlainLines())


@asynccontextmanager
async def _still(shown: Display) -> AsyncIterator[Display]:
    yield shown


@asynccontextmanager
async def _tree(name: str, clock: WallClock) -> AsyncIterator[Display]:
    view = RunView()
    tree = RunTree(name, view, clock)
    live = Live(tree, console=talking_console(), auto_refresh=False, vertical_overflow="visible")
    with live:
        async with asyncio.TaskGroup() as tasks:
            refreshing = tasks.create_task(_refresh(live))
            try:
                yield LiveTree(view)
            finally:
                refreshing.cancel()
        live.refresh()


async def _refresh(live: Live) -> None:
    while True:
        live.refresh()
        await asyncio.sleep(_REFRESH_SECONDS)


def _line(event: WireEvent) -> str:
    kind, _, what = event.type.partition(".")
    note = note_of(event)
    visit = f" #{event.visit}" if event.visit > 1 else ""
    about = kind if event.node_id is None else f"{event.node_id}{visit}"
    happened = what if kind in _SUBJECTS else f"{kind} {what}"
    words = [f"{event.at:%H:%M:%S.%f}"[:-3], about, happened.replace("_", " "), note or ""]
    return "  ".join(word for word in words if word)
