"""Lines that are logged while a run is executed say where."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import structlog

from services.domain.selecting import RunSelection
from tests.support.service import run_of, service

INNER = {
    "name": "inner",
    "nodes": [{"id": "write", "type": "python", "config": {"function": "write"}}],
}
OUTER = {
    "name": "outer",
    "nodes": [
        {"id": "sub", "type": "subworkflow", "config": {"workflow": "inner", "input": {}}},
        {"id": "after", "type": "python", "config": {"function": "write_in_thread"}},
    ],
    "edges": [{"source": "sub", "target": "after"}],
}


async def test_a_line_names_its_run_and_its_visit(tmp_path: Path) -> None:
    seen: list[dict[str, Any]] = []

    async def write() -> None:
        seen.append(structlog.contextvars.get_contextvars())

    def write_in_thread() -> None:
        logging.getLogger("somebody").info("from a thread")
        seen.append(structlog.contextvars.get_contextvars())

    functions = {"write": write, "write_in_thread": write_in_thread}
    async with service(tmp_path, functions) as services:
        await services.workflows.publish("default", INNER)
        run = await run_of(services, OUTER)
        children = await services.runs.page("default", RunSelection(parent_run_id=run.id))

    (child,) = children.items
    assert seen == [
        {"run_id": child.id, "node_id": "write", "visit": 1, "path": ""},
        {"run_id": run.id, "node_id": "after", "visit": 1, "path": ""},
    ]
