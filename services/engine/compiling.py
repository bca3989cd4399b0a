"""Stored versions to compiled workflows."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from services.store.workflows import StoredVersion
from workflow_compiler import CompileCache, CompiledWorkflow, Registry, compile_workflow, parse
from workflow_compiler.planning import SLOW
from workflow_compiler.registry import Work


class Compiler:
    """Compiles through the cache and off the event loop."""

    def __init__(self, registry: Registry, cache: CompileCache) -> None:
        self.registry = registry
        self.cache = cache

    async def compiled(
        self, version: StoredVersion, slow: Collection[Work] = SLOW
    ) -> CompiledWorkflow:
        """The compiled graph of a stored version, in which nothing waits for `slow` work beside it.

        Raises:
            DefinitionError: what was valid when it was stored is not any more, because a node
                type or a function is gone.
        """

        def compile_now() -> CompiledWorkflow:
            return compile_workflow(parse(dict(version.definition)), self.registry, slow=slow)

        name = "+".join([version.fingerprint, *sorted(frozenset(slow) - SLOW)])
        if (found := self.cache.peek(name)) is not None:
            return found
        return await asyncio.to_thread(self.cache.get, name, compile_now)
