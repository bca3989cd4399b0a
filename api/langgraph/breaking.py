"""Where a client wants a run to stop, as breakpoints of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from api.errors import UnsupportedError
from api.langgraph.requests import Names, RunBody
from services.bootstrap import Services
from services.domain.debug.commands import Where
from services.domain.debugging import Stop
from services.domain.events.stops import BreakOn, Breakpoint, DebugWish, Position, Target
from services.domain.runs import Run
from services.errors import EditError
from services.usecases.debugging import Given
from workflow_compiler.errors import NodeError
from workflow_compiler.reducers import reduce_variables

_MARK: Final = "client:"
"""The ids of these breakpoints begin so: those of people stay when a client sets its own."""


def wish_of(body: RunBody, definition: dict[str, Any]) -> DebugWish | None:
    """How a new run is to stop; None where it is not to.

    Raises:
        UnsupportedError: a node is not there.
    """
    breakpoints = breakpoints_of(body, definition)
    return DebugWish(breakpoints=breakpoints) if breakpoints else None


def breakpoints_of(body: RunBody, definition: dict[str, Any]) -> tuple[Breakpoint, ...]:
    """Where this request wants a run to stop.

    Raises:
        UnsupportedError: a node is not there.
    """
    return tuple(_breakpoints(body, definition))


async def set_breakpoints(
    services: Services, run: Run, body: RunBody, definition: dict[str, Any]
) -> None:
    """Have a run that goes on stop where this request wants it, and no more where another did.

    Raises:
        UnsupportedError: a node is not there.
    """
    before = run.debugging.breakpoints if run.debugging is not None else ()
    others = [each for each in before if not each.id.startswith(_MARK)]
    wanted = (*others, *breakpoints_of(body, definition))
    if wanted != before:
        await services.breakpoints.replace_all(run.id, wanted)


async def edit_stopped(
    services: Services, run: Run, writes: Sequence[tuple[str, Any]], as_node: str | None = None
) -> None:
    """Write into the variables of a run that has stopped at a breakpoint, through their reducers.

    As a node that is about to begin, its work counts as done: what is no variable is its output.

    Raises:
        UnsupportedError: a variable is not declared, a value does not go together with the old one,
            or the node is not one that is about to begin.
    """
    unfolding = await services.looks.unfolded(run)
    declared = (await services.looks.plans.of(run)).variables
    outputs = {} if as_node is None else {k: value for k, value in writes if k not in declared}
    kept = [write for write in writes if write[0] not in outputs]
    where = Where.of(_stop_of(run, as_node).place)
    try:
        now = reduce_variables(declared, {**unfolding.variables, **unfolding.edited}, kept)
        variables = {name: now[name] for name, *_ in kept}
        changes = {} if as_node is None else {Target.OUTPUT: outputs}
        await services.debugging.edit(run.id, where, Given(changes=changes, variables=variables))
    except (NodeError, EditError) as error:
        raise UnsupportedError("/values", str(error)) from error


def _stop_of(run: Run, as_node: str | None) -> Stop:
    """The stopped visit that is written to: any, unless its node is named."""
    stops = run.debugging.stops if run.debugging is not None else ()
    if as_node is None:
        return stops[0]
    coming = {stop.place.node_id: stop for stop in stops if stop.position is Position.BEFORE}
    if as_node not in coming:
        why = f"{as_node!r} is not about to begin there; these are: {sorted(coming)}"
        raise UnsupportedError("/as_node", why)
    return coming[as_node]


def is_stopped(run: Run | None) -> bool:
    """Whether a visit of the run has stopped at a breakpoint."""
    return run is not None and run.debugging is not None and bool(run.debugging.stops)


def _breakpoints(body: RunBody, definition: dict[str, Any]) -> Iterator[Breakpoint]:
    wishes = (
        ("/interrupt_before", BreakOn.BEFORE, body.interrupt_before),
        ("/interrupt_after", BreakOn.AFTER, body.interrupt_after),
    )
    known = [str(node["id"]) for node in definition["nodes"]]
    for pointer, on, names in wishes:
        for node_id in _named(names, known, pointer):
            yield Breakpoint(id=f"{_MARK}{on}:{node_id}", on=on, node_id=node_id)


def _named(names: Names | None, known: Sequence[str], pointer: str) -> Sequence[str]:
    if names == "*":
        return known
    if unknown := [name for name in names or () if name not in known]:
        raise UnsupportedError(pointer, f"the workflow has no node {unknown[0]!r}")
    return names or ()
