"""What a definition is, apart from how it looks: the key of caches, ETags and versions."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from json import JSONEncoder
from typing import Any

from workflow_compiler.definition import Definition
from workflow_compiler.registry import Registry

_UNHEEDED = frozenset({"ui", "pinned"})

COMPILER_VERSION = 5
"""Part of every fingerprint: raise it when the same definition compiles to another graph."""


def fingerprint(definition: Definition, registry: Registry) -> str:
    """A SHA-256 of the canonical definition without what no run heeds, and of what compiles it.

    The order of nodes and edges does not count, except among the conditional edges of one node,
    which are judged in their order.
    """
    types = sorted({node.type for node in definition.nodes})
    versions = {t: registry.types[t].version if t in registry.types else None for t in types}
    content = [COMPILER_VERSION, versions, _meaning(definition.canonical())]
    return hashlib.sha256(_text(content).encode(errors="surrogatepass")).hexdigest()


def _meaning(canonical: Mapping[str, Any]) -> dict[str, Any]:
    """The canonical definition without presentation and pins, in an order of its own."""
    parts = {key: value for key, value in canonical.items() if key != "ui"}
    parts["nodes"] = sorted(_heeded(parts.get("nodes", ())), key=_text)
    parts["edges"] = sorted(_heeded(parts.get("edges", ())), key=_edge_order)
    return parts


def _heeded(parts: Iterable[Mapping[str, Any]]) -> Iterator[dict[str, Any]]:
    return ({key: value for key, value in part.items() if key not in _UNHEEDED} for part in parts)


def _edge_order(edge: Mapping[str, Any]) -> tuple[str, str]:
    """Sorting is stable: conditional edges of one source stay in the order that they came in."""
    return edge["source"], "" if "condition" in edge else _text(edge)


_text = JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode
"""The canonical JSON of a value; `json.dumps` would make an encoder for each of many small ones."""
