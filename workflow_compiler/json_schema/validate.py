"""Holds values against schemas, in a bounded number of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

import jsonschema
from jsonschema.exceptions import ValidationError
from jsonschema.validators import extend
from referencing import Registry

from workflow_compiler.definition.source import pointer_of
from workflow_compiler.json_schema.patterns import compiled

MAX_STEPS = 1_000_000
"""Steps of one validation: a keyword that is applied, or a few values that it looks at."""

MAX_MISMATCHES = 100
"""More than these tell nobody anything."""

_CHARACTERS_PER_STEP = 16
_STEPS_OF_A_REFERENCE = 5

_PLAIN = jsonschema.Draft202012Validator

_Errors = Iterator[ValidationError]
_Keyword = Callable[[Any, Any, Any, Any], _Errors | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One place where a value breaks its schema; `code` is the schema's keyword."""

    pointer: str
    code: str
    message: str


def mismatches(schema: Mapping[str, Any], value: object) -> tuple[Mismatch, ...]:
    """The first places where a value breaks a schema that `schema_fault` finds no fault with.

    A validation that takes too many steps gives a mismatch as well: nobody knows that it fits.
    """
    token = _STEPS.set(_Steps())
    try:
        errors = _Validator(schema, registry=Registry()).iter_errors(value)
        return tuple(map(_mismatch, islice(errors, MAX_MISMATCHES)))
    except RecursionError:
        return (Mismatch(pointer="", code="$ref", message="too deep to be validated"),)
    except ValueError:  # Python writes no integers of more than some thousand digits
        return (Mismatch(pointer="", code="$schema", message="a number in it is too long"),)
    except _TooManyStepsError:
        message = f"this takes more than {MAX_STEPS:,} steps to validate"
        return (Mismatch(pointer="", code="$schema", message=message),)
    finally:
        _STEPS.reset(token)


def _mismatch(error: ValidationError) -> Mismatch:
    pointer = pointer_of(*error.absolute_path)
    return Mismatch(pointer=pointer, code=str(error.validator), message=_short(error.message))


def _short(message: str) -> str:
    """The plain validator repeats the whole value, however long."""
    return message if len(message) <= 500 else f"{message[:240]} ... {message[-240:]}"  # noqa: PLR2004


class _TooManyStepsError(Exception):
    """The validation was given up."""


class _Steps:
    """What is left to one validation."""

    def __init__(self) -> None:
        self._left = MAX_STEPS

    def spend(self, steps: int) -> None:
        self._left -= steps
        if self._left < 0:
            raise _TooManyStepsError


_STEPS: ContextVar[_Steps] = ContextVar("steps of this validation")
"""The library makes new validators as it goes down and hands them nothing of ours."""


def _counted(keyword: _Keyword, price: int) -> _Keyword:
    """The keyword, paying for each use, and for its messages, in which it repeats the value."""

    def apply(validator: Any, part: Any, instance: Any, schema: Any) -> _Errors:
        steps = _STEPS.get()
        steps.spend(price + _size(part))
        for error in keyword(validator, part, instance, schema) or ():
            steps.spend(1 + len(error.message) // _CHARACTERS_PER_STEP)
            yield error

    return apply


def _size(part: Any) -> int:
    """What it takes to look at a keyword's value: schemas in a list are all applied."""
    match part:
        case list():
            return len(part)
        case dict():
            return len(part) // 4
        case _:
            return 0


def _pattern(validator: Any, pattern: str, instance: Any, schema: Any) -> _Errors:
    del validator, schema
    if isinstance(instance, str):
        _STEPS.get().spend(len(instance) // _CHARACTERS_PER_STEP)
        if not compiled(pattern).search(instance):
            yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: Any, schema: Any
) -> _Errors:
    del schema
    if not isinstance(instance, dict):
        return
    for pattern, part in patterns.items():
        for key in _matching(pattern, instance):
            yield from validator.descend(instance[key], part, path=key, schema_path=pattern)


def _additional_properties(validator: Any, part: Any, instance: Any, schema: Any) -> _Errors:
    if not isinstance(instance, dict):
        return
    patterns = schema.get("patternProperties", {})
    known = {key for pattern in patterns for key in _matching(pattern, instance)}
    extra = [
        key for key in instance if key not in known and key not in schema.get("properties", {})
    ]
    for key in extra:
        if part is False:
            yield ValidationError(f"the property {key!r} is not allowed")
        else:
            yield from validator.descend(instance[key], part, path=key)


def _matching(pattern: str, instance: Mapping[str, Any]) -> list[str]:
    search = compiled(pattern).search
    _STEPS.get().spend(sum(1 + len(key) // _CHARACTERS_PER_STEP for key in instance))
    return [key for key in instance if search(key)]


def _unique_items(validator: Any, wanted: bool, instance: Any, schema: Any) -> _Errors:
    """The plain one compares every two objects."""
    del validator, schema
    if wanted and isinstance(instance, list) and len({*map(_key, instance)}) < len(instance):
        yield ValidationError("two of the items are equal")


def _enum(validator: Any, values: list[Any], instance: Any, schema: Any) -> _Errors:
    del validator, schema
    if _key(instance) not in map(_key, values):
        yield ValidationError(f"{instance!r} is not one of {values!r}")


def _const(validator: Any, value: Any, instance: Any, schema: Any) -> _Errors:
    del validator, schema
    if _key(instance) != _key(value):
        yield ValidationError(f"{value!r} was expected")


def _key(value: Any) -> Any:
    """Equal for values that JSON Schema calls equal: 1 and 1.0, but not 1 and true."""
    steps = _STEPS.get()
    steps.spend(1)
    match value:
        case bool():
            return ("bool", value)
        case None | str():
            steps.spend(len(value or "") // _CHARACTERS_PER_STEP)
            return value
        case list():
            return ("list", *map(_key, value))
        case dict():
            return frozenset((key, _key(part)) for key, part in value.items())
        case int() | float() if value == int(value):
            return ("number", f"{int(value):x}")  # text, since numbers can be made to collide
        case _:
            return ("number", repr(value))


def _multiple_of(validator: Any, factor: float, instance: Any, schema: Any) -> _Errors:
    """Decimal, as it is written: the plain one says that 0.3 is no multiple of 0.1."""
    del validator, schema
    if isinstance(instance, bool) or not isinstance(instance, int | float):
        return
    if (_fraction(instance) / _fraction(factor)).denominator != 1:
        yield ValidationError(f"{instance!r} is not a multiple of {factor!r}")


def _fraction(number: Any) -> Fraction:
    return Fraction(repr(number) if isinstance(number, float) else number)


_OWN: Mapping[str, _Keyword] = {
    "pattern": _pattern,
    "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties,
    "uniqueItems": _unique_items,
    "enum": _enum,
    "const": _const,
    "multipleOf": _multiple_of,
}

_Validator: Any = extend(  # type: ignore[no-untyped-call]
    _PLAIN,
    {
        name: _counted(keyword, _STEPS_OF_A_REFERENCE if name == "$ref" else 1)
        for name, keyword in {**_PLAIN.VALIDATORS, **_OWN}.items()
    },
)
