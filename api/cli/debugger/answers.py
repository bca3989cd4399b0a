"""What a debugger says of a run, in lines: pure functions of what was read of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from api.cli.debugger.stopped import Stopped, name_of
from api.cli.output.console import printed
from api.cli.output.moments import lines_of_tokens, short, table_of_nodes
from api.cli.output.view import note_of, read_event
from api.schemas.looks import RunState
from services.domain.chronicle import Visited
from services.domain.debug.moment import Moment
from services.domain.debugging import Debugging
from services.domain.events.frames import Frame
from services.domain.events.stops import BreakOn, Breakpoint, Place
from services.domain.events.vocabulary import EdgeDecided
from services.domain.runs import Run, RunStatus
from services.usecases.looks import Look
from workflow_compiler import Plan
from workflow_compiler.trace import EdgeKind

_AT_REST_ALONE = "paused, and nothing has stopped: `step` or `continue`"


def lines_of_run(run: Run) -> Iterator[str]:
    """How a run stands of which nothing has stopped."""
    match run.status:
        case RunStatus.FAILED if run.error is not None:
            place = f" in {run.error.node_id!r}" if run.error.node_id else ""
            yield f"failed{place}: {run.error.type}: {' '.join(run.error.message.split())}"
        case RunStatus.PAUSED:
            yield _AT_REST_ALONE
        case status:
            yield str(status)


def lines_of_stops(stops: Sequence[Stopped], selected: Stopped | None) -> Iterator[str]:
    """A line for each visit that has stopped; the star is at the one that is meant."""
    for number, stopped in enumerate(stops, 1):
        mark = "*" if stopped == selected else " "
        yield f"{mark} {number} {stopped.name}  {stopped.words}"


def lines_of_values(stopped: Stopped) -> Iterator[str]:
    """All that a visit goes on with, in full, and what else was at work when it stopped."""
    for name, value in stopped.values.items():
        yield from f"{name} {_whole(value)}".splitlines()
    if running := stopped.halt.told.running:
        yield f"at work beside it: {', '.join(map(name_of, running))}"


def lines_of_variables(moment: Moment) -> Iterator[str]:
    """The variables and what they are worth."""
    for name, value in moment.variables.items():
        yield f"{name} = {short(value)}"
    if not moment.variables:
        yield "no variables are declared"


def lines_of_nodes(look: Look) -> Iterator[str]:
    """How all nodes stand."""
    shown = RunState.of(look)
    yield f"the run is {shown.run.status}, after entry {shown.seq}"
    yield from printed(table_of_nodes(shown.nodes)).splitlines()


def lines_of_tokens_and_waits(look: Look) -> Iterator[str]:
    """Where tokens lie, and which joins and visits wait for what."""
    lines = [*lines_of_tokens(RunState.of(look)), *lines_of_waits(look.moment.nodes)]
    yield from lines or ["no token lies on an edge, and nobody waits"]


def lines_of_why(plan: Plan, node_id: str, nodes: Iterable[Visited]) -> Iterator[str]:
    """The decisions about the edges to and from a node: of visits, and those that need none."""
    ids = [node.id for node in plan.nodes]
    edges = [edge for edge in plan.edges if node_id in {ids[edge.source], ids[edge.target]}]
    decided = {choice.edge_id for visited in nodes for choice in visited.decisions}
    for edge in edges:
        if edge.kind is EdgeKind.PLAIN:
            yield f"{edge.id}  plain: taken whenever {ids[edge.source]!r} completes"
        elif edge.id not in decided:
            yield f"{edge.id}  {edge.kind}: not decided yet"
    meant = {edge.id for edge in edges}
    for visited in nodes:
        yield from (_line_of(choice) for choice in visited.decisions if choice.edge_id in meant)


def lines_of_attempts(node_id: str | None, nodes: Iterable[Visited]) -> Iterator[str]:
    """The attempts that failed."""
    for visited in nodes:
        state = visited.state
        if node_id not in {None, state.node_id}:
            continue
        name = name_of(Place(node_id=state.node_id, path=state.path, visit=state.visit))
        for failure in visited.failures:
            message = " ".join(failure.error.message.split())
            yield f"{name}  attempt {failure.attempt}: {failure.error.type}: {message}"


def lines_of_events(frames: Iterable[Frame]) -> Iterator[str]:
    """Entries of a log."""
    for frame in frames:
        event = read_event(frame)
        name = ""
        if event.node_id is not None:
            name = name_of(Place(node_id=event.node_id, path=event.path, visit=event.visit))
        words = (event.type, name, " ".join((note_of(event) or "").split()))
        yield f"{frame.seq:>5}  " + "  ".join(word for word in words if word)


def lines_of_breakpoints(debugging: Debugging | None, prefix: str) -> Iterator[str]:
    """The breakpoints of a run; `prefix` tells of which sub-run."""
    if debugging is None:
        return
    for breakpoint_ in debugging.breakpoints:
        hits = debugging.hits.get(breakpoint_.id, 0)
        counted = f", {hits} so far" if breakpoint_.hits > 1 else ""
        yield f"{prefix}{words_of(breakpoint_)}{counted}"


def words_of(breakpoint_: Breakpoint) -> str:
    """A breakpoint in one line."""
    where = f"{breakpoint_.on} {breakpoint_.node_id or 'any node'}"
    if breakpoint_.on is BreakOn.EDGE:
        where = f"on {breakpoint_.edge_id}"
    condition = f" if {breakpoint_.condition}" if breakpoint_.condition else ""
    hits = f" from match {breakpoint_.hits} on" if breakpoint_.hits > 1 else ""
    off = "" if breakpoint_.is_enabled else " (off)"
    return f"breakpoint {breakpoint_.id}: {where}{condition}{hits}{off}"


def lines_of_waits(nodes: Iterable[Visited]) -> Iterator[str]:
    """Which visits wait for what."""
    for visited in nodes:
        if visited.is_open and visited.wait is not None:
            state, wait = visited.state, visited.wait
            name = name_of(Place(node_id=state.node_id, path=state.path, visit=state.visit))
            what = f" {wait.name!r}" if wait.name else ""
            yield f"visit      {name} waits for a {wait.kind}{what}"


def _line_of(choice: EdgeDecided) -> str:
    taken = "taken" if choice.taken else "not taken"
    place = Place(node_id=choice.node_id, path=choice.path, visit=choice.visit)
    line = f"{choice.edge_id}  {taken} by {name_of(place)}  {choice.kind}"
    if choice.expression is None:
        return line
    return (
        f"{line}: {choice.expression} is {short(choice.result)} with {short(dict(choice.values))}"
    )


def _whole(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
