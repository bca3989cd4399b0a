"""Lets processes that share a SQLite file ring for one another: the file itself says nothing.

Each process that wants to hear has a named pipe in a folder beside the file. To ring is to put a
byte into each of the others: it says that something was asked of runs, and what that is stands in
the database. Nobody looks anywhere while nobody rings, and a pipe that is full rings already. Where
there can be no named pipes nothing is heard, and whoever executes runs looks at every lease's end.
"""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import Final

import structlog

_AT_ONCE: Final = 4_096

_log = structlog.get_logger(__name__)


class Bells:
    """The bells of the processes that use one file; `folder` is where their pipes are."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}-{token_hex(8)}"

    def ring(self) -> None:
        """Ring at every other process that listens; it never blocks, and never fails.

        What it is about is committed by then: whoever is not reached looks at a lease's end.
        """
        try:
            for entry in os.scandir(self._folder):
                if entry.name != self._own.name and not entry.name.startswith("."):
                    _ring(Path(entry.path))
        except FileNotFoundError:
            return  # nobody has ever listened
        except OSError as error:
            _log.warning("bells.unrung", error=str(error))

    @contextmanager
    def heard_by(self, hear: Callable[[], None]) -> Iterator[None]:
        """Call `hear` in the running event loop whenever another process has rung."""
        try:
            pipe = self._opened()
        except (AttributeError, OSError) as error:  # no system, or no folder, for named pipes
            _log.warning("bells.unheard", error=str(error))
            yield
            return
        loop = asyncio.get_running_loop()
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
    except OSError as error:
        if error.errno != errno.ENXIO:
            raise  # it is we who cannot ring: too many open files, say
        path.unlink(missing_ok=True)  # its process is gone and could not say so
        return
    with suppress(OSError):
        os.write(pipe, b"!")
    os.close(pipe)
