"""The spellings that people already have, brought to the canonical form.

Accepted beside the canonical form, in any mixture: `from_node_id`/`to_node_id`; React Flow's JSON
(config under `data`, `sourceHandle`); the short form (nodes as a map, `next` inside a node); the
older type names. Keys that only an editor knows are kept under `ui`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from workflow_compiler.definition.models import Definition, Edge, Node
from workflow_compiler.definition.source import pointer_of
from workflow_compiler.errors import Problem, Severity

TYPE_NAMES: Mapping[str, str] = {
    "custom": "python",
    "machine": "python",
    "conditional": "condition",
    "gateway": "router",
    "trycatch": "try",
    "subpipeline": "subworkflow",
}
"""Older names of node types."""

KEYS: Mapping[str, str] = {
    "from_node_id": "source",
    "to_node_id": "target",
    "from": "source",
    "to": "target",
    "source_handle": "sourceHandle",
}
"""Other names of an edge's keys."""

NODE_SPELLINGS: Mapping[str, str] = {"parentId": "parent", "parentNode": "parent"}
"""Other names of a node's keys; the older of the two is that of React Flow before version 12."""

SLOT_HANDLES = frozenset({"body", "try", "catch", "finally"})
"""Handles by which editors draw an edge from a container to the node that its body begins with."""

LABELS = ("label", "title", "name")
"""Where React Flow editors keep a node's name, inside `data`."""

DEFINITION_KEYS = frozenset(Definition.model_fields)
NODE_KEYS = frozenset(Node.model_fields)
EDGE_KEYS = (frozenset(Edge.model_fields) | {"sourceHandle"}) - {"source_handle"}

Json = dict[str, Any]


@dataclass(slots=True)
class Canonical:
    """A document in canonical form, where its parts came from, and what is odd about it."""

    document: Json = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


def canonicalise(document: Json) -> Canonical:
    """Bring a document in any accepted spelling to the canonical form.

    Values of a wrong kind are passed on as they are: the models refuse them with an address.
    """
    result = Canonical()
    result.document = _known(document, DEFINITION_KEYS, "", result)
    nodes = list(_nodes(document.get("nodes", []), result))
    body_edges: list[Json] = []
    edges = list(_edges(document.get("edges", []), _parents(nodes), body_edges, result))
    if body_edges:
        result.document = _with_ui(result.document, {"body_edges": body_edges})
    for index, node in enumerate(nodes):
        place = pointer_of("nodes", index)
        for edge in _next_edges(node):
            given = result.moved.get(place, place)
            result.moved[pointer_of("edges", len(edges))] = f"{given}/next"
            edges.append(edge)
    given_nodes, given_edges = document.get("nodes", []), document.get("edges", [])
    result.document["nodes"] = nodes if isinstance(given_nodes, list | dict) else given_nodes
    result.document["edges"] = edges if isinstance(given_edges, list) else given_edges
    return result


def _nodes(given: Any, result: Canonical) -> Iterator[Any]:
    match given:
        case dict():
            for index, (key, node) in enumerate(given.items()):
                result.moved[pointer_of("nodes", index)] = pointer_of("nodes", key)
                named = {"id": str(key), **node} if isinstance(node, dict) else node
                yield _node(named, index, result)
        case list():
            for index, node in enumerate(given):
                yield _node(node, index, result)
        case _:
            return


def _node(given: Any, index: int, result: Canonical) -> Any:
    if not isinstance(given, dict):
        return given
    pointer = pointer_of("nodes", index)
    node = _from_editor(given, pointer, result) if _is_react_flow(given) else dict(given)
    node = _renamed(node, NODE_SPELLINGS, pointer, result)
    if isinstance(node.get("type"), str):
        node["type"] = TYPE_NAMES.get(node["type"], node["type"])
    following = node.pop("next", None)
    canonical = _known(node, NODE_KEYS, pointer, result)
    return canonical if following is None else canonical | {"next": following}


def _is_react_flow(node: Json) -> bool:
    return isinstance(node.get("data"), dict) and "config" not in node


def _from_editor(given: Json, pointer: str, result: Canonical) -> Json:
    """A React Flow node: its `data` holds our keys, the config, or both beside each other."""
    data = dict(given["data"])
    node = {key: value for key, value in given.items() if key != "data"}
    node["type"] = data.pop("type", node.get("type"))
    if (label := next((data.pop(key) for key in LABELS if key in data), None)) is not None:
        node.setdefault("name", label)
    nested = data.pop("config", None)
    common = {key: data.pop(key) for key in NODE_KEYS & data.keys() - {"id", "ui"}}
    place = pointer_of("data") if nested is None else pointer_of("data", "config")
    given_pointer = result.moved.get(pointer, pointer)
    result.moved[f"{pointer}/config"] = given_pointer + place
    result.moved |= {f"{pointer}/{key}": f"{given_pointer}/data/{key}" for key in common}
    if nested is not None and data:
        node = _with_ui(node, {"data": data})
    return node | common | {"config": data if nested is None else nested}


