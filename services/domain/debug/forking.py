"""Which events a fork of a run keeps, what it changes ahead of time, and what will happen again.

A fork leaves its run after an entry of the log. What had ended by then is kept, what was under way
begins anew. It can be changed before it begins; what has ended cannot.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.domain.bodies import Bodies
from services.domain.debug.commands import Edit
from services.domain.debug.fitting import misfits
from services.domain.events.base import NodeEvent
from services.domain.events.stops import Pinned, Place, Position, StateEdited, Target
from services.domain.events.vocabulary import (
    EdgeDecided,
    NodeCompleted,
    NodeFailed,
    NodeStarted,
    RunEvent,
)
from services.domain.reruns.going_on import From, chosen_visits, kept_places
from services.domain.story import Story
from services.errors import InputProblem
from workflow_compiler import Plan
from workflow_compiler.history import VisitKey
from workflow_compiler.pinning import is_pinned
from workflow_compiler.topology import loops_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """What somebody wants a visit to begin with, or to come to, that is yet to begin.

    Without a number it is the next visit of its node on that path.
    """

    node_id: str
    path: str = ""
    visit: int | None = None
    edits: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeat:
    """A visit that touched the world after the fork left its run, and will do so again."""

    place: Place
    is_pinned: bool


def seq_before(plan: Plan, events: Sequence[RunEvent], begin: From) -> int:
    """The entry of the log right before the first of these visits began.

    Raises:
        NotVisitedError: the node was never visited, or not there.
    """
    keys = {visit.key for visit in chosen_visits(plan, Story(plan, events), begin)}
    return next(
        place
        for place, event in enumerate(events)
        if isinstance(event, NodeEvent)
        if _key(event) in keys and not isinstance(event, StateEdited)
    )


def places_until(plan: Plan, events: Sequence[RunEvent], seq: int) -> list[int]:
    """The places in a log, from 0, of the events that a fork keeps which leaves it there."""
    told = [*range(seq), *_rest_of_ends(events, seq)]
    kept = kept_places(plan, [events[place] for place in told], None)
    return [told[place] for place in kept]


def _rest_of_ends(events: Sequence[RunEvent], seq: int) -> Iterator[int]:
    """An end has its decisions beside it in the log: one without the others is no moment."""
    ended = {_key(e) for e in events[:seq] if isinstance(e, NodeCompleted | NodeFailed)}
    for place in range(seq, len(events)):
        event = events[place]
        if isinstance(event, EdgeDecided) and _key(event) in ended:
            yield place


def placed(kept: Sequence[RunEvent], wish: Ahead) -> Place:
    """The visit that a wish is about."""
    if wish.visit is not None:
        return Place(node_id=wish.node_id, path=wish.path, visit=wish.visit)
    numbers = (key[2] for key in _begun(kept) if key[:2] == (wish.node_id, wish.path))
    return Place(node_id=wish.node_id, path=wish.path, visit=max(numbers, default=0) + 1)


def ahead_problems(
    plan: Plan, kept: Sequence[RunEvent], wishes: Sequence[Ahead]
) -> list[InputProblem]:
    """All that keeps visits from being changed like that; pointers lead into the wishes."""
    bodies, begun = Bodies(plan), _begun(kept)
    nodes = {node.id for node in plan.nodes}
    return [
        InputProblem(pointer=f"/edits/{number}{where}", code=code, detail=detail)
        for number, wish in enumerate(wishes)
        for where, code, detail in (
            _problems(plan, bodies, begun, wish, placed(kept, wish))
            if wish.node_id in nodes
            else [("/node_id", "unknown-node", f"there is no node {wish.node_id!r}")]
        )
    ]


def _problems(
    plan: Plan, bodies: Bodies, begun: set[VisitKey], wish: Ahead, place: Place
) -> Iterator[tuple[str, str, str]]:
    """Where, which and what."""
    around = bodies.containers(wish.node_id)
    if not bodies.is_path(wish.node_id, wish.path):
        inside = f"it lies in {around[-1]!r}: say in which body" if around else "it lies in none"
        yield "/path", "no-such-body", inside
    if place.key in begun:
        yield "/visit", "has-begun", f"visit {place.visit} had begun by then; leave the run earlier"
    elif place.visit > 1 and not _comes_again(plan, wish.node_id):
        yield "/visit", "never-comes", f"no loop leads to {wish.node_id!r}, so it has visit 1 alone"
    if not wish.edits:
        yield "", "missing", "what is to be otherwise: an input, an output or variables"
    for where, detail in misfits(plan, wish.node_id, wish.edits):
        yield f"/{where}", "misfit", detail


def _comes_again(plan: Plan, node_id: str) -> bool:
    """Whether a node may have several visits in one body: it lies in a loop, or behind one."""
    looped = {number for loop in loops_of(plan.graph) for number in loop.nodes}
    return any(plan.nodes[n].id == node_id for n in plan.graph.reached_from(looped))


def edited(place: Place, edits: Sequence[Edit], at: datetime) -> Iterator[StateEdited]:
    """The events that change a visit before it begins."""
    for edit in edits:
        yield StateEdited(
            node_id=place.node_id,
            path=place.path,
            visit=place.visit,
            position=Position.BEFORE,
            target=edit.target,
            name=edit.name,
            value=edit.value,
            at=at,
        )


def repeats(
    plan: Plan,
    events: Sequence[RunEvent],
    kept: Sequence[RunEvent],
    edits: Sequence[StateEdited],
    pins: Sequence[Pinned] = (),
) -> tuple[Repeat, ...]:
    """The visits that touched the world, are not kept, and have no output given to them."""
    world = {node.id for node in plan.nodes if is_pinned(node.type)}
    given = {_key(edit) for edit in edits if edit.target is Target.OUTPUT}
    known = {_key(e) for e in kept if isinstance(e, NodeCompleted | NodeFailed)} | given
    begun = dict.fromkeys(_key(e) for e in events if isinstance(e, NodeStarted))
    return tuple(
        Repeat(place=Place.of(key), is_pinned=any(pin.fits(key) for pin in pins))
        for key in begun
        if key[0] in world and key not in known
    )


def unkept(pins: Sequence[Pinned], found: Sequence[Repeat]) -> tuple[Pinned, ...]:
    """Those of the pins that keep something from happening again."""
    keys: Mapping[VisitKey, None] = dict.fromkeys(repeat.place.key for repeat in found)
    return tuple(pin for pin in pins if any(pin.fits(key) for key in keys))


def _begun(kept: Sequence[RunEvent]) -> set[VisitKey]:
    return {
        _key(event)
        for event in kept
        if isinstance(event, NodeEvent) and not isinstance(event, StateEdited)
    }


def _key(event: NodeEvent) -> VisitKey:
    return (event.node_id, event.path, event.visit)
