"""A plan as a picture without any tool: nodes in layers from top to bottom, edges as curves."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from itertools import pairwise
from typing import Final

from workflow_compiler import Plan
from workflow_compiler.planning import PlannedEdge
from workflow_compiler.topology import Scope
from workflow_compiler.trace import EdgeKind

_WIDTH, _HEIGHT, _GAP_X, _GAP_Y, _MARGIN = 180, 44, 40, 70, 30
_SWEEPS: Final = 4
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#1f2937;text-anchor:middle}"
    ".l{font-size:11px;fill:#6b7280}"
    "rect{fill:#fff;stroke:#9ca3af;stroke-width:1.2}"
    "path{fill:none;stroke:#6b7280;stroke-width:1.4;marker-end:url(#a)}"
    ".error{stroke:#dc2626;stroke-dasharray:5 4}"
    ".inside{stroke-dasharray:1 4;marker-end:none}"
)
_ARROW: Final = (
    '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    'orient="auto"><path d="M0 0 8 4 0 8z" style="fill:#6b7280;stroke:none;marker-end:none"/>'
    "</marker></defs>"
)


@dataclass(frozen=True, slots=True)
class _Place:
    """The middle of a node's upper side."""

    x: float
    y: float


def svg(plan: Plan) -> str:
    """The workflow as an SVG document."""
    layers = _layers(plan)
    widest = max(len(layer) for layer in layers)
    width = 2 * _MARGIN + widest * (_WIDTH + _GAP_X) - _GAP_X
    height = 2 * _MARGIN + len(layers) * (_HEIGHT + _GAP_Y) - _GAP_Y
    places = dict(_places(layers, width))
    size = f'width="{width}" height="{height}" viewBox="0 0 {width} {height}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">',
            f"<title>{escape(plan.name)}</title><style>{_STYLE}</style>{_ARROW}",
            *(_edge(edge, places[edge.source], places[edge.target]) for edge in plan.edges),
            *(_curve("inside", slot, places[a], places[b]) for a, b, slot in _insides(plan)),
            *(_box(node.label, places[node.number]) for node in plan.nodes),
            "</svg>",
        ]
    )


def _layers(plan: Plan) -> list[list[int]]:
    """Each node below all that leads to it, and below its container; back edges are left out."""
    late = {node: place for place, node in enumerate(plan.graph.postorder)}
    order = [*_order(plan, plan.scopes[0], late)]
    rank = {node: place for place, node in enumerate(order)}
    depth = dict.fromkeys(order, 0)
    begun: dict[int, list[int]] = {}
    for container, root, _ in _insides(plan):
        begun.setdefault(container, []).append(root)
    for node in order:
        for target in (*plan.graph.successors(node), *begun.get(node, ())):
            if rank[target] > rank[node]:
                depth[target] = max(depth[target], depth[node] + 1)
    layers: list[list[int]] = [[] for _ in range(max(depth.values()) + 1)]
    for node in order:
        layers[depth[node]].append(node)
    for _ in range(_SWEEPS):
        for above, layer in pairwise(layers):
            layer.sort(key=lambda node: _barycentre(plan, node, above))
    return layers


def _order(plan: Plan, scope: Scope, late: Mapping[int, int]) -> Iterator[int]:
    """The nodes of a scope from its roots on, what is inside of a container right after it."""
    for node in sorted(scope.nodes, key=lambda node: -late[node]):
        yield node
        for slot in plan.slots_of(node):
            yield from _order(plan, slot, late)


def _insides(plan: Plan) -> Iterator[tuple[int, int, str]]:
    """Each container with the nodes that begin its slots, and the name of the slot."""
    for scope in plan.scopes[1:]:
        for entry in scope.entries:
            yield scope.container or 0, plan.graph.edges[entry][1], scope.slot


def _barycentre(plan: Plan, node: int, above: Sequence[int]) -> float:
    """Where a node would like to stand: in the middle of those that lead to it."""
    sources = {plan.graph.edges[edge][0] for edge in plan.graph.incoming[node]}
    wanted = [(place + 0.5) / len(above) for place, other in enumerate(above) if other in sources]
    return sum(wanted) / len(wanted) if wanted else 0.5


def _places(layers: Sequence[Sequence[int]], width: float) -> Iterator[tuple[int, _Place]]:
    for depth, layer in enumerate(layers):
        left = (width - len(layer) * (_WIDTH + _GAP_X) + _GAP_X) / 2
        for column, node in enumerate(layer):
            x = left + column * (_WIDTH + _GAP_X) + _WIDTH / 2
            yield node, _Place(x, _MARGIN + depth * (_HEIGHT + _GAP_Y))


def _box(label: str, at: _Place) -> str:
    left, middle = at.x - _WIDTH / 2, at.y + _HEIGHT / 2 + 5
    short = label if len(label) <= 24 else f"{label[:23]}…"  # noqa: PLR2004 - what fits the box
    return (
        f'<rect x="{left:g}" y="{at.y:g}" width="{_WIDTH}" height="{_HEIGHT}" rx="8"/>'
        f'<text x="{at.x:g}" y="{middle:g}">{escape(short)}</text>'
    )


def _edge(edge: PlannedEdge, source: _Place, target: _Place) -> str:
    style = "error" if edge.kind is EdgeKind.ERROR else ""
    return _curve(style, edge.handle or (edge.condition or "")[:24], source, target)


def _curve(style: str, label: str, source: _Place, target: _Place) -> str:
    """Down to the next layers; sideways around the boxes where the edge leads back up."""
    bottom = source.y + _HEIGHT
    if target.y > source.y:
        half = (target.y - bottom) / 2
        bend = f"{source.x:g} {bottom + half:g} {target.x:g} {target.y - half:g}"
        path, at = f"C{bend} {target.x:g} {target.y:g}", (source.x + target.x) / 2
    else:
        side = max(source.x, target.x) + _WIDTH / 2 + _GAP_X
        bend = f"{side:g} {bottom + _GAP_Y / 2:g} {side:g} {target.y - _GAP_Y / 2:g}"
        path, at = f"C{bend} {target.x:g} {target.y:g}", side - _GAP_X / 2
    middle = (bottom + target.y) / 2
    return (
        f'<path class="{style}" d="M{source.x:g} {bottom:g}{path}"/>'
        f'<text class="l" x="{at:g}" y="{middle:g}">{escape(label)}</text>'
    )
