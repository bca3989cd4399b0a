"""Sub-runs inside the library: each workflow of a table runs where it is asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import Context
from dataclasses import dataclass
from typing import Any

from workflow_compiler import NodeError, Registry, compile_workflow, parse
from workflow_compiler.lower import NodeFailedError
from workflow_compiler.ports import Reporter, SubRun, SubRunEnded


@dataclass(frozen=True)
class LibrarySubRuns:
    """Runs workflows by name, without a store."""

    documents: Mapping[str, Mapping[str, Any]]
    registry: Registry

    async def run(self, wanted: SubRun, report: Reporter) -> SubRunEnded:
        del report
        workflow = compile_workflow(parse(dict(self.documents[wanted.workflow])), self.registry)
        start = workflow.initial_state(wanted.input)
        async with asyncio.TaskGroup() as tasks:
            running = tasks.create_task(_ended(workflow.graph, start), context=Context())
        match running.result():
            case NodeFailedError(failure=failure):
                raise NodeError(failure.type, failure.message)
            case state:
                return SubRunEnded(output=workflow.output(state), usage=None)


async def _ended(graph: Any, start: Any) -> Any:
    try:
        return await graph.ainvoke(start)
    except NodeFailedError as error:
        return error
