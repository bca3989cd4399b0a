"""Where visits lie: in which bodies of which visits of which containers.

A path says it in words for people (`loop#2[3].safe.catch`). Ids are any text, so a path can only be
read by somebody who knows which containers lie around its node.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from workflow_compiler.history import VisitKey
from workflow_compiler.planning import Plan
from workflow_compiler.topology import Scope


@dataclass(frozen=True, slots=True)
class Body:
    """One body that an attempt of a visit of a container ran; `path` is that of all in it."""

    path: str
    container: VisitKey
    attempt: int


class Bodies:
    """Reads the paths of the visits of one workflow."""

    def __init__(self, plan: Plan) -> None:
        ids = [node.id for node in plan.nodes]
        self._ids = ids
        self._scope_of = {ids[node]: scope for scope in plan.scopes for node in scope.nodes}
        self._patterns = {id(scope): _pattern(ids, scope) for scope in plan.scopes[1:]}
        self._known: dict[tuple[str, str], tuple[Body, ...]] = {}

    def around(self, node_id: str, path: str) -> tuple[Body, ...]:
        """The bodies that a visit lies in, the outermost first."""
        if not path:
            return ()
        container = self._ids[self._scope_of[node_id].container or 0]
        key = (container, path)
        if key not in self._known:
            self._known[key] = tuple(self._read(node_id, path))
        return self._known[key]

    def is_path(self, node_id: str, path: str) -> bool:
        """Whether visits of a node may lie there, as far as the definition tells."""
        place = 0
        for number, scope in enumerate(self._scopes(node_id)):
            start = place + 1 if number else 0
            found = self._patterns[id(scope)].match(path, start)
            if found is None or path[place:start] != "." * bool(number):
                return False
            place = found.end()
        return place == len(path)

    def containers(self, node_id: str) -> tuple[str, ...]:
        """The containers around a node, the outermost first."""
        return tuple(self._ids[scope.container or 0] for scope in self._scopes(node_id))

    def _scopes(self, node_id: str) -> list[Scope]:
        scopes: list[Scope] = []
        scope = self._scope_of[node_id]
        while scope.container is not None:
            scopes.insert(0, scope)
            scope = self._scope_of[self._ids[scope.container]]
        return scopes

    def _read(self, node_id: str, path: str) -> Iterator[Body]:
        around, place = "", 0
        for scope in self._scopes(node_id):
            found = self._patterns[id(scope)].match(path, place)
            assert found is not None, "a path names the containers around its node"  # noqa: S101
            visit, attempt = (int(number or 1) for number in found.groups())
            container = (self._ids[scope.container or 0], around, visit)
            yield Body(path[: found.end()], container, attempt)
            around, place = path[: found.end()], found.end() + 1


def _pattern(ids: list[str], scope: Scope) -> re.Pattern[str]:
    """What `workflow_compiler.trace.body_path` writes for a body of a scope."""
    container, slot = re.escape(ids[scope.container or 0]), re.escape(scope.slot)
    return re.compile(rf"{container}(?:#(\d+)(?:\.(\d+))?)?(?:\[\d+\]|\.{slot})")
