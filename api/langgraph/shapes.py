"""Assistants, threads and runs as clients read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from api.langgraph.snapshots import interrupt_json
from services.domain.events.frames import wire_time
from services.domain.runs import Run, RunStatus
from services.domain.threads import ThreadRecord
from services.store.workflows import StoredVersion, StoredWorkflow
from services.usecases.interrupts import Stop
from workflow_compiler.errors import ErrorType

ASSISTANT_METADATA: Final[Mapping[str, Any]] = MappingProxyType({"created_by": "system"})
"""All assistants have the same: nobody made them for themselves."""

_STATUSES: Mapping[RunStatus, str] = {
    RunStatus.PENDING: "pending",
    RunStatus.RUNNING: "running",
    RunStatus.WAITING: "running",
    RunStatus.PAUSED: "running",
    RunStatus.CANCELLING: "running",
    RunStatus.COMPLETED: "success",
    RunStatus.FAILED: "error",
    RunStatus.CANCELLED: "interrupted",
}
"""A run that rests is `interrupted` where it has stopped for somebody; else it goes on alone."""


def selected(shown: Sequence[Mapping[str, Any]], names: Sequence[str] | None) -> list[Any]:
    """What a client wants to see of each: the fields that it names, or all."""
    if not names:
        return list(shown)
    return [{name: each[name] for name in names if name in each} for each in shown]


def fits(values: Mapping[str, Any] | None, wanted: Mapping[str, Any] | None) -> bool:
    """Whether all that is wanted is there, also deep inside of objects."""
    return all(_holds((values or {}).get(key), value) for key, value in (wanted or {}).items())


def _holds(found: Any, wanted: Any) -> bool:
    if isinstance(found, Mapping) and isinstance(wanted, Mapping):
        return fits(found, wanted)
    return bool(found == wanted)


def run_status(run: Run, stop: Stop | None) -> str:
    """Where a run stands, in the clients' words."""
    if stop is not None:
        return "interrupted"
    if run.error is not None and run.error.type is ErrorType.DEADLINE:
        return "timeout"
    return _STATUSES[run.status]


def run_json(run: Run, stop: Stop | None, request: Mapping[str, Any]) -> dict[str, Any]:
    """A run; `request` is what a client said when it asked for it."""
    return {
        "run_id": run.id,
        "thread_id": run.thread_id,
        "assistant_id": run.workflow_id,
        "metadata": request.get("metadata") or {},
        "status": run_status(run, stop),
        "kwargs": dict(request) or {"input": run.input},
        "multitask_strategy": request.get("multitask_strategy", "enqueue"),
        "created_at": wire_time(run.created_at),
        "updated_at": wire_time(run.finished_at or run.started_at or run.created_at),
    }


def thread_status(current: Run | None, stop: Stop | None) -> str:
    """Where a thread stands whose current run this is."""
    if current is None:
        return "idle"
    if stop is not None:
        return "interrupted"
    if current.status is RunStatus.FAILED:
        return "error"
    return "idle" if current.is_over else "busy"


def thread_json(
    record: ThreadRecord, current: Run | None, stop: Stop | None, values: Mapping[str, Any]
) -> dict[str, Any]:
    """A thread with the values that it has come to."""
    changed = _changed(record, current)
    interrupts = stop.interrupts if stop is not None else ()
    return {
        "thread_id": record.id,
        "created_at": wire_time(record.created_at),
        "updated_at": changed,
        "state_updated_at": changed,
        "metadata": dict(record.metadata),
        "status": thread_status(current, stop),
        "config": {},
        "values": dict(values) or None,
        "interrupts": {each.id: [interrupt_json(each)] for each in interrupts},
        "error": _error(current),
    }


def assistant_json(workflow: StoredWorkflow, description: str | None = None) -> dict[str, Any]:
    """A workflow as an assistant; its name is the name of the graph."""
    return {
        "assistant_id": workflow.id,
        "graph_id": workflow.name,
        "config": {},
        "context": {},
        "metadata": dict(ASSISTANT_METADATA),
        "name": workflow.name,
        "description": description,
        "version": workflow.head_version,
        "created_at": wire_time(workflow.created_at),
        "updated_at": wire_time(workflow.updated_at),
    }


def schemas_json(version: StoredVersion) -> dict[str, Any]:
    """What a workflow takes, gives and remembers, as JSON Schemas."""
    anything: dict[str, Any] = {"type": "object"}
    definition = version.definition
    outputs: dict[str, Any] = {name: {} for name in definition.get("output") or {}}
    variables: dict[str, Any] = {name: {} for name in definition.get("variables") or {}}
    return {
        "graph_id": version.name,
        "input_schema": definition.get("input_schema") or anything,
        "output_schema": {**anything, "properties": outputs},
        "state_schema": {**anything, "properties": {**variables, **outputs}},
        "config_schema": anything,
        "context_schema": anything,
    }


def graph_json(version: StoredVersion) -> dict[str, Any]:
    """The graph as LangChain draws it: the nodes outside of containers, and how they follow."""
    nodes = [node for node in version.definition["nodes"] if "parent" not in node]
    ids = {node["id"] for node in nodes}
    all_edges = version.definition.get("edges", ())
    edges = [edge for edge in all_edges if edge["source"] in ids and edge["target"] in ids]
    entered, left = {edge["target"] for edge in edges}, {edge["source"] for edge in edges}
    return {
        "nodes": [
            {"id": "__start__", "type": "runnable", "data": {"name": "__start__"}},
            *({"id": n["id"], "type": "runnable", "data": {"name": n["type"]}} for n in nodes),
            {"id": "__end__"},
        ],
        "edges": [
            *({"source": "__start__", "target": n["id"]} for n in nodes if n["id"] not in entered),
            *(_edge(edge) for edge in edges),
            *({"source": n["id"], "target": "__end__"} for n in nodes if n["id"] not in left),
        ],
    }


def _edge(edge: Mapping[str, Any]) -> dict[str, Any]:
    why = edge.get("condition") or edge.get("source_handle")
    shown = {"source": edge["source"], "target": edge["target"]}
    return {**shown, "conditional": True, "data": why} if why else shown


def _changed(record: ThreadRecord, current: Run | None) -> str:
    if current is None:
        return wire_time(record.updated_at)
    moved = current.finished_at or current.started_at or current.created_at
    return wire_time(max(record.updated_at, moved))


def _error(run: Run | None) -> dict[str, str] | None:
    if run is None or run.error is None:
        return None
    return {"error": run.error.type, "message": run.error.message}
