"""What may be said here: the node types, the schemas, and the description of the socket."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.access import READ
from api.definition_schema import definition_schema
from api.deps import ServicesDep, errors
from api.event_schema import event_schema
from api.live.asyncapi import asyncapi
from api.schemas import NodeTypeInfo, Page
from workflow_compiler import NodeType

router = APIRouter(tags=["catalogue"])


@router.get(
    "/node-types",
    operation_id="list_node_types",
    summary="List the types of nodes",
    responses=errors(),
    dependencies=READ,
)
async def list_node_types(services: ServicesDep) -> Page[NodeTypeInfo]:
    """Every type that definitions may use here, with the schema of its config."""
    types = sorted(services.registry.types.values(), key=lambda node_type: node_type.name)
    return Page(items=[_info(node_type) for node_type in types], next_cursor=None)


@router.get(
    "/schemas/definition",
    operation_id="get_definition_schema",
    summary="Read the JSON Schema of definitions",
    responses=errors(),
    dependencies=READ,
)
async def get_definition_schema() -> dict[str, Any]:
    """The canonical form; other spellings are accepted too."""
    return definition_schema()


@router.get(
    "/schemas/event",
    operation_id="get_event_schema",
    summary="Read the JSON Schema of events",
    responses=errors(),
    dependencies=READ,
)
async def get_event_schema() -> dict[str, Any]:
    """What the log, the socket and the server-sent events are made of."""
    return event_schema()


@router.get(
    "/asyncapi.json",
    operation_id="get_asyncapi",
    summary="Read the AsyncAPI document of the socket",
    responses=errors(),
    dependencies=READ,
)
async def get_asyncapi() -> dict[str, Any]:
    """Every message that goes over the socket, in both directions, with the events."""
    return asyncapi()


def _info(node_type: NodeType) -> NodeTypeInfo:
    return NodeTypeInfo(
        name=node_type.name,
        description=node_type.description,
        version=node_type.version,
        decides=node_type.cases is not None,
        handles=node_type.handles,
        default_timeout_seconds=node_type.default_timeout_seconds,
        config_schema=node_type.config.model_json_schema(),
    )