def _parents(nodes: list[Any]) -> dict[str, str]:
    """The container of each node that is in one."""
    objects = [node for node in nodes if isinstance(node, dict)]
    pairs = [(node.get("id"), node.get("parent")) for node in objects]
    return {i: p for i, p in pairs if isinstance(i, str) and isinstance(p, str)}


def _edges(
    given: Any, parents: Mapping[str, str], body_edges: list[Json], result: Canonical
) -> Iterator[Any]:
    """The edges, without those by which editors only show where the body of a container begins."""
    containers, count = frozenset(parents.values()), 0
    for index, edge in enumerate(given if isinstance(given, list) else []):
        pointer = pointer_of("edges", count)
        if count != index:
            result.moved[pointer] = pointer_of("edges", index)
        canonical = _edge(edge, pointer, result) if isinstance(edge, dict) else edge
        if _enters_body(canonical, parents):
            body_edges.append(edge)
            continue
        yield _without_done(canonical, containers)
        count += 1


def _enters_body(edge: Any, parents: Mapping[str, str]) -> bool:
    """Whether the edge leads from a container to a node in it, by the handle of a slot."""
    match edge:
        case {"sourceHandle": str(handle), "source": source, "target": str(target)}:
            return handle in SLOT_HANDLES and parents.get(target, "") == source
        case _:
            return False


def _without_done(edge: Any, containers: frozenset[str]) -> Any:
    """An edge that leaves a container by `done` is a plain one."""
    match edge:
        case {"sourceHandle": "done", "source": str(source)} if source in containers:
            return {key: value for key, value in edge.items() if key != "sourceHandle"}
        case _:
            return edge


def _edge(given: Json, pointer: str, result: Canonical) -> Json:
    data = given["data"] if isinstance(given.get("data"), dict) else {}
    ours = {key: data[key] for key in ("condition", "default", "on") if key in data}
    place = result.moved.get(pointer, pointer)
    result.moved |= {f"{pointer}/{key}": f"{place}/data/{key}" for key in ours}
    edge = _renamed(given | ours, KEYS, pointer, result)
    return _known(_handle(edge), EDGE_KEYS, pointer, result)


def _renamed(given: Json, names: Mapping[str, str], pointer: str, result: Canonical) -> Json:
    """The same under the canonical names; problems stay where the author wrote the key."""
    for key in given.keys() & names.keys():
        place = f"{pointer}/{names[key]}"
        result.moved[place] = f"{result.moved.get(pointer, pointer)}/{key}"
    return {names.get(key, key): value for key, value in given.items()}


def _handle(edge: Json) -> Json:
    """`error`, `default` and an absent handle are said in the canonical form's own words."""
    rest = {key: value for key, value in edge.items() if key != "sourceHandle"}
    match edge.get("sourceHandle"):
        case "error":
            return rest if rest.get("on") is not None else rest | {"on": "error"}
        case "default":
            return rest if rest.get("default", False) is not False else rest | {"default": True}
        case None | "":
            return rest
        case bool() as handle:  # YAML's `sourceHandle: true`
            return rest | {"sourceHandle": str(handle).lower()}
        case _:
            return edge


def _next_edges(node: Any) -> Iterator[Json]:
    """The edges that a node's `next` stands for: a target, a list, or a map from handles."""
    following = node.pop("next", None) if isinstance(node, dict) else None
    source = node.get("id") if following is not None else None
    match following:
        case None:
            return
        case dict():
            pairs = [(handle, t) for handle, ts in following.items() for t in _listed(ts)]
            yield from (
                _handle({"source": source, "target": t, "sourceHandle": h}) for h, t in pairs
            )
        case _:
            yield from ({"source": source, "target": target} for target in _listed(following))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _known(given: Json, keys: frozenset[str], pointer: str, result: Canonical) -> Json:
    """Keep what the models know; the rest moves to `ui`, with a warning where it looks misspelt."""
    extra = {key: value for key, value in given.items() if key not in keys}
    known = {key: value for key, value in given.items() if key in keys}
    for key in extra:
        if close := get_close_matches(str(key), keys, n=1, cutoff=0.85):
            result.problems.append(_misspelt(key, close[0], pointer))
    return _with_ui(known, extra) if extra else known


def _with_ui(part: Json, more: Json) -> Json:
    """Add to what only an editor reads; a `ui` of a wrong kind is left for the models to refuse."""
    ui = part.get("ui", {})
    return part | {"ui": {**ui, **more}} if isinstance(ui, dict) else part


def _misspelt(key: str, close: str, pointer: str) -> Problem:
    return Problem(
        code="unknown-key",
        message=f"the key {key!r} is not known and is kept for the editor only",
        pointer=pointer + pointer_of(key),
        severity=Severity.WARNING,
        hint=f"did you mean {close!r}?",
    )
