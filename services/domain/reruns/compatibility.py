"""Whether a run can go on with another version of its workflow.

It can where replaying its log in the other version comes to the same place. So everything that has
run must be there and must have come to its turn in the same way:

- **Its nodes**: of the same type, in the same place, joining alike; those that put out tokens have
  the same edges, since a token lies on an edge by its id.
- **The way to them**: all edges that lead to what has run, however far upstream. A join fires when
  no other token could still reach it, so an edge more, at a node far away that waits, could make
  one wait that has fired already.
- **What is under way**: what waits keeps its config (a person sees the form), and a part that has
  begun keeps its roots, since a part that is over would begin again with another one.
- **Variables** that were written keep their reducer.

Everything else is free: the configs of all other nodes, and what lies ahead of what has run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Any

from services.domain.events.vocabulary import NodeCompleted, NodeSkipped, RunEvent
from services.domain.story import Story
from services.errors import Incompatibility
from workflow_compiler.planning import Plan, PlannedNode
from workflow_compiler.registry import Work
from workflow_compiler.topology import ENTRY


def incompatibilities(old: Plan, new: Plan, events: Sequence[RunEvent]) -> list[Incompatibility]:
    """All that keeps a run with this log, or with this part of it, from the other version."""
    return list(_Comparison(_View(old), _View(new), Story(old, events)).reasons())


class _View:
    """One version by the ids of its nodes."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.nodes = {node.id: node for node in plan.nodes}
        self._ids = [node.id for node in plan.nodes]

    @cached_property
    def places(self) -> dict[str, tuple[str | None, str]]:
        """The container and the slot of each node."""
        return {
            self._ids[node]: (self._container(scope.container), scope.slot)
            for scope in self.plan.scopes
            for node in scope.nodes
        }

    @cached_property
    def roots(self) -> dict[tuple[str | None, str], frozenset[str]]:
        """The nodes with which each part begins."""
        return {
            (self._container(scope.container), scope.slot): frozenset(
                self._ids[self.plan.graph.edges[entry][1]] for entry in scope.entries
            )
            for scope in self.plan.scopes
        }

    def ways_out(self, node: PlannedNode) -> frozenset[tuple[Any, ...]]:
        """What a node's edges say."""
        edges = (self.plan.edges[edge] for edge in self.plan.graph.outgoing[node.number])
        return frozenset((e.id, self._ids[e.target], e.kind, e.handle, e.condition) for e in edges)

    def ways_to(self, node_ids: set[str]) -> Counter[tuple[str, str]]:
        """The edges that lead to these nodes, directly or not, by their ends."""
        graph = self.plan.graph
        waiting = [self.nodes[node_id].number for node_id in node_ids if node_id in self.nodes]
        seen, found = set(waiting), Counter[tuple[str, str]]()
        while waiting:
            node = waiting.pop()
            for edge in graph.incoming[node]:
                if (source := graph.edges[edge][0]) == ENTRY:
                    continue
                found[self._ids[source], self._ids[node]] += 1
                if source not in seen:
                    seen.add(source)
                    waiting.append(source)
        return found

    def _container(self, number: int | None) -> str | None:
        return None if number is None else self._ids[number]


class _Comparison:
    """Looks at two versions with the eyes of one run."""

    def __init__(self, old: _View, new: _View, story: Story) -> None:
        self._old = old
        self._new = new
        self._story = story
        visits = story.visits.values()
        self._visited = {visit.key[0] for visit in visits}
        self._went_on = {visit.key[0] for visit in visits if visit.went_on}
        self._under_way = {visit.key[0] for visit in visits if visit.end is None}
        self._dead = {event.node_id for event in story.events if isinstance(event, NodeSkipped)}

    def reasons(self) -> Iterator[Incompatibility]:
        """All that stands against it, node by node in the order of the old version."""
        for node in self._old.plan.nodes:
            if node.id in self._visited:
                yield from self._of_node(node)
            elif self._may_hold_tokens(node) and self._joins_otherwise(node):
                yield _reason("node-join", node, f"may hold tokens, with join {node.join.value!r}")
        yield from self._of_ways()
        yield from self._of_roots()
        yield from self._of_variables()

    def _of_node(self, node: PlannedNode) -> Iterator[Incompatibility]:
        if (now := self._new.nodes.get(node.id)) is None:
            yield _reason("node-missing", node, "has run and is not there")
            return
        if (now.type.name, now.type.version) != (node.type.name, node.type.version):
            yield _reason(
                "node-type", node, f"has run as {node.type.name!r}, not {now.type.name!r}"
            )
        if self._new.places[node.id] != self._old.places[node.id]:
            yield _reason("node-moved", node, "has run in another place")
        if self._joins_otherwise(node):
            yield _reason("node-join", node, f"has run with join {node.join.value!r}")
        if node.id in self._went_on and self._new.ways_out(now) != self._old.ways_out(node):
            yield _reason("node-edges", node, "has put tokens on its edges, and they are others")
        if self._is_bound(node) and now.config.given != node.config.given:
            yield _reason("node-config", node, "is under way with another config")

    def _may_hold_tokens(self, node: PlannedNode) -> bool:
        """Whether something that leads to it has put tokens on its edges."""
        graph, nodes = self._old.plan.graph, self._old.plan.nodes
        sources = {graph.edges[edge][0] for edge in graph.incoming[node.number]} - {ENTRY}
        return any(nodes[source].id in self._went_on for source in sources)

    def _joins_otherwise(self, node: PlannedNode) -> bool:
        now = self._new.nodes.get(node.id)
        return now is not None and now.join is not node.join

    def _is_bound(self, node: PlannedNode) -> bool:
        """Whether what it has begun (a question, a body, a run) belongs to its config."""
        return node.id in self._under_way and node.type.work is Work.WAITING

    def _of_ways(self) -> Iterator[Incompatibility]:
        """The edges that lead to what has run, or to what was told that it never will."""
        settled = self._visited | self._dead
        before, now = self._old.ways_to(settled), self._new.ways_to(settled)
        gone = ((source, target, "is gone") for source, target in before - now)
        added = ((source, target, "is new") for source, target in now - before)
        for source, target, what in (*gone, *added):
            detail = f"the edge from {source!r} to {target!r} {what}; it leads to what has run"
            yield Incompatibility(code="way-to-node", detail=detail, node_id=target)

    def _of_roots(self) -> Iterator[Incompatibility]:
        begun = {self._old.places[node_id] for node_id in self._visited}
        for place in sorted(begun, key=repr):
            before = self._old.roots[place]
            now = self._new.roots.get(place, before)  # a part that is gone was told by its nodes
            for node_id in sorted(before ^ now):
                what = "has begun without it" if node_id in now else "had begun with it"
                detail = f"node {node_id!r}: the part of the workflow that it begins {what}"
                yield Incompatibility(code="roots", detail=detail, node_id=node_id)

    def _of_variables(self) -> Iterator[Incompatibility]:
        ends = (e for e in self._story.events if isinstance(e, NodeCompleted))
        for name in sorted({name for end in ends for name, *_ in end.writes}):
            now, before = self._new.plan.variables.get(name), self._old.plan.variables[name]
            if now is None or now.reducer != before.reducer:
                is_now = "it is not declared" if now is None else f"its reducer is {now.reducer!r}"
                detail = f"variable {name!r} was written with reducer {before.reducer!r}; {is_now}"
                yield Incompatibility(code="variable", detail=detail)


def _reason(code: str, node: PlannedNode, what: str) -> Incompatibility:
    return Incompatibility(code=code, detail=f"node {node.id!r} {what}", node_id=node.id)
