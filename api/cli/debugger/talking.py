"""Commands one after the other, of a script or at a plain prompt: each finds the run at rest."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress

from api.cli.debugger.commands import Command, CommandError
from api.cli.debugger.parsing import parse_command
from api.cli.debugger.session import Answer, Session
from api.cli.debugger.typed import Typed
from api.cli.exits import UsageError
from api.cli.output.console import say, write
from api.cli.signals import stop_asked
from services.errors import ConflictError, ServiceError

_PROMPT = "debug> "


async def play_script(session: Session, lines: Iterable[str]) -> None:
    """Carry out the commands of a script, each with what came of it.

    Raises:
        UsageError: one of them cannot be carried out; it names the line.
    """
    _write(await session.subject.standing())
    for number, line in enumerate(lines, 1):
        try:
            command = parse_command(line)
            if command is None:
                continue
            write(f"> {line.strip()}")
            answer = await answered(session, command)
        except (CommandError, ServiceError) as error:
            raise UsageError(f"line {number}: {line.strip()}: {one_line(error)}") from error
        _write(answer.lines)
        if answer.is_last:
            return


async def talk(session: Session) -> None:
    """Carry out what is typed until nothing more is."""
    _write(await session.subject.standing())
    typed = Typed()
    while True:
        _ask()
        line = await typed.line()
        if line is None:
            return
        try:
            command = parse_command(line)
            answer = Answer()
            if command is not None:
                answer = await answered(session, command)
        except (CommandError, ServiceError) as error:
            write(one_line(error))
            continue
        _write(answer.lines)
        if answer.is_last:
            return


async def answered(session: Session, command: Command) -> Answer:
    """What came of a command, after the run has come to rest where it goes on by it.

    Raises:
        CommandError: it cannot be done now.
        ServiceError: nor is it allowed.
    """
    answer = await session.do(command)
    if answer.since is None:
        return answer
    async with _pausing_at_ctrl_c(session):
        await session.subject.rest(answer.since)
    return Answer(lines=await session.subject.standing(), is_last=answer.is_last)


def one_line(error: Exception) -> str:
    """What is wrong, in one line."""
    return "; ".join(str(error).splitlines())


@asynccontextmanager
async def _pausing_at_ctrl_c(session: Session) -> AsyncIterator[None]:
    """Meanwhile the first Ctrl-C pauses the run, and the second ends the process."""
    with stop_asked() as asked:
        async with asyncio.TaskGroup() as tasks:
            pausing = tasks.create_task(_pause_when(asked, session))
            yield
            pausing.cancel()


async def _pause_when(asked: asyncio.Event, session: Session) -> None:
    await asked.wait()
    say("pausing the run; once more to stop at once")
    with suppress(ConflictError):
        await session.subject.pause()


def _ask() -> None:
    sys.stderr.write(_PROMPT)
    sys.stderr.flush()


def _write(lines: Iterable[str]) -> None:
    for line in lines:
        write(line)
