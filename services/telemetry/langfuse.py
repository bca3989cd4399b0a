"""Tells Langfuse of runs through its LangChain callback; its own variables say where and who."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from langfuse import Langfuse
from langfuse.langchain import CallbackHandler
from langfuse.types import TraceContext
from opentelemetry.sdk.trace import TracerProvider

from services.ports import Execution, Tap
from services.telemetry.callbacks import calling_back
from workflow_compiler.ports import unheard

_PATIENCE_SECONDS: Final = 2
"""A batch that Langfuse does not take within this time is given up."""


class LangfuseRuns:
    """An observer: each execution of a run is in the trace with the run's id.

    What is said to models goes there too. A thread sends it in batches; a Langfuse that is away
    costs a warning in the log.
    """

    def __init__(self, public_key: str | None) -> None:
        self._public_key = public_key  # by which it tells its clients apart

    @asynccontextmanager
    async def follow(self, execution: Execution) -> AsyncIterator[Tap]:
        """Have all that LangChain calls in the block told."""
        run = execution.run
        trace = TraceContext(trace_id=run.id.replace("-", ""))
        metadata = {
            "langfuse_session_id": run.thread_id,
            "langfuse_tags": [execution.plan.name],
            "run_id": run.id,
            "project_id": run.project_id,
        }
        handler = CallbackHandler(public_key=self._public_key, trace_context=trace)
        with calling_back(handler, metadata=metadata):
            yield unheard


@asynccontextmanager
async def open_langfuse() -> AsyncIterator[LangfuseRuns]:
    """Langfuse, while the block lasts; what is left goes out at its end."""
    # A provider of its own: by default it would take over the traces of the whole process.
    public_key = os.environ.get("LANGFUSE_PUBLIC_KEY")
    client = Langfuse(
        public_key=public_key,
        timeout=_PATIENCE_SECONDS,
        tracer_provider=TracerProvider(shutdown_on_exit=False),
    )
    try:
        yield LangfuseRuns(public_key)
    finally:
        await asyncio.to_thread(client.shutdown)
