"""A plan as text for people: tables, Mermaid, Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from workflow_compiler.planning import Plan, PlannedEdge, Strategy
from workflow_compiler.topology import critical_path
from workflow_compiler.trace import EdgeKind

MAX_LINES = 200
"""Lines of one section; the plan as JSON has all."""

MAX_NAMES = 16
MAX_WIDTH = 40

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
        f"{len(plan.levels) - 1} regions",
    )
    yield f"workflow {plan.name!r}  {plan.fingerprint[:12]}"
    yield ", ".join(counts)
    yield _critical_path(plan)
    for section in (_nodes(plan), _edges(plan), _regions(plan)):
        yield ""
        yield from _cut(list(section))


def _cut(lines: list[str]) -> Iterator[str]:
    yield from lines[:MAX_LINES]
    if len(lines) > MAX_LINES:
        yield f"  ... and {len(lines) - MAX_LINES:,} more"


def _critical_path(plan: Plan) -> str:
    """What a run waits for longest, if every node takes all the time that it may take."""
    seconds = [node.timer_seconds or 0.0 for node in plan.nodes]
    path = critical_path(plan.graph, seconds)
    total = sum(seconds[number] for number in path)
    return f"critical path, {len(path)} nodes, at most {total:g} s: {_names(plan, path, ' -> ')}"


def _names(plan: Plan, numbers: Sequence[int], between: str) -> str:
    """The nodes by id; of very many, the first and the last ones."""
    ids = [plan.nodes[number].id for number in numbers]
    if len(ids) > MAX_NAMES:
        half = MAX_NAMES // 2
        ids = [*ids[:half], f"({len(ids) - 2 * half:,} more)", *ids[-half:]]
    return between.join(ids)


def _nodes(plan: Plan) -> Iterator[str]:
    width = min(max((len(node.id) for node in plan.nodes), default=0), MAX_WIDTH)
    kinds = max((len(node.type.name) for node in plan.nodes), default=0)
    for node in plan.nodes:
        start = "root  " if node.number in plan.graph.roots else ""
        join = "" if node.strategy is Strategy.SINGLE else f"join: {node.strategy}  "
        limits = f"timeout {node.timeout_seconds:g} s, {node.retry.max_attempts} attempt(s)"
        yield f"  {node.id:<{width}}  {node.type.name:<{kinds}}  {start}{join}{limits}"


def _edges(plan: Plan) -> Iterator[str]:
    for edge in plan.edges:
        ends = f"{plan.nodes[edge.source].id} -> {plan.nodes[edge.target].id}"
        label = _label(edge)
        yield f"  {ends}" + (f"  [{label}]" if label else "")


def _regions(plan: Plan) -> Iterator[str]:
    for level in plan.levels[1:]:
        yield f"  region {level.number}: {_names(plan, sorted(level.nodes), ', ')}"


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
