"""Finishes the OpenAPI document: what each tag is about, and errors in their own media type."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from fastapi import FastAPI

from api.problems import MEDIA_TYPE

_FIRST_ERROR: Final = 400
_TAGS: Final = [
    {"name": "workflows", "description": "Store, find, examine and draw workflows."},
    {"name": "runs", "description": "Create, execute, cancel and read runs."},
    {"name": "threads", "description": "Runs that follow one another and share variables."},
    {"name": "schedules", "description": "Runs that begin by themselves."},
    {"name": "waits", "description": "Answer what runs wait for: tasks and signals."},
    {"name": "catalogue", "description": "What definitions may say."},
    {"name": "health", "description": "Whether the server lives and works."},
]


def describe(app: FastAPI) -> None:
    """Have the application give out the finished document."""
    app.openapi_tags = _TAGS
    generate = app.openapi

    @cache
    def finished() -> dict[str, Any]:
        document = generate()
        for response in _error_responses(document):
            content = response["content"]
            content[MEDIA_TYPE] = content.pop("application/json")
        return document

    app.openapi = finished  # type: ignore[method-assign] # the framework's own way to extend it


def _error_responses(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if int(status) >= _FIRST_ERROR:
                    yield response
