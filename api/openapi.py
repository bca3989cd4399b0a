"""Finishes the OpenAPI document: what each tag is about, and what errors look like."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

from fastapi import FastAPI

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
        return document

    app.openapi = finished  # type: ignore[method-assign] # the framework's own way to extend it
