"""Commands that are loaded when they are called.

What a command stands on takes longer to load than most commands take, and one that is only listed
needs none of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

import typer
from typer.core import TyperCommand, TyperGroup
from typing_extensions import override

from api.cli.settling import loading

_Command: TypeAlias = Any
_Context: TypeAlias = Any
"""Typer brings its own Click, which has no public name."""


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a command is: a function, or a function that makes a group of commands."""

    place: str
    help: str
    is_group: bool = False

    def load(self, name: str) -> _Command:
        """The command itself."""
        module, _, attribute = self.place.partition(":")
        with loading():
            found: Callable[..., Any] = getattr(import_module(module), attribute)
        if self.is_group:
            return typer.main.get_group(found())
        app = typer.Typer(add_completion=False)
        app.command(name)(found)
        return typer.main.get_command(app)


def group_of(entries: Mapping[str, Entry]) -> type[TyperGroup]:
    """A group of these commands, in this order, after those that it has of its own."""

    class LazyGroup(TyperGroup):
        @override
        def list_commands(self, ctx: _Context) -> list[str]:
            return [*super().list_commands(ctx), *entries]

        @override
        def get_command(self, ctx: _Context, cmd_name: str) -> _Command | None:
            """As much of a command as a list shows."""
            if (entry := entries.get(cmd_name)) is None:
                return super().get_command(ctx, cmd_name)
            return TyperCommand(cmd_name, help=entry.help)

        @override
        def resolve_command(
            self, ctx: _Context, args: list[str]
        ) -> tuple[str | None, _Command | None, list[str]]:
            name, listed, rest = super().resolve_command(ctx, args)
            entry = entries.get(name) if name is not None else None
            return name, entry.load(name) if entry and name else listed, rest

    return LazyGroup
