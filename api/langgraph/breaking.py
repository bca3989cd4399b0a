"""Where a client wants a run to stop, as breakpoints of ours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from api.errors import UnsupportedError
from api.langgraph.requests import Names, RunBody
from services.bootstrap import Services
from services.domain.commands import Where
from services.domain.runs import Run
from services.domain.stops import BreakOn, Breakpoint, DebugWish
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
    breakpoints = tuple(_breakpoints(body, definition))
    return DebugWish(breakpoints=breakpoints) if breakpoints else None


async def set_breakpoints(
    services: Services, run: Run, body: RunBody, definition: dict[str, Any]
) -> None:
    """Have a run that goes on stop where this request wants it, and no more where another did.

    Raises:
        UnsupportedError: a node is not there.
    """
    before = run.debugging.breakpoints if run.debugging is not None else ()
    others = [each for each in before if not each.id.startswith(_MARK)]
    wanted = (*others, *_breakpoints(body, definition))
    if wanted != before:
        await services.breakpoints.replace_all(run.id, wanted)


async def edit_stopped(services: Services, run: Run, writes: Sequence[tuple[str, Any]]) -> None:
    """Write into the variables of a run that has stopped at a breakpoint, through their reducers.

    Raises:
        UnsupportedError: a variable is not declared, or a value does not go together with the old.
    """
    assert run.debugging is not None, "it has stopped"  # noqa: S101
    unfolding = await services.looks.unfolded(run)
    declared = (await services.looks.plans.of(run)).variables
    where = Where.of(run.debugging.stops[0].place)
    try:
        now = reduce_variables(declared, {**unfolding.variables, **unfolding.edited}, writes)
        values = {name: now[name] for name, *_ in writes}
        await services.debugging.edit(run.id, where, Given(variables=values))
    except (NodeError, EditError) as error:
        raise UnsupportedError("/values", str(error)) from error


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
