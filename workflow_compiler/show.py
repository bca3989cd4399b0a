"""A plan as text for people: tables, Mermaid, Graphviz."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from workflow_compiler.planning import Level, Plan, PlannedEdge, PlannedNode, Strategy
from workflow_compiler.topology import ENTRY, CriticalPaths, Pace, Scope, Shared
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
    """The workflow as a Mermaid flowchart; a container is a subgraph around its slots."""
    lines = ["flowchart TD", *_mermaid_nodes(plan, plan.scopes[0], "    ")]
    for edge in plan.edges:
        label = _label(edge)
        arrow = f"-->|{_quoted(label)}|" if label else "-->"
        lines.append(f"    n{edge.source} {arrow} n{edge.target}")
    return "\n".join(lines)


def dot(plan: Plan) -> str:
    """The workflow in Graphviz's language; a container is a node beside a cluster for each slot."""
    lines = [f"digraph {_escaped(plan.name)} {{", "    node [shape=box, style=rounded];"]
    lines += _dot_nodes(plan, plan.scopes[0], "    ")
    for edge in plan.edges:
        label = f" [label={_escaped(_label(edge))}]" if _label(edge) else ""
        lines.append(f"    n{edge.source} -> n{edge.target}{label};")
    return "\n".join([*lines, "}"])


