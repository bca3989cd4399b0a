"""Stored versions to compiled workflows."""

from __future__ import annotations

import asyncio

from services.store.workflows import StoredVersion
from workflow_compiler import CompileCache, CompiledWorkflow, Registry, compile_workflow, parse


class Compiler:
    """Compiles through the cache and off the event loop."""

    def __init__(self, registry: Registry, cache: CompileCache) -> None:
        self.registry = registry
        self.cache = cache

    async def compiled(self, version: StoredVersion) -> CompiledWorkflow:
        """The compiled graph of a stored version.

        Raises:
            DefinitionError: what was valid when it was stored is not any more, because a node
                type or a function is gone.
        """

        def compile_now() -> CompiledWorkflow:
            return compile_workflow(parse(dict(version.definition)), self.registry)

        if (found := self.cache.peek(version.fingerprint)) is not None:
            return found
        return await asyncio.to_thread(self.cache.get, version.fingerprint, compile_now)
