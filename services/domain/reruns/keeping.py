"""What a run that goes on from another one keeps of it.

A visit is dropped when what it was given may come out otherwise this time; everything else is kept.
Three rules say which, and are applied until nothing changes:

1. **Anew.** Dropped are the visits that somebody chose, and those that did not end well: cancelled,
   failed without anybody to handle it, or the one with which the run ended. Only in bodies that go
   on, though: inside a body that is over, a failure is a part of what came out of it.
2. **Open again.** A container around a dropped visit loses its end. Its other bodies stay, but for
   those that began because of how the dropped one had ended: the `catch` after a `try`.
3. **What follows.** When a dropped visit, or a container that is open again, has ended, whatever
   its node leads to and began later is dropped, in the same body; and so is what began later and
   reads the variables that it wrote, or everything that there is (`context`).

A visit that began before a dropped one ended cannot know of it, so it stays. What stays depends on
nothing that does not: a visit gets tokens and the outputs of nodes along edges (rule 3), the names
of its body from its container (2), and variables (3), and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable

from services.domain.bodies import Body
from services.domain.events.base import NodeEvent
from services.domain.events.stops import BreakpointHit, NodePaused, NodeReleased
from services.domain.events.vocabulary import (
    EdgeDecided,
    NodeAttemptFailed,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    RunEvent,
)
from services.domain.story import Story, Visited
from workflow_compiler.history import VisitKey
from workflow_compiler.planning import Plan, PlannedNode

_OF_A_STOP = NodePaused | NodeReleased | BreakpointHit
"""Where a run stopped that was debugged; another one stops where it is told to."""

_ENDS = NodeCompleted | NodeFailed | NodeCancelled | EdgeDecided


class Keeping:
    """Decides what of a log is kept when these visits, and what did not end well, begin anew."""

    def __init__(self, plan: Plan, story: Story, anew: Iterable[Visited]) -> None:
        self._plan = plan
        self._story = story
        self._numbers = {node.id: node.number for node in plan.nodes}
        self._dropped: set[VisitKey] = set()
        self._open: set[VisitKey] = set()
        self._going_on: set[str] = set()
        self._go_on_in("")
        for visit in anew:
            self._drop(visit)
        while self._follow():
            pass

    def is_dropped(self, key: VisitKey) -> bool:
        """Whether a visit is not kept."""
        return key in self._dropped

    def is_open(self, key: VisitKey) -> bool:
        """Whether a visit of a container is kept, but for its end."""
        return key in self._open and key not in self._dropped

    def places(self) -> list[int]:
        """The places in the log of the events that are kept."""
        return [place for place, event in enumerate(self._story.events) if self._keeps(event)]

    def _keeps(self, event: RunEvent) -> bool:
        if not isinstance(event, NodeEvent) or isinstance(event, _OF_A_STOP):
            return False
        if event.visit == 0:
            return self._is_told_by_the_container(event)
        key = (event.node_id, event.path, event.visit)
        if key in self._dropped:
            return False
        return not (key in self._open and self._is_of_the_end(event))

    def _is_told_by_the_container(self, event: NodeEvent) -> bool:
        """A node that was skipped, inside of a container that will not be entered again."""
        around = self._story.around(event)
        return bool(around) and all(
            body.container in self._story.visits
            and body.container not in self._dropped | self._open
            for body in around
        )

    def _is_of_the_end(self, event: NodeEvent) -> bool:
        if isinstance(event, NodeAttemptFailed):
            key = (event.node_id, event.path, event.visit)
            return event.attempt == self._story.visits[key].attempt
        return isinstance(event, _ENDS)

    def _drop(self, visit: Visited) -> None:
        self._dropped.add(visit.key)
        for body in visit.bodies:
            self._open.add(body.container)
            self._go_on_in(body.path)

    def _go_on_in(self, path: str) -> None:
        """Rule 1, in a body that goes on."""
        if path in self._going_on:
            return
        self._going_on.add(path)
        for visit in self._story.inside.get(path, ()):
            if not visit.went_on and visit.is_container:
                self._go_on(visit)
            elif not visit.went_on:
                self._drop(visit)

    def _go_on(self, container: Visited) -> None:
        """A container that has no good end goes on in those bodies that are not over."""
        self._open.add(container.key)
        bodies = self._story.bodies.get(container.key, ())
        current = [body for body in bodies if body.attempt == container.attempt]
        for number, body in enumerate(current):
            is_last = number == len(current) - 1
            if container.failed or not self._was_handled(body, is_last=is_last):
                self._go_on_in(body.path)

    def _was_handled(self, body: Body, *, is_last: bool) -> bool:
        """Whether the body failed, and its container went on with another one after that."""
        inside = self._story.inside[body.path]
        if any(visit.returned for visit in inside):
            return False
        return any(visit.failed for visit in inside) and not is_last

    def _follow(self) -> bool:
        """Go through the log once by the rules 2 and 3; whether that dropped or opened anything."""
        before = len(self._dropped), len(self._open)
        walk = _Walk(self._plan)
        for moment in self._story.moments:
            visit, node = moment.visit, self._plan.nodes[self._numbers[moment.visit.key[0]]]
            if not moment.is_end:
                if visit.key not in self._dropped and self._follows(walk, visit, node):
                    self._drop(visit)
                walk.begin(visit, is_dropped=visit.key in self._dropped)
            elif visit.key in self._dropped or visit.key in self._open:
                walk.end(visit, node)
        return before != (len(self._dropped), len(self._open))

    def _follows(self, walk: _Walk, visit: Visited, node: PlannedNode) -> bool:
        inside = any(body.container in self._dropped for body in visit.bodies)
        return inside or walk.follows(visit, node)


class _Walk:
    """What visits have come after, on a way through the log."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._apart = {node.id for node in plan.nodes if any(s.apart for s in node.type.slots)}
        self._reached: dict[str, int] = {}
        self._wrote: set[object] = set()
        self._anew: dict[tuple[VisitKey, int], set[str]] = {}
        self._late: dict[str, bool] = {}

    def begin(self, visit: Visited, *, is_dropped: bool) -> None:
        """A visit began."""
        for body in visit.bodies:
            self._late.setdefault(body.path, self._is_late(body))
            if is_dropped:
                self._anew.setdefault((body.container, body.attempt), set()).add(body.path)

    def end(self, visit: Visited, node: PlannedNode) -> None:
        """A visit that is dropped, or open again, had ended."""
        reached = self._reached.get(visit.path, 0)
        self._reached[visit.path] = reached | self._plan.graph.closure[node.number]
        if isinstance(visit.end, NodeCompleted) and visit.end.writes:
            self._wrote.add(visit.path)
            # Later bodies of the same container may see what this one wrote.
            self._wrote |= {(body.container, body.attempt) for body in visit.bodies[-1:]}

    def follows(self, visit: Visited, node: PlannedNode) -> bool:
        """Whether a visit that begins now may depend on one of those."""
        if self._reached.get(visit.path, 0) >> node.number & 1:
            return True
        if any(self._late.get(body.path, self._is_late(body)) for body in visit.bodies):
            return True
        names = _names(node)
        if "context" in names and any(map(self._reached.get, _paths(visit))):
            return True
        return "vars" in names and self._sees_writes(visit)

    def _is_late(self, body: Body) -> bool:
        """Whether a body begins after a visit of another one that is dropped, and because of it."""
        if body.container[0] in self._apart:
            return False
        return bool(self._anew.get((body.container, body.attempt), set()) - {body.path})

    def _sees_writes(self, visit: Visited) -> bool:
        among = {(body.container, body.attempt) for body in visit.bodies}
        return not self._wrote.isdisjoint(among.union(_paths(visit)))


def _paths(visit: Visited) -> list[str]:
    """Those of the bodies around a visit, the whole run included."""
    return ["", *(body.path for body in visit.bodies)]


def _names(node: PlannedNode) -> frozenset[str]:
    """What a node reads that no edge leads from: `context` is all outputs and all variables."""
    texts = [text for bound in node.config.fields.values() for text in bound.texts]
    roots = [text.roots for text in texts] + [case.expression.roots for case in node.routes.cases]
    names = frozenset[str]().union(*roots)
    return names | {"vars"} if "context" in names else names
