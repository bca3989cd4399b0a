"""What is left of a document of which some parts cannot be read.

All problems of a definition are to be said at once, so a part of a wrong shape must not keep the
rules from looking at the others. It is left out or made neutral, in such a way that no rule
stumbles over the gap: a node of which nothing but the id can be read still stands where its edges
end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

UNREADABLE = "(unreadable)"
"""The type of a node of which nothing is known but its id; the name of such a definition."""

Place: TypeAlias = tuple[str | int, ...]
Json: TypeAlias = dict[str, Any]

_NEUTRAL: Mapping[str, Any] = {"condition": "true", "default": True, "on": "error"}
"""An edge keeps its kind, so that its source does not seem to lack a way."""


_KINDS = (*_NEUTRAL, "sourceHandle")
"""The keys of which an edge has at most one that says something."""


class Salvage:
    """A canonical document that loses parts until the rest can be read.

    Attributes:
        document: The rest.
        kept: For `nodes` and `edges`, which of the given ones are left, by their places.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document: Json = dict(document)
        self.kept: dict[str, list[int]] = {}
        for key in ("nodes", "edges"):
            if isinstance(document[key], list):
                self.document[key] = [dict(p) if isinstance(p, dict) else p for p in document[key]]
                self.kept[key] = list(range(len(document[key])))

    def drop(self, places: Iterable[Place]) -> None:
        """Take out, or make neutral, what cannot be read at these places of the rest."""
        gone: dict[str, set[int]] = {"nodes": set(), "edges": set()}
        for place in places:
            match place:
                case ("nodes" | "edges" as key, int() as number, *rest):
                    part = self.document[key][number]
                    neutral = _neutral_node if key == "nodes" else _neutral_edge
                    if not isinstance(part, dict) or not neutral(part, [*map(str, rest)]):
                        gone[key].add(number)
                case _:
                    self._drop_own(place)
        for part_name, numbers in gone.items():
            if numbers:
                self.document[part_name] = _without(self.document[part_name], numbers)
                self.kept[part_name] = _without(self.kept[part_name], numbers)

    def _drop_own(self, place: Place) -> None:
        match place:
            case ("name", *_):
                self.document["name"] = UNREADABLE
            case ("variables", str() as name, *_) if isinstance(self.document["variables"], dict):
                self.document["variables"] = {**self.document["variables"], name: {}}
            case (key, *_):
                self.document.pop(str(key), None)
            case _:
                pass


def _without(parts: list[Any], numbers: set[int]) -> list[Any]:
    return [part for number, part in enumerate(parts) if number not in numbers]


def _neutral_node(node: Json, place: list[str]) -> bool:
    """Make a part of a node neutral; False when nothing of the node can be kept."""
    key = place[0] if place else "id"
    if key in {"type", "config"}:
        kept = {"id": node.get("id"), "type": UNREADABLE}
        node.clear()
        node.update(kept)
    else:
        node.pop(key, None)
    return key != "id"


def _neutral_edge(edge: Json, place: list[str]) -> bool:
    """The same of an edge."""
    if not place:  # it is of several kinds
        for kind in [kind for kind in _KINDS if edge.get(kind) not in (None, False)][1:]:
            del edge[kind]
        return True
    key = place[0]
    edge.pop(key, None)
    if key in _NEUTRAL:
        edge[key] = _NEUTRAL[key]
    return key not in {"source", "target"}
