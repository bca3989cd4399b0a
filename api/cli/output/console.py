"""The two ways out of a command: stdout is for data, stderr is for people."""

from __future__ import annotations

import sys
from typing import Final

from rich.console import Console, RenderableType

_AS_WIDE_AS_NEEDED: Final = 1_000


def write(data: str) -> None:
    """Data, for whatever reads this command's output."""
    sys.stdout.write(f"{data}\n")
    sys.stdout.flush()


def write_bytes(data: bytes) -> None:
    """Data that is no text, such as an image."""
    sys.stdout.buffer.write(data)
    sys.stdout.flush()


def say(text: RenderableType, style: str | None = None) -> None:
    """Words for the person at the terminal, in colour where that is wanted."""
    talking_console().print(text, style=style)


def talking_console() -> Console:
    """A console on stderr that takes text as it stands."""
    return Console(stderr=True, markup=False, highlight=False, soft_wrap=True, emoji=False)


def printed(table: RenderableType) -> str:
    """A table as text, as wide as it needs to be: what reads it may cut, we must not."""
    console = Console(width=_AS_WIDE_AS_NEEDED, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(table)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())
