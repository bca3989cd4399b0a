"""Short ways to write the visits, stops and runs of a test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from services.domain.debugging import Debugging
from services.domain.events.stops import NodePaused, Place, Position, StopReason
from services.domain.events.vocabulary import NodeCompleted, NodeStarted
from services.domain.runs import Run, RunStatus
from workflow_compiler import Plan, parse, plan

AT = datetime(2026, 1, 1, tzinfo=UTC)


def paused(
    node: str,
    position: Position = Position.BEFORE,
    reason: StopReason = StopReason.STEP,
    at: datetime = AT,
    **more: Any,
) -> NodePaused:
    visit = {"node_id": node, "visit": 1, "position": position, "reason": reason}
    return NodePaused(at=at, **visit | more)


def begun(node: str, visit: int = 1, path: str = "") -> NodeStarted:
    return NodeStarted(at=AT, node_id=node, path=path, visit=visit, input={})


def done(node: str, visit: int = 1, path: str = "") -> NodeCompleted:
    return NodeCompleted(at=AT, node_id=node, path=path, visit=visit, output=None)


def run_of(
    debugging: Debugging | None, status: RunStatus = RunStatus.RUNNING, *, is_held: bool = False
) -> Run:
    return Run(
        id="r",
        project_id="p",
        workflow_id="w",
        version=1,
        created_at=AT,
        status=status,
        debugging=debugging,
        is_held=is_held,
    )


def place(node: str, path: str = "", visit: int = 1) -> Place:
    return Place(node_id=node, path=path, visit=visit)


def step(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "type": "transform", "config": {"expression": "1"}, **more}


def effect(name: str, **more: Any) -> dict[str, Any]:
    """A node that touches the world."""
    return {"id": name, "type": "http", "config": {"url": "https://example.com"}, **more}


def plan_of(
    *nodes: dict[str, Any], edges: str = "", ways: Sequence[dict[str, Any]] = (), **more: Any
) -> Plan:
    """A plan with edges such as `a>b b>c`, whose ids are written so, and with `ways` in full."""
    pairs = [(each, *each.split(">")) for each in edges.split()]
    wired = [{"id": name, "source": source, "target": target} for name, source, target in pairs]
    return plan(parse({"name": "w", "nodes": list(nodes), "edges": [*wired, *ways], **more}))
