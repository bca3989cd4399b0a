"""Where the pins of a run that is debugged come from, beside those that somebody gives by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from services.domain.chronicle import Visited
from services.domain.debug.breaking import unknown
from services.domain.debug.recording import pins_of
from services.domain.events.stops import Pinned
from services.errors import InputProblem
from workflow_compiler import Plan
from workflow_compiler.history import VisitKey


def pins_in(definition: Mapping[str, Any]) -> tuple[Pinned, ...]:
    """Those that are kept in a definition: `pinned` of its nodes, for all of their visits."""
    nodes = (node for node in definition["nodes"] if node.get("pinned") is not None)
    return tuple(Pinned(node_id=node["id"], output=node["pinned"]) for node in nodes)


def pins_from(plan: Plan, visits: Mapping[VisitKey, Visited]) -> Iterator[Pinned]:
    """What visits of nodes that touch the world came to in a run of this plan; failures are none.

    A failure cannot be pinned: such a visit does its work again.
    """
    for node_id, found in pins_of(plan, visits).items():
        for visit in found:
            if not visit.fails:
                yield Pinned(
                    node_id=node_id,
                    path=visit.path,
                    visit=visit.visit,
                    output=visit.output,
                    writes=visit.writes,
                )


def pin_problems(plan: Plan, pins: Sequence[Pinned]) -> list[InputProblem]:
    """The pins of nodes that are not there; the pointers lead into their list."""
    known = [node.id for node in plan.nodes]
    return [
        InputProblem(
            pointer=f"/{number}/node_id",
            code="unknown-node",
            detail=unknown("node", pin.node_id, known),
        )
        for number, pin in enumerate(pins)
        if pin.node_id not in known
    ]
