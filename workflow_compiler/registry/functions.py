"""Functions that `python` nodes call by name.

The decorator only marks; a module's marked functions are collected when a registry is built, so
there is no global list and importing has no effect.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import TypeVar

from workflow_compiler.ports import Function

_MARK = "__workflow_function__"
_F = TypeVar("_F", bound=Function)


def function(name: str) -> Callable[[_F], _F]:
    """Offer a function to `python` nodes under a name.

    It is called with the node's arguments by keyword. An async function is awaited, a plain one
    runs in a thread; a parameter called `context` gets the `NodeContext` of the attempt.
    """

    def mark(decorated: _F) -> _F:
        setattr(decorated, _MARK, name)
        return decorated

    return mark


def functions_of(module: ModuleType) -> Mapping[str, Function]:
    """The marked functions of a module, by name.

    Raises:
        ValueError: two of them have the same name.
    """
    found: dict[str, Function] = {}
    for value in vars(module).values():
        name = getattr(value, _MARK, None)
        if name in found and found[name] is not value:
            msg = f"module {module.__name__!r} has two functions called {name!r}"
            raise ValueError(msg)
        if name is not None:
            found[name] = value
    return found
