"""The run that somebody debugs, with its sub-runs, and which of the stopped visits is meant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager

from api.cli.debugger.answers import (
    lines_of_breakpoints,
    lines_of_run,
    lines_of_stops,
    lines_of_waits,
)
from api.cli.debugger.commands import CommandError
from api.cli.debugger.rest import rest
from api.cli.debugger.stopped import Relative, Stopped, alive, order_of, stopped_in
from services.bootstrap import Services
from services.domain.events.frames import Frame
from services.domain.events.stops import Breakpoint
from services.domain.runs import Run
from services.usecases.looks import Look


class Subject:
    """Reads a run and its sub-runs; everything is read anew, for others may debug it too."""

    def __init__(self, services: Services, run_id: str) -> None:
        self.services = services
        self.run_id = run_id
        self._selected: str | None = None
        self._stepped: Stopped | None = None

    def select(self, stopped: Stopped) -> None:
        """Mean this visit as long as it stays where it is."""
        self._selected = stopped.name

    def follow(self, stopped: Stopped) -> None:
        """Mean what comes after this visit, which is about to go on."""
        self._stepped = stopped

    async def run(self) -> Run:
        """The run as it stands now."""
        return await self.services.runs.get(self.run_id)

    async def relatives(self) -> tuple[Relative, ...]:
        """The run and its sub-runs, as far as they are not over."""
        return await alive(self.services, self.run_id)

    async def runs(self) -> list[tuple[Relative, Run]]:
        """The same, as they stand now."""
        return [
            (each, await self.services.runs.get(each.run_id)) for each in await self.relatives()
        ]

    async def stops(self) -> tuple[Stopped, ...]:
        """All that has stopped."""
        return await stopped_in(self.services, await self.relatives())

    def selected_of(self, stops: tuple[Stopped, ...]) -> Stopped | None:
        """The one that is meant: what was selected, what the last step led to, or the first."""
        chosen = (stopped for stopped in stops if stopped.name == self._selected)
        before = self._stepped
        led_to = (stopped for stopped in stops if before is not None and stopped.follows(before))
        return next(chosen, next(led_to, stops[0] if stops else None))

    async def selected(self) -> Stopped | None:
        """The stopped visit that is meant, if anything has stopped."""
        return self.selected_of(await self.stops())

    async def meant(self) -> Stopped:
        """The visit that a command is about.

        Raises:
            CommandError: nothing has stopped.
        """
        stopped = await self.selected()
        if stopped is None:
            raise CommandError(f"nothing has stopped; the run is {(await self.run()).status}")
        return stopped

    async def run_meant(self) -> str:
        """The run in which that visit is."""
        stopped = await self.selected()
        return self.run_id if stopped is None else stopped.run.run_id

    async def look(self) -> Look:
        """How that run stands."""
        return await self.services.looks.state(await self.run_meant())

    async def order(self) -> dict[str, int]:
        """The place of each node of that run in its definition."""
        return await order_of(self.services, await self.services.runs.get(await self.run_meant()))

    async def breakpoints_here(self) -> tuple[Breakpoint, ...]:
        """The breakpoints of that run."""
        return breakpoints_of(await self.services.runs.get(await self.run_meant()))

    async def lines_of_breakpoints(self) -> list[str]:
        """The breakpoints of all runs."""
        return [
            line
            for relative, run in await self.runs()
            for line in lines_of_breakpoints(run.debugging, relative.prefix)
        ]

    async def standing(self) -> tuple[str, ...]:
        """How the run stands: what has stopped, or else its status."""
        if stops := await self.stops():
            return tuple(lines_of_stops(stops, self.selected_of(stops)))
        lines = lines_of_run(await self.run())
        return (*lines, *lines_of_waits((await self.look()).moment.nodes))

    async def rest(self, after_seq: int) -> None:
        """Until the run has come to rest after an entry of its log."""
        await rest(self.services, self.run_id, after_seq)

    async def pause(self) -> None:
        """Let nothing more begin."""
        await self.services.runs.pause(self.run_id)

    def watch(self, after_seq: int) -> AbstractAsyncContextManager[AsyncIterator[Frame]]:
        """What happens to the run after an entry of its log."""
        return self.services.runs.watch(self.run_id, after_seq)


def breakpoints_of(run: Run) -> tuple[Breakpoint, ...]:
    """The breakpoints of a run, debugged or not."""
    return run.debugging.breakpoints if run.debugging is not None else ()
