"""Compiled graphs, kept by fingerprint: one compile for however many ask."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from workflow_compiler.compiler import CompiledWorkflow


@dataclass(frozen=True, slots=True)
class CacheCounts:
    """How a cache has done so far."""

    hits: int
    misses: int
    evictions: int
    size: int


class CompileCache:
    """The most recently used compiled workflows.

    Compiled graphs hold no state of a run, so one serves any number of runs at once. Threads that
    ask for the same fingerprint at the same time wait for one compile.
    """

    def __init__(self, capacity: int = 256) -> None:
        """Keep up to `capacity` workflows.

        Raises:
            ValueError: the capacity is not positive.
        """
        if capacity < 1:
            msg = f"a cache holds at least one workflow, not {capacity}"
            raise ValueError(msg)
        self._capacity = capacity
        self._entries: OrderedDict[str, CompiledWorkflow] = OrderedDict()
        self._lock = Lock()
        self._compiling: dict[str, Lock] = {}
        self._hits = self._misses = self._evictions = 0

    def get(self, fingerprint: str, compile_: Callable[[], CompiledWorkflow]) -> CompiledWorkflow:
        """The workflow with this fingerprint; compiled now if it is not there.

        Raises:
            DefinitionError: what `compile_` raises; nothing is kept then.
        """
        if (found := self.peek(fingerprint)) is not None:
            return found
        with self._lock:
            turn = self._compiling.setdefault(fingerprint, Lock())
        with turn:
            if (found := self.peek(fingerprint)) is not None:
                return found
            try:
                return self._keep(fingerprint, compile_())
            finally:
                self._compiling.pop(fingerprint, None)

    def peek(self, fingerprint: str) -> CompiledWorkflow | None:
        """The workflow with this fingerprint, if it is there."""
        with self._lock:
            found = self._entries.get(fingerprint)
            if found is not None:
                self._entries.move_to_end(fingerprint)
                self._hits += 1
            return found

    def counts(self) -> CacheCounts:
        """Hits, misses, evictions and size."""
        with self._lock:
            return CacheCounts(self._hits, self._misses, self._evictions, len(self._entries))

    def _keep(self, fingerprint: str, compiled: CompiledWorkflow) -> CompiledWorkflow:
        with self._lock:
            self._misses += 1
            self._entries[fingerprint] = compiled
            if len(self._entries) > self._capacity:
                self._entries.popitem(last=False)
                self._evictions += 1
        return compiled