def counted(number: int, noun: str) -> str:
    """So many of something, for people."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _mermaid_nodes(plan: Plan, scope: Scope, indent: str) -> Iterator[str]:
    for number in sorted(scope.nodes):
        node = plan.nodes[number]
        if slots := list(plan.slots_of(number)):
            yield f"{indent}subgraph n{number}[{_quoted(node.label)}]"
            for slot in slots:
                yield f"{indent}    subgraph n{number}_{_word(slot.slot)}[{_quoted(slot.slot)}]"
                yield from _mermaid_nodes(plan, slot, f"{indent}        ")
                yield f"{indent}    end"
            yield f"{indent}end"
            continue
        left, right = _SHAPES.get(node.type.name, _PLAIN)
        yield f"{indent}n{number}{left}{_quoted(node.label)}{right}"


def _dot_nodes(plan: Plan, scope: Scope, indent: str) -> Iterator[str]:
    for number in sorted(scope.nodes):
        label = plan.nodes[number].label
        yield f"{indent}n{number} [label={_escaped(label)}];"
        for slot in plan.slots_of(number):
            yield f"{indent}subgraph cluster_{number}_{_word(slot.slot)} {{"
            yield f"{indent}    label={_escaped(f'{label}: {slot.slot}')};"
            yield from _dot_nodes(plan, slot, f"{indent}    ")
            yield f"{indent}}}"


def _lines(plan: Plan) -> Iterator[str]:
    counts = (
        counted(len(plan.nodes), "node"),
        counted(len(plan.edges), "edge"),
        counted(len(plan.joins), "inclusive join"),
        counted(sum(level.scope is None for level in plan.levels), "region"),
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


@dataclass(frozen=True, slots=True)
class _Path:
    """The way through a scope that may take longest, in seconds, nodes and words."""

    seconds: float
    nodes: int
    text: str


def _critical_path(plan: Plan) -> str:
    """What a run waits for longest, if every node takes all the time that one attempt may take.

    How many attempts and turns of loops there will be is not known before the run.
    """
    path = _longest(plan, plan.scopes[0], CriticalPaths(plan.graph))
    timeouts = f", timeouts of {path.seconds:g} s, one attempt each" if path.seconds else ""
    return f"critical path, {counted(path.nodes, 'node')}{timeouts}: {path.text}"


def _longest(plan: Plan, scope: Scope, paths: CriticalPaths) -> _Path:
    """A container takes one item, or all of its slots after one another, if it has no timeout."""
    inside = {
        number: [(slot.slot, _longest(plan, slot, paths)) for slot in plan.slots_of(number)]
        for number in scope.nodes
    }
    seconds = {number: _seconds(plan.nodes[number], inside[number]) for number in scope.nodes}
    path = paths.among(scope.nodes, seconds)
    ids = [f"{plan.nodes[n].id}{_within(inside[n])}" for n in path]
    count = len(path) + sum(way.nodes for n in path for _, way in inside[n])
    return _Path(sum(seconds[n] for n in path), count, " -> ".join(_short(ids)))


def _within(slots: Sequence[tuple[str, _Path]]) -> str:
    """The ways through the slots of a container, as far as they are short."""
    text = "; ".join(f"{slot}: {path.text}" for slot, path in slots)
    if len(text) > MAX_WIDTH * 2:
        text = counted(sum(path.nodes for _, path in slots), "node")
    return f" ({text})" if text else ""


def _seconds(node: PlannedNode, inside: Sequence[tuple[str, _Path]]) -> float:
    if not inside:
        return node.timer_seconds or 0.0
    together = sum(path.seconds for _, path in inside)
    return together if node.timer_seconds is None else min(together, node.timer_seconds)


def _names(plan: Plan, numbers: Sequence[int], between: str) -> str:
    """The nodes by id."""
    return between.join(_short([plan.nodes[number].id for number in numbers]))


def _short(names: list[str]) -> list[str]:
    """Of very many, the first and the last ones."""
    if len(names) <= MAX_NAMES:
        return names
    half = MAX_NAMES // 2
    return [*names[:half], f"({len(names) - 2 * half:,} more)", *names[-half:]]


def _nodes(plan: Plan) -> Iterator[str]:
    names = dict(_indented(plan, plan.scopes[0], ""))
    width = min(max(map(len, names.values()), default=0), MAX_WIDTH)
    kinds = max((len(node.type.name) for node in plan.nodes), default=0)
    for number, name in names.items():
        node = plan.nodes[number]
        start = "root  " if number in plan.graph.roots else ""
        join = "" if node.strategy is Strategy.SINGLE else f"join: {node.strategy}  "
        attempts = counted(node.retry.max_attempts, "attempt")
        timeout = "no timer" if node.timer_seconds is None else f"timeout {node.timer_seconds:g} s"
        limits = f"{timeout}, {attempts}"
        yield f"  {name:<{width}}  {node.type.name:<{kinds}}  {start}{join}{limits}"


def _indented(plan: Plan, scope: Scope, place: str) -> Iterator[tuple[int, str]]:
    """The nodes with their ids, those inside a container below it, with the slot before them."""
    for number in sorted(scope.nodes):
        yield number, f"{place}{plan.nodes[number].id}"
        for slot in plan.slots_of(number):
            yield from _indented(plan, slot, f"{' ' * len(place)}  {slot.slot}: ")


def _edges(plan: Plan) -> Iterator[str]:
    for edge in plan.edges:
        ends = f"{plan.nodes[edge.source].id} -> {plan.nodes[edge.target].id}"
        label = _label(edge)
        yield f"  {ends}" + (f"  [{label}]" if label else "")


def _regions(plan: Plan) -> Iterator[str]:
    for level in plan.levels:
        if level.scope is None:
            yield f"  region {level.number}: {_names(plan, sorted(level.nodes), ', ')}"
    for level in plan.levels:
        for branch in level.shared:
            yield f"  in step with others: {_branch(plan, branch)}: {branch.obstacle}"
    for level in plan.levels:
        yield from _races(plan, level)


def _races(plan: Plan, level: Level) -> Iterator[str]:
    own = [member.node for member in level.members if member.node is not None]
    if joins := plan.racing(level):
        names = _names(plan, joins, ", ")
        yield f"  race: {names}: what ends first goes on first, without supersteps"
    elif level.pace is Pace.TOKENS:
        where = "the workflow" if level.number == 0 else f"the part with {_names(plan, own, ', ')}"
        yield f"  without supersteps: {where}: branches in it do not come apart, and none waits"
    for late in level.late:
        yield f"  late: {plan.nodes[late.join].id}: {late.hindrance}"


def _branch(plan: Plan, branch: Shared) -> str:
    source, target = plan.graph.edges[branch.entry]
    head = plan.nodes[target].id
    return head if source == ENTRY else f"{plan.nodes[source].id} -> {head}"


def _label(edge: PlannedEdge) -> str:
    match edge.kind:
        case EdgeKind.CONDITION:
            return edge.handle or edge.condition or ""
        case EdgeKind.PLAIN:
            return ""
        case _:
            return edge.handle or edge.kind.value


def _word(text: str) -> str:
    """A slot's name in the id of a subgraph; types of other people may call it anything."""
    return "".join(sign if sign.isascii() and sign.isalnum() else "_" for sign in text)


def _quoted(text: str) -> str:
    """Mermaid text: its own escapes, since a stored label may hold anything."""
    for sign, escape in (("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"), ("\n", " ")):
        text = text.replace(sign, escape)
    return f'"{text}"'


def _escaped(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'
