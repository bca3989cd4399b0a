"""The JSON Schema of events as clients read them, made from the types that the log is made of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, get_args

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import WithDefaultSchema
from typing_extensions import override

from services.domain.events.vocabulary import ENVELOPE, WIRE_PREFIX, RunEvent, Token

Schema = dict[str, Any]

DEFINITIONS: Final = "#/$defs/{model}"

_TYPES: Final = (*get_args(RunEvent), Token)
_HEAD: Final[Mapping[str, Schema]] = {
    "seq": {"type": "integer", "minimum": 1, "description": "Its place in the log of its run."},
    "run_id": {"type": "string", "description": "The run."},
}


class _WithoutDefaults(GenerateJsonSchema):
    """Whoever reads events has no use for what their writer may leave out."""

    @override
    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])


def event_schema() -> Schema:
    """The JSON Schema of one event."""
    schemas = event_schemas(DEFINITIONS)
    union = schemas.pop("Event")
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Event"}
    return dialect | union | {"$defs": schemas}


def event_schemas(ref_template: str) -> dict[str, Schema]:
    """`Event`, which is one of all types, the types, and what they are made of, by name."""
    found: dict[str, Schema] = {}
    for cls in _TYPES:
        schema = TypeAdapter[Any](cls).json_schema(
            ref_template=ref_template, schema_generator=_WithoutDefaults
        )
        found |= schema.pop("$defs", {})
        found[cls.__name__] = _on_the_wire(cls, schema)
    options = [{"$ref": ref_template.format(model=cls.__name__)} for cls in _TYPES]
    union = {"oneOf": options, "description": "Something that happened to a run."}
    return {"Event": union} | dict(sorted(found.items()))


def _on_the_wire(cls: type[Any], schema: Schema) -> Schema:
    """What is special to an event stands in `data`; what all events of its kind have, beside it."""
    parts, needed = schema["properties"], schema["required"]
    data = {name: part for name, part in parts.items() if name not in ENVELOPE}
    envelope = {name: part for name, part in parts.items() if name in ENVELOPE}
    head = {name: part for name, part in _HEAD.items() if name != "seq" or cls is not Token}
    if "attempt" in data:
        envelope["attempt"] = data["attempt"]
    return {
        "type": "object",
        "title": cls.__name__,
        "description": schema["description"],
        "properties": {
            "type": {"const": WIRE_PREFIX + cls.type},
            **head,
            **envelope,
            "data": {
                "type": "object",
                "properties": data,
                "required": [name for name in needed if name in data],
                "additionalProperties": False,
            },
        },
        "required": ["type", *head, *envelope, "data"],
        "additionalProperties": False,
    }
