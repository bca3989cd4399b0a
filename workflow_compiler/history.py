"""What a run has behind it, so that executing it again repeats nothing.

A run that lost its process is executed again from its start. Each visit whose end is known gives
that end out again instead of doing its work: the same output, the same writes, the same edges. What
a LangGraph graph does next depends on nothing else (nodes of a superstep are applied together and
in a fixed order, however long each of them took), so the run comes to where it was, and goes on.
Where there are no supersteps, visits come to their ends in the order of the log once more.
This is the deterministic replay of workflow engines such as Temporal, per visit of a node.

Edges are numbered as in the plan of the graph that is executed again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType
from typing import Any, TypeAlias

from workflow_compiler.errors import Origin
from workflow_compiler.trace import Failure, Write
from workflow_compiler.usage import Usage

VisitKey: TypeAlias = tuple[str, str, int]
"""Which visit of a run: node id, path, number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedVisit:
    """How a visit ended: `failure` is None when it completed, `origin` is where a failure began.

    `writes` are the values that it wrote into variables, in order; `taken` the edges that it took,
    none for a failure that no error edge took over; `returned`, that the run ended with it. `place`
    counts the ends of visits in the log.
    """

    attempt: int
    output: Any = None
    failure: Failure | None = None
    origin: Origin | None = None
    writes: tuple[Write, ...] = ()
    taken: tuple[int, ...] = ()
    returned: bool = False
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What the work of a visit came to that has not passed its tokens on yet."""

    output: Any
    writes: tuple[Write, ...] = ()
    handle: str | None = None
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunVisit:
    """How far a visit came that has no end: its last attempt, and how many attempts failed.

    `since` is when that attempt began, `usage` what those that are over used. `waits`: it was
    waiting, so that attempt was not lost and goes on. `failure`: the last attempt failed, and no
    other one was to follow; `origin` is where that failure began. `done`: it has done its work.
    """

    attempt: int
    failures: int
    since: datetime | None = None
    waits: bool = False
    failure: Failure | None = None
    origin: Origin | None = None
    usage: Usage | None = None
    done: Done | None = None


_NO_ENDED: Mapping[VisitKey, EndedVisit] = MappingProxyType({})
_NO_BEGUN: Mapping[VisitKey, BegunVisit] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The visits of earlier executions of a run; empty for one that begins.

    `stopped` are those that were cancelled because a neighbour failed, or what is in them did,
    which it will do again.
    """

    ended: Mapping[VisitKey, EndedVisit] = field(default_factory=lambda: _NO_ENDED)
    begun: Mapping[VisitKey, BegunVisit] = field(default_factory=lambda: _NO_BEGUN)
    stopped: Collection[VisitKey] = frozenset()
