"""Races: `any` joins that are to fire while others of their graph are still at work.

LangGraph applies what a superstep brings when all of it is there, so an `any` join in it would fire
with the slowest branch and not with the fastest. A level in which one has to be in time therefore
has no supersteps: its parts begin one by one, as their tokens come. That is only done where the
order in which tokens come cannot change who is visited how often.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from workflow_compiler.topology.graph import Graph
from workflow_compiler.topology.stalls import Stalls


class Pace(StrEnum):
    """How the parts of a level follow each other: step by step, or each when its tokens come."""

    SUPERSTEPS = "supersteps"
    TOKENS = "tokens"


class Hindrance(StrEnum):
    """Why an `any` join fires at the end of a superstep, though something slow is beside it."""

    AGAIN = "a loop may bring it tokens more than once in a turn"
    BESIDE = "it shares its supersteps with another `any` join that must keep to them"


@dataclass(frozen=True, slots=True)
class Late:
    """An `any` join that should run a race and cannot."""

    join: int
    hindrance: Hindrance


@dataclass(frozen=True, slots=True)
class Track:
    """Where races may be run.

    Attributes:
        graph: The whole graph.
        anys: The joins of kind `any` that several tokens may be on their way to.
        waits: The nodes that wait for the world.
        stalls: Whether what is quick would wait for them.
        again: The nodes from which on others may fire more than once in a turn, since a loop is
            left while something goes on in it.
    """

    graph: Graph
    anys: Collection[int]
    waits: Collection[int]
    stalls: Stalls
    again: Collection[int]


def pace_of(
    track: Track, parts: Sequence[frozenset[int]], entries: Sequence[int]
) -> tuple[Pace, tuple[Late, ...]]:
    """The pace of a level with these nodes and regions, and the joins that are late by it."""
    anys = sorted(node for part in parts if len(part) == 1 for node in part & set(track.anys))
    slow = [join for join in anys if _waits_for_the_world(track, join)]
    if not slow:
        stalls = not _hindered(track, parts) and track.stalls.happen(parts, entries)
        return Pace.TOKENS if stalls else Pace.SUPERSTEPS, ()
    hindrances = {join: found for join in anys if (found := _hindrance(track, join))}
    if not hindrances:
        return Pace.TOKENS, ()
    late = (Late(join, hindrances.get(join, Hindrance.BESIDE)) for join in slow)
    return Pace.SUPERSTEPS, tuple(late)


def _waits_for_the_world(track: Track, join: int) -> bool:
    """Whether anything slow may be on its way to the join."""
    closure = track.graph.closure
    return any(closure[node] >> join & 1 for node in track.waits if node != join)


def _hindered(track: Track, parts: Sequence[frozenset[int]]) -> bool:
    """Whether how often something here is visited would depend on what ends first."""
    nodes = frozenset[int]().union(*parts)
    return not nodes.isdisjoint(track.graph.reached_from(track.again))


def _hindrance(track: Track, join: int) -> Hindrance | None:
    closure = track.graph.closure
    is_reached = any(closure[node] >> join & 1 for node in track.again)
    return Hindrance.AGAIN if is_reached else None
