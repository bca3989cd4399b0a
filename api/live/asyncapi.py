"""The AsyncAPI document of the socket, made from the types of its messages and events."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any, Final, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from api.event_schema import event_schemas
from api.live.messages import PROTOCOL, SERVER_MESSAGES, Message

_SCHEMAS: Final = "#/components/schemas/{model}"
_EVENT: Final = "EventMessage"

_DESCRIPTION: Final = f"""Runs and projects, shown live. Ask for the subprotocol `{PROTOCOL}`.

The events of a run come in the order of their `seq`, each once: first those that the log has after
`after_seq`, then live. After a cut, subscribe again with the last `seq` that you have. The same
stream is there as server-sent events: see the OpenAPI document, `stream_run_events`.

Close codes: 4400 bad message, 4401 no or wrong key, 4403 foreign origin, 4404 nothing of what was
asked for is there or yours, 4429 too many subscriptions or sockets, 1009 message too big, 1012 the
server stops, 1013 come back later: the client reads too slowly, or the database is
away."""


def asyncapi() -> dict[str, Any]:
    """The AsyncAPI 3 document."""
    heard = [model.__name__ for model in get_args(Message)]
    told = [*(model.__name__ for model in SERVER_MESSAGES), _EVENT]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Workflows, live",
            "version": version("workflow-compiler"),
            "description": _DESCRIPTION,
        },
        "defaultContentType": "application/json",
        "channels": {
            "socket": {
                "address": "/api/v1/ws",
                "messages": {name: _ref("messages", name) for name in (*heard, *told)},
            }
        },
        "operations": {
            "hear": _operation("receive", "What a client says.", heard),
            "tell": _operation("send", "What the server says.", told),
        },
        "components": {
            "messages": {name: _message(name) for name in (*heard, *told)},
            "schemas": _schemas(),
        },
    }


def _operation(action: str, summary: str, names: list[str]) -> dict[str, Any]:
    messages = [{"$ref": f"#/channels/socket/messages/{name}"} for name in names]
    channel = {"$ref": "#/channels/socket"}
    return {"action": action, "summary": summary, "channel": channel, "messages": messages}


def _message(name: str) -> dict[str, Any]:
    return {"name": name, "payload": _ref("schemas", name)}


def _schemas() -> dict[str, Any]:
    models: list[type[BaseModel]] = [*get_args(Message), *SERVER_MESSAGES]
    made: dict[str, Any] = models_json_schema(
        [(model, "validation") for model in models], ref_template=_SCHEMAS
    )[1]["$defs"]
    for model in models:
        schema = made[model.__name__]
        schema["required"] = sorted({"type", *schema.get("required", ())})
    return event_schemas(_SCHEMAS) | {_EVENT: _event_message()} | made


def _event_message() -> dict[str, Any]:
    return {
        "type": "object",
        "title": _EVENT,
        "description": "One event of a subscription.",
        "properties": {"type": {"const": "event"}, "event": _ref("schemas", "Event")},
        "required": ["type", "event"],
        "additionalProperties": False,
    }


def _ref(section: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{section}/{name}"}
