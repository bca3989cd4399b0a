"""JSON Schema, safe for schemas and values that strangers wrote.

Two things of the plain validator are closed: it would fetch remote references over the network, and
its patterns are not linear in time.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

import jsonschema
import re2
from jsonschema.exceptions import SchemaError, ValidationError
from jsonschema.validators import extend
from referencing import Registry

from workflow_compiler.definition.source import pointer_of

_PLAIN = jsonschema.Draft202012Validator

_OPTIONS = re2.Options()
_OPTIONS.log_errors = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One place where a value breaks its schema; `code` is the schema's keyword."""

    pointer: str
    code: str
    message: str


def mismatches(schema: Mapping[str, Any], value: object) -> tuple[Mismatch, ...]:
    """All places where a value breaks a schema that `schema_fault` finds no fault with."""
    try:
        return tuple(map(_mismatch, _validator(schema).iter_errors(value)))
    except RecursionError:
        return (Mismatch(pointer="", code="$ref", message="too deep to be validated"),)


def schema_fault(schema: Mapping[str, Any]) -> str | None:
    """Why this is no JSON Schema of draft 2020-12 that can be used; None when it is one."""
    try:
        _PLAIN.check_schema(schema)
    except SchemaError as error:
        return error.message
    for keyword, part in _parts(schema):
        if (why := _fault(schema, keyword, part)) is not None:
            return why
    return None


def _validator(schema: Mapping[str, Any]) -> Any:
    return _Validator(schema, registry=Registry())


def _mismatch(error: ValidationError) -> Mismatch:
    pointer = pointer_of(*error.absolute_path)
    return Mismatch(pointer=pointer, code=str(error.validator), message=error.message)


def _fault(schema: Mapping[str, Any], keyword: str, part: object) -> str | None:
    match keyword, part:
        case "pattern", str():
            return _pattern_fault(part)
        case "patternProperties", dict():
            return next((why for name in part if (why := _pattern_fault(name))), None)
        case "$ref", str():
            return _reference_fault(schema, part)
        case "$id" | "$dynamicRef" | "$anchor" | "$dynamicAnchor", str():
            return f"{keyword!r} is not supported here; refer with '#/$defs/...'"
        case _:
            return None


def _pattern_fault(pattern: str) -> str | None:
    try:
        re2.compile(pattern, _OPTIONS)
    except re2.error as error:
        why = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        return f"the pattern {pattern!r} cannot be used: {why}"
    return None


def _reference_fault(schema: Mapping[str, Any], reference: str) -> str | None:
    """References stay inside the schema, lead somewhere, and not only to one another."""
    seen = set()
    while reference not in seen:
        seen.add(reference)
        try:
            target = _look_up(schema, reference)
        except (KeyError, IndexError, ValueError, TypeError):
            return f"the reference {reference!r} leads nowhere; refer with '#/$defs/...'"
        if not isinstance(target, dict) or "$ref" not in target:
            return None
        reference = target["$ref"]
    return f"the reference {reference!r} leads back to itself"


def _look_up(schema: Mapping[str, Any], reference: str) -> Any:
    start, *keys = reference.split("/")
    if start != "#":
        raise KeyError(start)
    found: Any = schema
    for escaped in keys:
        key = unquote(escaped).replace("~1", "/").replace("~0", "~")
        found = found[int(key)] if isinstance(found, list) else found[key]
    return found


def _parts(schema: object) -> Iterator[tuple[str, object]]:
    """Every keyword of a schema and of the schemas in it, with what stands there."""
    match schema:
        case dict():
            for keyword, part in schema.items():
                yield keyword, part
                yield from _parts(part)
        case list():
            for part in schema:
                yield from _parts(part)
        case _:
            return


def _pattern(
    validator: Any, pattern: str, instance: object, schema: object
) -> Iterator[ValidationError]:
    del validator, schema
    if isinstance(instance, str) and not re2.compile(pattern, _OPTIONS).search(instance):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _pattern_properties(
    validator: Any, patterns: Mapping[str, Any], instance: object, schema: object
) -> Iterator[ValidationError]:
    del schema
    if not isinstance(instance, dict):
        return
    for pattern, part in patterns.items():
        compiled = re2.compile(pattern, _OPTIONS)
        for key in (key for key in instance if compiled.search(key)):
            yield from validator.descend(instance[key], part, path=key, schema_path=pattern)


_Validator: Any = extend(  # type: ignore[no-untyped-call]
    _PLAIN, {"pattern": _pattern, "patternProperties": _pattern_properties}
)
