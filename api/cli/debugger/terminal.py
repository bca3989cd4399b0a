"""A debugger that has the terminal for itself: a view that is kept up to date, above a prompt."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Final

from rich.console import Console

from api.cli.debugger.commands import CommandError, Parting, Quit
from api.cli.debugger.parsing import parse_command
from api.cli.debugger.screen import Picture, drawn
from api.cli.debugger.session import Answer, Session
from api.cli.debugger.talking import one_line
from api.cli.debugger.typed import Typed
from services.errors import ServiceError

_PROMPT: Final = "debug> "
_QUESTION: Final = "(l)eave the run where it is, (c)ancel it, or (s)tay? "
_GATHER_SECONDS: Final = 0.1
_CLEAR, _HOME, _REST_OF_LINE = "\x1b[2J\x1b[H", "\x1b[H", "\x1b[K"
_REMEMBER, _GO_BACK = "\x1b7", "\x1b8"
_OTHER_SCREEN, _FIRST_SCREEN = "\x1b[?1049h", "\x1b[?1049l"


class Terminal:
    """Shows a run while it goes on, and takes commands meanwhile."""

    def __init__(self, session: Session, name: str) -> None:
        self._session = session
        self._name = name
        self._typed = Typed()
        self._console = Console(markup=False, highlight=False, emoji=False)
        self._changed = asyncio.Event()
        self._over = asyncio.Event()
        self._said: Sequence[str] = ("`help` tells more of each command",)
        self._prompt = _PROMPT
        self._drawing = asyncio.Lock()

    async def talk(self) -> None:
        """Carry out what is typed until somebody quits."""
        async with self._alone(), asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(self._watch())
            showing = tasks.create_task(self._show())
            while not (answer := await self._next()).is_last:
                self._said = answer.lines
                await self._draw(is_new=True)
            watching.cancel()
            showing.cancel()
            if answer.since is not None:
                await self._session.subject.rest(answer.since)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """Meanwhile the terminal shows nothing else, and Ctrl-C pauses the run."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGINT, self._typed.put, "pause")
        _put(_OTHER_SCREEN)
        try:
            await self._draw(is_new=True)
            yield
        finally:
            _put(_FIRST_SCREEN)
            loop.remove_signal_handler(signal.SIGINT)

    async def _next(self) -> Answer:
        """What comes of the next line; a wrong one changes nothing."""
        line = await self._typed.line()
        if line is None:
            return Answer(is_last=True)
        try:
            command = parse_command(line)
            if command == Quit(None) and not (await self._session.subject.run()).is_over:
                return await self._parting()
            return Answer() if command is None else await self._session.do(command)
        except (CommandError, ServiceError) as error:
            return Answer(lines=(one_line(error),))

    async def _parting(self) -> Answer:
        self._said, self._prompt = (), _QUESTION
        await self._draw(is_new=True)
        line = await self._typed_before_the_end()
        self._prompt = _PROMPT
        match (line or "leave").strip()[:1]:
            case "l":
                return await self._session.do(Quit(Parting.LEAVE))
            case "c":
                return await self._session.do(Quit(Parting.CANCEL))
            case _:
                return Answer()

    async def _typed_before_the_end(self) -> str | None:
        """The next line; None also when the run ends first, since nothing is to be asked then."""
        async with asyncio.TaskGroup() as tasks:
            typing = tasks.create_task(self._typed.line())
            ending = tasks.create_task(self._over.wait())
            await asyncio.wait([typing, ending], return_when=asyncio.FIRST_COMPLETED)
            typing.cancel()
            ending.cancel()
        return None if typing.cancelled() else typing.result()

    async def _watch(self) -> None:
        """Notice what happens to the run."""
        async with self._session.subject.watch(0) as frames:
            async for _ in frames:
                self._changed.set()
        self._over.set()

    async def _show(self) -> None:
        """Keep the view up to date, under the hands of whoever types."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(_GATHER_SECONDS)
            self._changed.clear()
            await self._draw(is_new=False)

    async def _draw(self, *, is_new: bool) -> None:
        """Draw it all, or only the view, where the line that is being typed stays as it is."""
        async with self._drawing:
            picture = await self._picture()
            said = [*self._said][-(self._console.height - 2) :]
            view = drawn(picture, self._console, self._console.height - len(said) - 1)
            if is_new:
                _put(_CLEAR + "\n".join([*view, *said, self._prompt]))
            elif view:
                lines = "\n".join(f"{line}{_REST_OF_LINE}" for line in view)
                _put(_REMEMBER + _HOME + lines + _GO_BACK)

    async def _picture(self) -> Picture:
        subject = self._session.subject
        stops = await subject.stops()
        return Picture(
            name=self._name,
            run=await subject.run(),
            look=await subject.look(),
            order=await subject.order(),
            stops=stops,
            selected=subject.selected_of(stops),
            breakpoints=await subject.breakpoints_here(),
            breakpoint_lines=await subject.lines_of_breakpoints(),
        )


def _put(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
