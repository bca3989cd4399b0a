"""The functions of `python` nodes: from the modules that the settings name, and entry points."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from types import ModuleType

from services.errors import FunctionsError
from services.installed import offered
from workflow_compiler import functions_of
from workflow_compiler.ports import Function

ENTRY_POINT_GROUP = "workflow_compiler.functions"


def load_functions(module_names: Iterable[str]) -> dict[str, Function]:
    """The functions that `python` nodes may call, by name.

    Raises:
        FunctionsError: a module cannot be imported, or two functions have the same name.
    """
    modules = [_imported(name) for name in module_names]
    modules += [entry.load() for entry in offered(ENTRY_POINT_GROUP)]
    found: dict[str, Function] = {}
    for module in modules:
        for name, function in _named(module).items():
            if found.get(name, function) is not function:
                raise FunctionsError(module.__name__, f"{name!r} is the name of another function")
            found[name] = function
    return found


def _imported(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ImportError as error:
        raise FunctionsError(name, str(error)) from error


def _named(module: ModuleType) -> dict[str, Function]:
    try:
        return dict(functions_of(module))
    except ValueError as error:
        raise FunctionsError(module.__name__, str(error)) from error
