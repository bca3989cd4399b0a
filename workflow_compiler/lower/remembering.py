"""Results of nodes that stand for the same node with the same input, through the run's cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from workflow_compiler.planning import PlannedNode
from workflow_compiler.ports import NodeCache
from workflow_compiler.registry import Completed


class Memory:
    """What the cache knows about one visit; nothing where the node does not ask for it.

    Attributes:
        recalled: Whether the result is that of an earlier visit.
    """

    def __init__(self, node: PlannedNode, cache: NodeCache) -> None:
        self._type = node.type
        self._seconds = node.cache_seconds
        self._cache = cache
        self._key: str | None = None
        self.recalled = False

    async def recall(self, values: Mapping[str, Any]) -> Completed | None:
        """The result of an earlier visit with the same resolved config."""
        if self._seconds is None:
            return None
        # Whose runs may share results is the cache's business, so the key does not say.
        text = json.dumps([self._type.name, self._type.version, values], sort_keys=True)
        self._key = hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()
        found = await self._cache.get(self._key)
        self.recalled = found is not None
        return None if found is None else Completed(**json.loads(found))

    async def keep(self, output: Any, variables: Mapping[str, Any], handle: str | None) -> None:
        """Remember a result; what it cost was paid once, so that is no part of it."""
        if self._seconds is None or self._key is None or self.recalled:
            return
        result = {"output": output, "variables": variables, "handle": handle}
        await self._cache.put(self._key, json.dumps(result).encode(), self._seconds)
