"""Flags that belong together, as one argument of a command."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from functools import wraps
from inspect import Parameter
from typing import Any, get_type_hints

Command = Callable[..., None]


def grouped(command: Command) -> Command:
    """The command with each argument that is a dataclass spread out: a flag for each field.

    The flags are written as for a command: `Annotated[..., typer.Option(...)]` with a default.
    """
    hints = get_type_hints(command, include_extras=True)
    groups: dict[str, Any] = {name: kind for name, kind in hints.items() if is_dataclass(kind)}

    @wraps(command)
    def spread(**given: Any) -> None:
        for name, kind in groups.items():
            given[name] = kind(**{flag.name: given.pop(flag.name) for flag in _flags(kind)})
        command(**given)

    flat: list[Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        own = parameter.replace(annotation=hints[name], kind=Parameter.KEYWORD_ONLY)
        flat.extend(_flags(groups[name]) if name in groups else [own])
    spread.__signature__ = inspect.Signature(flat)  # type: ignore[attr-defined]
    spread.__annotations__ = {parameter.name: parameter.annotation for parameter in flat}
    return spread


def _flags(group: Any) -> Iterator[Parameter]:
    hints = get_type_hints(group, include_extras=True)
    for flag in fields(group):
        yield Parameter(
            flag.name, Parameter.KEYWORD_ONLY, default=flag.default, annotation=hints[flag.name]
        )
