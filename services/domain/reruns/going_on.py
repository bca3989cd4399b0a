"""Where a run that goes on from another one begins, and which events it takes over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.domain.events.frames import StoredEvent
from services.domain.events.runs import Source
from services.domain.events.vocabulary import RunEvent
from services.domain.reruns.keeping import Keeping
from services.domain.story import Story, Visited
from services.errors import NotVisitedError
from workflow_compiler.planning import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class From:
    """The visits that begin anew: those of a node, with this path and number where they are given.

    Without a number it is the latest visit on each path; without a path, every item of the latest
    visit of each container around the node.
    """

    node_id: str
    path: str | None = None
    visit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a run takes over from the one that it goes on from: events, and the same as text."""

    source: Source
    events: tuple[RunEvent, ...]
    stored: tuple[StoredEvent, ...]


def kept_places(plan: Plan, events: Sequence[RunEvent], begin: From | None) -> list[int]:
    """The places in a log, from 0, of the events that a run keeps which goes on from there.

    Without a place to begin, only what did not end well begins anew.

    Raises:
        NotVisitedError: the node was never visited, or not there.
    """
    story = Story(plan, events)
    anew = () if begin is None else chosen_visits(plan, story, begin)
    return Keeping(plan, story, anew).places()


def chosen_visits(plan: Plan, story: Story, begin: From) -> list[Visited]:
    """The visits that are meant by a place to begin.

    Raises:
        NotVisitedError: the node was never visited, or not there.
    """
    found = [
        visit
        for visit in story.of(begin.node_id)
        if begin.path in {None, visit.path} and begin.visit in {None, visit.key[2]}
        if story.is_current(visit)
    ]
    if begin.path is None:
        found = [visit for visit in found if _is_in_latest(story, visit)]
    if begin.visit is None:
        found = list({visit.path: visit for visit in found}.values())
    if not found:
        visited = {visit.key[0] for visit in story.visits.values() if story.is_current(visit)}
        raise NotVisitedError(
            begin.node_id,
            begin.path,
            begin.visit,
            [node.id for node in plan.nodes if node.id in visited],
        )
    return found


def _is_in_latest(story: Story, visit: Visited) -> bool:
    """Whether each container around a visit was not visited again later."""
    around = (body.container for body in visit.bodies)
    return all((node, path, number + 1) not in story.visits for node, path, number in around)
