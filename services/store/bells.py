"""Lets processes that share a SQLite file ring for one another: the file itself says nothing.

Each process that wants to hear has a named pipe in a folder beside the file. To ring is to put a
byte into each of the others: it says that something was asked of runs, and what that is stands in
the database. Nobody looks anywhere while nobody rings, and a pipe that is full rings already. Where
a system has no named pipes nothing is heard, and whoever executes runs looks at every lease's end.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Final

_AT_ONCE: Final = 4_096


class Bells:
    """The bells of the processes that use one file; `folder` is where their pipes are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}-{token_hex(8)}"

    def ring(self) -> None:
        """Ring at every other process that listens; it never blocks."""
        with suppress(FileNotFoundError):  # nobody has ever listened
            for entry in os.scandir(self._folder):
                if entry.name != self._own.name and not entry.name.startswith("."):
                    _ring(Path(entry.path))

    @contextmanager
    def heard_by(self, hear: Callable[[], None]) -> Iterator[None]:
        """Call `hear` in the running event loop whenever another process has rung."""
        if not hasattr(os, "mkfifo"):
            yield
            return
        loop, pipe = asyncio.get_running_loop(), self._opened()
        loop.add_reader(pipe, _emptied, pipe, hear)
        try:
            yield
        finally:
            loop.remove_reader(pipe)
            self._own.unlink(missing_ok=True)
            os.close(pipe)

    def _opened(self) -> int:
        """This process's pipe. Others see it only when it is open: one without a reader is dead.

        It is open for writing too, or it would be at its end whenever nobody rings.
        """
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        hidden = self._own.with_name(f".{self._own.name}")
        os.mkfifo(hidden, mode=0o600)
        pipe = os.open(hidden, os.O_RDWR | os.O_NONBLOCK)
        hidden.rename(self._own)
        return pipe


def _emptied(pipe: int, hear: Callable[[], None]) -> None:
    with suppress(BlockingIOError):
        while os.read(pipe, _AT_ONCE):
            pass
    hear()


def _ring(path: Path) -> None:
    try:
        pipe = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
    except FileNotFoundError:
        return  # it has just gone
    except OSError:
        path.unlink(missing_ok=True)  # its process is gone and could not say so
        return
    with suppress(OSError):
        os.write(pipe, b"!")
    os.close(pipe)
