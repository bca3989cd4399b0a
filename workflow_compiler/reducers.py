"""How a new value of a variable meets the old one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any

from workflow_compiler.definition import Variable
from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.trace import Write

Reducer = Callable[[Any, Any], Any]


def _replace(old: Any, new: Any) -> Any:
    del old
    return new


def _append(old: Any, new: Any) -> Any:
    return [*_list(old), new]


def _extend(old: Any, new: Any) -> Any:
    return [*_list(old), *_list(new)]


def _list(value: Any) -> Any:
    """A list, or nothing for null; a text or a zero is neither."""
    if not isinstance(value, list | None):
        raise TypeError(value)
    return value or ()


def _add(old: Any, new: Any) -> Any:
    return new if old is None else old + new


def _merge(old: Any, new: Any) -> Any:
    return {**({} if old is None else old), **new}


REDUCERS: Mapping[str, Reducer] = MappingProxyType(
    {"replace": _replace, "append": _append, "extend": _extend, "add": _add, "merge": _merge}
)


def reduce_variables(
    declared: Mapping[str, Variable], old: Mapping[str, Any], writes: Iterable[Write]
) -> dict[str, Any]:
    """The values of a run's variables after these writes, one after the other.

    Raises:
        NodeError: a variable is not declared, or its value and a new one do not go together.
    """
    merged = dict(old)
    for name, value, *overwrites in writes:
        if (variable := declared.get(name)) is None:
            raise NodeError(ErrorType.VALIDATION, f"no variable {name!r} is declared")
        before = merged.get(name, variable.default)
        new = value if overwrites else reduce_variable(name, variable.reducer, before, value)
        merged[name] = new
    return merged


def reduce_variable(name: str, reducer: str, old: Any, new: Any) -> Any:
    """The value of a variable after a node wrote to it.

    Raises:
        NodeError: the two values do not go together.
    """
    try:
        return REDUCERS[reducer](old, new)
    except TypeError as error:
        kinds = f"{type(old).__name__} and {type(new).__name__}"
        message = f"variable {name!r}: cannot {reducer} {kinds}"
        raise NodeError(ErrorType.TRANSFORMATION, message) from error
