"""What the server says, as TypeScript for `dashboard/src/client`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

_MARK: Final = "// Written by `make docs`; change the code instead."

_PAGE: Final = re.compile(r"Page_(\w+)_")

_SIMPLE: Final[Mapping[str, str]] = {
    "string": "string",
    "integer": "number",
    "number": "number",
    "boolean": "boolean",
    "null": "null",
}

_ANYTHING: Final = "Json"
_UNKNOWN: Final = frozenset({"type", "allOf", "not", "if", "patternProperties"})


def rest_types(openapi: Schema) -> str:
    """All documents of the REST interface; pages of a list are one generic type."""
    schemas = openapi["components"]["schemas"]
    named = {name: schema for name, schema in schemas.items() if not _PAGE.fullmatch(name)}
    page = "export interface Page<Item> {\n  readonly items: readonly Item[];\n"
    page += "  readonly next_cursor: string | null;\n}\n"
    return "\n".join([*_head("documents of the REST interface"), page, *_declared(named)])


def event_types(events: Schema) -> str:
    """All events of a run, and what is streamed and not stored."""
    union = f"export type Event = {_type(events)};\n"
    return "\n".join([*_head("events of a run"), *_declared(events["$defs"]), union])


def _head(what: str) -> list[str]:
    return [_MARK, f"/** The {what}, word for word as they stand on the wire. */\n", _IMPORT]


_IMPORT: Final = 'import type { Json } from "./json";\n'


def _declared(schemas: Mapping[str, Schema]) -> Iterator[str]:
    for name, schema in sorted(schemas.items()):
        yield _comment(schema) + _declaration(name, schema) + "\n"


def _declaration(name: str, schema: Schema) -> str:
    if "properties" in schema:
        return f"export interface {name} {_object(schema, '')}"
    return f"export type {name} = {_type(schema)};"


def _object(schema: Schema, indent: str) -> str:
    """The fields of an object; those that may be left out have a question mark."""
    if not schema["properties"]:
        return "Readonly<Record<string, never>>"
    required = schema.get("required", ())
    lines = ["{"]
    for key, part in schema["properties"].items():
        mark = "" if key in required else "?"
        lines.append(f"{indent}  readonly {key}{mark}: {_type(part, indent + '  ')};")
    return "\n".join([*lines, f"{indent}}}"])


def _type(schema: Schema, indent: str = "") -> str:
    """A JSON Schema as a type, as far as the schemas of the server need it.

    Raises:
        ValueError: it says something that no other one has said so far.
    """
    match schema:
        case {"$ref": reference}:
            name = str(reference).rpartition("/")[2]
            return _PAGE.sub(r"Page<\1>", name)
        case {"anyOf": options} | {"oneOf": options}:
            return " | ".join(dict.fromkeys(_type(option, indent) for option in options))
        case {"const": value}:
            return json.dumps(value)
        case {"enum": values}:
            return " | ".join(json.dumps(value) for value in values)
        case {"type": str() as kind}:
            return _SIMPLE.get(kind) or _structure(schema, indent)
        case _ if schema.keys() & _UNKNOWN:
            raise ValueError(f"no TypeScript is known for {schema}")
        case _:
            return _ANYTHING


def _structure(schema: Schema, indent: str) -> str:
    if schema["type"] == "array":
        return _array(schema, indent)
    return _object(schema, indent) if "properties" in schema else _record(schema, indent)


def _record(schema: Schema, indent: str) -> str:
    values = schema.get("additionalProperties", True)
    inside = _type(values, indent) if isinstance(values, Mapping) else _ANYTHING
    return f"Readonly<Record<string, {inside if values else 'never'}>>"


def _array(schema: Schema, indent: str) -> str:
    if "prefixItems" in schema:
        return f"readonly [{', '.join(_type(item, indent) for item in schema['prefixItems'])}]"
    item = _type(schema.get("items", {}), indent)
    return f"readonly {item}[]" if re.fullmatch(r"\w+", item) else f"readonly ({item})[]"


def _comment(schema: Schema) -> str:
    said = " ".join(str(schema.get("description", "")).split())
    return f"/** {said} */\n" if said else ""
