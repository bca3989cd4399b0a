"""Which trace a run belongs to, and what its spans are called, in every process alike.

The ids follow from the run. So whoever goes on with a run after a crash goes on with its trace too,
and a span may be named as a parent before it is over, or in another process than the one that
tells of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final
from uuid import UUID

from typing_extensions import override

from workflow_compiler.history import VisitKey

_SAMPLED: Final = 1
_TRACEPARENT: Final = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})"
    r"(?:-.*)?"
)


@dataclass(frozen=True, slots=True)
class SpanRef:
    """A span by its ids, as W3C Trace Context has it."""

    trace_id: int
    span_id: int
    is_sampled: bool = True

    @classmethod
    def parse(cls, traceparent: str | None) -> SpanRef | None:
        """What a header names; None where it is none, or names nothing."""
        match = _TRACEPARENT.fullmatch(traceparent or "")
        if match is None:
            return None
        trace_id, span_id = int(match["trace"], 16), int(match["span"], 16)
        is_sampled = bool(int(match["flags"], 16) & _SAMPLED)
        return cls(trace_id, span_id, is_sampled) if trace_id and span_id else None

    @override
    def __str__(self) -> str:
        return f"00-{self.trace_id:032x}-{self.span_id:016x}-{int(self.is_sampled):02x}"


def span_of_run(run_id: str, traceparent: str | None) -> SpanRef:
    """The span of a run: in the trace of whoever asked for it, else in one of its own."""
    parent = SpanRef.parse(traceparent)
    if parent is None:
        return SpanRef(UUID(run_id).int, _id_of(run_id))
    return SpanRef(parent.trace_id, _id_of(run_id), parent.is_sampled)


def span_of_visit(run: SpanRef, run_id: str, visit: VisitKey) -> SpanRef:
    """The span of a visit, in the trace of its run."""
    return SpanRef(run.trace_id, _id_of(run_id, *map(str, visit)), run.is_sampled)


def _id_of(*names: str) -> int:
    """The same for the same names, and never 0."""
    return int.from_bytes(blake2b("\0".join(names).encode(), digest_size=8).digest()) or 1
