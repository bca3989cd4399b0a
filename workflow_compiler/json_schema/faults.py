"""What is wrong with a schema, found before any value is held against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import jsonschema
from jsonschema.exceptions import SchemaError

from workflow_compiler.json_schema.patterns import pattern_fault

MAX_PARTS = 5_000
"""Schemas within one schema."""

MAX_UNFOLDED = 10_000
"""Schemas that one value may have to be held against, all references followed."""

_NO_FORMATS = jsonschema.FormatChecker(formats=())
"""Patterns are ours to judge: Python's would allow and refuse others."""

_UNSUPPORTED = frozenset({"$id", "$dynamicRef", "$anchor", "$dynamicAnchor"})

_ON_THE_VALUE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
"""Keywords whose schemas speak of the same value as the schema that they stand in."""

_ON_ITS_PARTS = (
    *("properties", "patternProperties", "additionalProperties", "propertyNames"),
    *("prefixItems", "items", "contains", "unevaluatedItems", "unevaluatedProperties"),
)
_ASIDE = ("$defs", "definitions")
_LISTS = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
_MAPS = frozenset({"properties", "patternProperties", "dependentSchemas", *_ASIDE})

Schema = Mapping[str, Any]


def schema_fault(schema: Schema) -> str | None:
    """Why this is no JSON Schema of draft 2020-12 that can be used; None when it is one."""
    parts = list(_parts(schema))
    if len(parts) > MAX_PARTS:
        return f"the schema has more than {MAX_PARTS:,} schemas in it"
    try:
        jsonschema.Draft202012Validator.check_schema(schema, format_checker=_NO_FORMATS)
    except SchemaError as error:
        return str(error.message)
    known = {id(part) for part in parts}
    for part in parts:
        if (why := _fault(schema, part, known)) is not None:
            return why
    return _mixture_fault(parts) or _size_fault(schema, parts)


def _parts(schema: object) -> Iterator[Schema]:
    """A schema and all schemas in it, one more than the limit at most; data is no schema."""
    waiting = [schema]
    for _ in range(MAX_PARTS + 1):
        while waiting and not isinstance(waiting[-1], dict):
            waiting.pop()
        if not waiting:
            return
        part: Any = waiting.pop()
        yield part
        for keyword in (*_ON_THE_VALUE, *_ON_ITS_PARTS, *_ASIDE):
            waiting += _schemas_at(part, keyword)


def _schemas_at(schema: Schema, keyword: str) -> list[object]:
    match keyword, schema.get(keyword):
        case _, list() as found if keyword in _LISTS:
            return found
        case _, dict() as found if keyword in _MAPS:
            return list(found.values())
        case _, None:
            return []
        case _, found:
            return [found]


def _fault(whole: Schema, part: Schema, known: set[int]) -> str | None:
    if odd := sorted(_UNSUPPORTED & part.keys()):
        return f"{odd[0]!r} is not supported here; refer with '#/$defs/...'"
    patterns = [part["pattern"]] if "pattern" in part else []
    for pattern in (*patterns, *part.get("patternProperties", ())):
        if (why := pattern_fault(pattern)) is not None:
            return why
    if "$ref" not in part:
        return None
    target = _look_up(whole, part["$ref"])
    if isinstance(target, bool) or id(target) in known:
        return None
    return f"the reference {part['$ref']!r} leads nowhere; refer with '#/$defs/...'"


def _look_up(schema: Schema, reference: str) -> Any:
    """What a reference leads to; None where it leads nowhere or out of the schema."""
    start, *keys = reference.split("/")
    if start != "#":
        return None
    found: Any = schema
    for escaped in keys:
        key = unquote(escaped).replace("~1", "/").replace("~0", "~")
        try:
            found = found[int(key)] if isinstance(found, list) else found[key]
        except (KeyError, IndexError, ValueError, TypeError):
            return None
    return found


def _mixture_fault(parts: list[Schema]) -> str | None:
    """The validator reads these two together with Python's patterns, which can take for ever."""
    keywords = {keyword for part in parts for keyword in part}
    if {"unevaluatedProperties", "patternProperties"} <= keywords:
        return "'unevaluatedProperties' is not supported beside 'patternProperties'"
    return None


def _size_fault(whole: Schema, parts: list[Schema]) -> str | None:
    """References must not unfold into more schemas than anybody wants to hold a value against."""
    sizes: dict[int, int | None] = {}
    for part in parts:
        try:
            size = _unfolded(whole, part, sizes)
        except RecursionError:
            return "its references follow each other too deep"
        if size is None:
            return f"the reference {_reference(part)!r} leads back to itself"
        if size > MAX_UNFOLDED:
            return f"its references unfold into more than {MAX_UNFOLDED:,} schemas for one value"
    return None


def _unfolded(whole: Schema, part: object, sizes: dict[int, int | None]) -> int | None:
    """How many schemas a value is held against by this one; None when it never ends."""
    if not isinstance(part, dict):
        return 1
    if id(part) in sizes:
        return sizes[id(part)]
    sizes[id(part)] = None  # whoever comes here again before the end goes round in a circle
    inner = [found for keyword in _ON_THE_VALUE for found in _schemas_at(part, keyword)]
    if "$ref" in part:
        inner.append(_look_up(whole, part["$ref"]))
    total = 1
    for schema in inner:
        size = _unfolded(whole, schema, sizes)
        if size is None:
            return None
        total += size
    sizes[id(part)] = total
    return total


def _reference(part: Schema) -> str:
    """A reference by which the schema comes back to itself."""
    waiting: list[Any] = [part]
    while waiting:
        found = waiting.pop()
        if isinstance(found, dict) and "$ref" in found:
            return str(found["$ref"])
        if isinstance(found, dict):
            waiting += [s for keyword in _ON_THE_VALUE for s in _schemas_at(found, keyword)]
    return "#"
