"""`http`: one HTTP request, sent by the run's `Http` port, which guards where it may go."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import AfterValidator, Field, JsonValue

from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.ports import HttpRequest, HttpResponse, NodeContext
from workflow_compiler.registry import NodeConfig, NodeType, Work

_FIRST_FAILURE = 400

_OURS = frozenset(
    {"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"}
)
"""Headers that say how the request travels; setting them could make it another request."""


def _without_ours(headers: dict[str, str]) -> dict[str, str]:
    for name in headers:
        if name.lower() in _OURS:
            msg = f"the header {name!r} is set by the sender; leave it out"
            raise ValueError(msg)
    return headers


def _flat(query: dict[str, JsonValue]) -> dict[str, JsonValue]:
    for name, value in query.items():
        parts = value if isinstance(value, list) else [value]
        if any(isinstance(part, dict | list) for part in parts):
            msg = f"the parameter {name!r} is nested; write a text, a number, or a list of these"
            raise ValueError(msg)
    return query


class HttpConfig(NodeConfig):
    """Config of `http`."""

    method: Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] = Field(
        "GET", description="The request's method."
    )
    url: str = Field(description="Where to send it: an http or https URL.")
    headers: Annotated[dict[str, str], AfterValidator(_without_ours)] = Field(
        default_factory=dict, description="The request's headers."
    )
    query: Annotated[dict[str, JsonValue], AfterValidator(_flat)] = Field(
        default_factory=dict, description="Parameters to add to the URL; a list repeats its name."
    )
    body: JsonValue = Field(
        None, description="What to send: a text as it stands, anything else as JSON."
    )
    timeout: float | None = Field(
        None, gt=0, le=3600, description="Seconds for all of it; the node's timeout holds as well."
    )
    fail_on_status: bool = Field(
        False, description="Whether a status of 400 or above fails the node."
    )


async def _send(config: HttpConfig, context: NodeContext) -> dict[str, Any]:
    response = await context.run.http.send(_request(config, context.idempotency_key))
    if config.fail_on_status and response.status >= _FIRST_FAILURE:
        message = f"{config.method} {config.url} was answered with {_status(response.status)}"
        raise NodeError(ErrorType.EXECUTION, message)
    headers = dict(response.headers)
    return {"status": response.status, "headers": headers, "body": _body(response)}


def _request(config: HttpConfig, idempotency_key: str) -> HttpRequest:
    content, content_type = _content(config.body)
    headers = {"content-type": content_type} if content else {}
    if config.method not in {"GET", "HEAD", "OPTIONS"}:
        headers["idempotency-key"] = quote(idempotency_key, safe=":")  # ids may be any text
    given = {name.lower(): value for name, value in config.headers.items()}
    return HttpRequest(
        method=config.method,
        url=config.url,
        headers=headers | given,
        query=config.query,
        content=content,
        timeout_seconds=config.timeout,
    )


def _content(body: JsonValue) -> tuple[bytes, str]:
    match body:
        case None:
            return b"", ""
        case str():
            return body.encode(), "text/plain; charset=utf-8"
        case _:
            return json.dumps(body).encode(), "application/json"


def _body(response: HttpResponse) -> Any:
    """What the server says is JSON, as data; what it only says is JSON, as text like the rest."""
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" and not kind.endswith("+json"):
        return response.text
    try:
        return json.loads(response.text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return response.text


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _status(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


HTTP = NodeType(
    name="http",
    description="Sends one HTTP request; output {status, headers, body}.",
    config=HttpConfig,
    behaviour=_send,
    work=Work.IO,
    sends=True,
)
