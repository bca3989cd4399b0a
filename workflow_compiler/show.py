"""A plan as text for people: tables, Mermaid, Graphviz."""

from __future__ import annotations

from collections.abc import Iterator

from workflow_compiler.planning import Plan, PlannedEdge, Strategy
from workflow_compiler.trace import EdgeKind

_DECIDING, _MARK, _PLAIN = ("{", "}"), ("([", "])"), ("[", "]")
_SHAPES = {"condition": _DECIDING, "router": _DECIDING, "start": _MARK, "end": _MARK}


def show(plan: Plan) -> str:
    """What was compiled: nodes with their strategies, edges with what opens them."""
    return "\n".join(_lines(plan))


def mermaid(plan: Plan) -> str:
    """The workflow as a Mermaid flowchart."""
    lines = ["flowchart TD"]
    for node in plan.nodes:
        left, right = _SHAPES.get(node.type.name, _PLAIN)
        lines.append(f"    n{node.number}{left}{_quoted(node.label)}{right}")
    for edge in plan.edges:
        label = _label(edge)
        arrow = f"-->|{_quoted(label)}|" if label else "-->"
        lines.append(f"    n{edge.source} {arrow} n{edge.target}")
    return "\n".join(lines)


def dot(plan: Plan) -> str:
    """The workflow in Graphviz's language."""
    lines = [f"digraph {_escaped(plan.name)} {{", "    node [shape=box, style=rounded];"]
    lines += [f"    n{node.number} [label={_escaped(node.label)}];" for node in plan.nodes]
    for edge in plan.edges:
        label = f" [label={_escaped(_label(edge))}]" if _label(edge) else ""
        lines.append(f"    n{edge.source} -> n{edge.target}{label};")
    return "\n".join([*lines, "}"])


def _lines(plan: Plan) -> Iterator[str]:
    counts = (
        f"{len(plan.nodes)} nodes",
        f"{len(plan.edges)} edges",
        f"{len(plan.joins)} inclusive joins",
        f"{sum(level.scope is None for level in plan.levels)} regions",
    )
    yield f"workflow {plan.name!r}  {plan.fingerprint[:12]}"
    yield ", ".join(counts)
    for section in (_nodes(plan), _edges(plan), _regions(plan)):
        yield ""
        yield from section


def _nodes(plan: Plan) -> Iterator[str]:
    width = max((len(node.id) for node in plan.nodes), default=0)
    kinds = max((len(node.type.name) for node in plan.nodes), default=0)
    for node in plan.nodes:
        start = "root  " if node.number in plan.graph.roots else ""
        join = "" if node.strategy is Strategy.SINGLE else f"join: {node.strategy}  "
        timeout = f"timeout {node.timeout_seconds:g} s, " if node.timeout_seconds else ""
        limits = f"{timeout}{node.retry.max_attempts} attempt(s)"
        yield f"  {node.id:<{width}}  {node.type.name:<{kinds}}  {start}{join}{limits}"


def _edges(plan: Plan) -> Iterator[str]:
    for edge in plan.edges:
        ends = f"{plan.nodes[edge.source].id} -> {plan.nodes[edge.target].id}"
        label = _label(edge)
        yield f"  {ends}" + (f"  [{label}]" if label else "")


def _regions(plan: Plan) -> Iterator[str]:
    for level in plan.levels:
        if level.scope is not None:
            continue
        ids = ", ".join(plan.nodes[number].id for number in sorted(level.nodes))
        yield f"  region {level.number}: {ids}"


def _label(edge: PlannedEdge) -> str:
    match edge.kind:
        case EdgeKind.CONDITION:
            return edge.handle or edge.condition or ""
        case EdgeKind.PLAIN:
            return ""
        case _:
            return edge.handle or edge.kind.value


def _quoted(text: str) -> str:
    """Mermaid text: its own escapes, since a stored label may hold anything."""
    for sign, escape in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("\n", " ")):
        text = text.replace(sign, escape)
    return f'"{text}"'


def _escaped(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
