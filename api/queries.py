"""Queries that say something that nobody knows: told, as in bodies, and not ignored."""

from __future__ import annotations

from typing import Any

from fastapi import Request, params
from fastapi.dependencies.utils import get_flat_params
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute


def must_be_known(request: Request) -> None:
    """Let a request go on whose query says nothing but what its route reads.

    Raises:
        RequestValidationError: it says something else.
    """
    route: APIRoute = request.scope["route"]
    if not (given := request.query_params):
        return
    fields = get_flat_params(route.dependant)
    if not all(isinstance(field.field_info, params.Param) for field in fields):
        return  # a filter is a closed type: it tells by itself all that is wrong
    known = {field.alias for field in fields if isinstance(field.field_info, params.Query)}
    if unknown := sorted(given.keys() - known):
        raise RequestValidationError([_unknown(name, given[name]) for name in unknown])


def _unknown(name: str, value: str) -> dict[str, Any]:
    """What is wrong with a part of a query, as it is told of closed types."""
    message = "Extra inputs are not permitted"
    return {"type": "extra_forbidden", "loc": ("query", name), "msg": message, "input": value}
