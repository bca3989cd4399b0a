"""Finishes the OpenAPI document: what tags are about, what errors look like, what is left out."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from fastapi import FastAPI

from api.access import OPEN
from api.schemas import ProblemDocument

_TAGS: Final = [
    {"name": "workflows", "description": "Store, find, examine and draw workflows."},
    {"name": "runs", "description": "Create, execute, stop, read and compare runs."},
    {"name": "debugging", "description": "Stop runs, step through them, change and fork them."},
    {"name": "threads", "description": "Runs that follow one another and share variables."},
    {"name": "schedules", "description": "Runs that begin by themselves."},
    {"name": "waits", "description": "Answer what runs wait for: tasks and signals."},
    {"name": "webhooks", "description": "Have addresses outside told of events."},
    {"name": "access", "description": "Projects, the keys to them, and who changed what."},
    {"name": "catalogue", "description": "What definitions may say, and what the socket says."},
    {"name": "health", "description": "Whether the server lives and works."},
]


_SCHEMES: Final = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "An API key. A server that has none asks for none.",
    }
}
_ANY_SCHEME: Final[list[dict[str, list[str]]]] = [{name: []} for name in _SCHEMES]


def describe(app: FastAPI) -> None:
    """Have the application give out the finished document."""
    app.openapi_tags = _TAGS
    generate = app.openapi

    @cache
    def finished() -> dict[str, Any]:
        document = generate()
        schema = ProblemDocument.model_json_schema(
            ref_template="#/components/schemas/{model}", mode="serialization"
        )
        parts = schema.pop("$defs", {})
        document["components"]["schemas"] |= parts | {ProblemDocument.__name__: schema}
        for parameter in _parameters(document):
            parameter["schema"] = _without_null(parameter["schema"])
        document["components"]["securitySchemes"] = _SCHEMES
        for path, operations in document["paths"].items():
            for operation in operations.values():
                operation["security"] = [] if path in OPEN else _ANY_SCHEME
        return document

    app.openapi = finished  # type: ignore[method-assign] # the framework's own way to extend it


def _parameters(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in document["paths"].values():
        for operation in operations.values():
            yield from operation.get("parameters", ())


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter that nobody gives is left out; `null` in an address or a header is a text."""
    options = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(options) != 1:
        return schema
    about = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**options[0], **about}
