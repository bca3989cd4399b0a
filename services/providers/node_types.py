"""The node types of this installation: the built-in ones, and those of plug-ins."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import EntryPoint

from services.errors import NodeTypesError
from services.installed import offered, place_of
from services.providers.functions import load_functions
from workflow_compiler import NodeType, Registry, default_registry

ENTRY_POINT_GROUP = "workflow_compiler.node_types"


def installed_registry(function_modules: Iterable[str]) -> Registry:
    """The built-in node types over the functions of these modules, and those of plug-ins.

    Raises:
        FunctionsError: a module of functions cannot be used.
        NodeTypesError: an installed plug-in cannot be used.
    """
    built_in = default_registry(load_functions(function_modules))
    return built_in.with_types(*load_node_types(built_in.types))


def load_node_types(taken: Mapping[str, object]) -> tuple[NodeType, ...]:
    """The node types of all installed packages; `taken` are the names that are in use.

    Raises:
        NodeTypesError: a plug-in cannot be loaded, or its type has a name that is taken.
    """
    found: dict[str, NodeType] = {}
    for entry in sorted(offered(ENTRY_POINT_GROUP), key=place_of):
        node_type = _loaded(entry)
        if node_type.name in taken or node_type.name in found:
            why = f"there is another node type {node_type.name!r}; give it a name of its own"
            raise NodeTypesError(place_of(entry), why)
        found[node_type.name] = node_type
    return tuple(found.values())


def _loaded(entry: EntryPoint) -> NodeType:
    try:
        loaded = entry.load()
    except Exception as error:
        # Importing a package runs its code, which may raise anything.
        raise NodeTypesError(place_of(entry), f"{type(error).__name__}: {error}") from error
    if not isinstance(loaded, NodeType):
        why = f"it is a {type(loaded).__name__}; an entry point names one NodeType"
        raise NodeTypesError(place_of(entry), why)
    return loaded
