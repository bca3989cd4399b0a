"""`workflow runs state` and `diff`: a run at any moment, and two of them beside each other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Annotated, Final

import typer

from api.cli.options import AsJson, DatabaseUrl, registry_from, settings_from
from api.cli.output.console import write
from api.cli.output.moments import lines_of_state, short
from api.cli.runs import RunId
from api.schemas.diffs import ComparedVisit, Differences, RunDiff, VisitSide, run_diff
from api.schemas.looks import RunState
from services.domain.debug.comparing import Comparison, Fate
from services.records import recording
from services.settings import Settings
from services.usecases.looks import Look
from workflow_compiler import Registry

MAX_NODES: Final = 1_000

_ONLY: Final = {Fate.ONLY_A: "only in A", Fate.ONLY_B: "only in B"}


def state(
    run_id: RunId,
    seq: Annotated[
        int | None, typer.Option(min=1, help="After which entry of the log; by default the last.")
    ] = None,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Show how a run stood at any moment: tokens, variables, nodes."""
    settings = settings_from(database_url=database_url)
    look = asyncio.run(_look(settings, registry_from(settings), run_id, seq))
    shown = RunState.of(look)
    write(shown.model_dump_json() if as_json else "\n".join(lines_of_state(shown)))


def diff(
    run_a: Annotated[str, typer.Argument(metavar="A", help="A run's id.")],
    run_b: Annotated[str, typer.Argument(metavar="B", help="Another run's id.")],
    everything: Annotated[
        bool, typer.Option("--all", help="List visits that do not differ too.")
    ] = False,
    as_json: AsJson = False,
    database_url: DatabaseUrl = None,
) -> None:
    """Compare two runs, visit by visit."""
    settings = settings_from(database_url=database_url)
    found = asyncio.run(_compared(settings, registry_from(settings), run_a, run_b))
    limit = len(found.visits) if as_json else MAX_NODES
    shown = run_diff(found, after=0, limit=limit, everything=everything)
    write(shown.model_dump_json() if as_json else "\n".join(_lines_of_diff(shown)))


async def _look(settings: Settings, registry: Registry, run_id: str, seq: int | None) -> Look:
    async with recording(settings) as records:
        return await records.look_use_cases(registry).state(run_id, seq, limit=MAX_NODES)


async def _compared(settings: Settings, registry: Registry, run_a: str, run_b: str) -> Comparison:
    async with recording(settings) as records:
        return await records.look_use_cases(registry).compare(run_a, run_b)


def _lines_of_diff(shown: RunDiff) -> Iterator[str]:
    for name, run in (("A", shown.a), ("B", shown.b)):
        yield f"{name}  {run.id}  version {run.version}  {run.status}"
    if shown.same:
        yield f"the same: {shown.visits_total} visits"
        return
    yield from _values("output", shown.output)
    for node in shown.nodes:
        if node.is_redefined:
            yield f"{node.node_id} is defined differently"
    for edge in shown.edges:
        yield f"edge {edge.edge_id}: A {edge.times_a} times, B {edge.times_b} times"
    yield f"{shown.visits_differing} of {shown.visits_total} visits differ"
    for visit in shown.visits:
        yield from _lines_of_visit(visit)
    if shown.next_cursor is not None:
        yield "… and more; --json has all of them"


def _lines_of_visit(visit: ComparedVisit) -> Iterator[str]:
    place = f"{visit.path}.{visit.node_id}" if visit.path else visit.node_id
    how = _ONLY.get(visit.fate) or ", ".join(visit.aspects) or "same"
    yield f"  {place} #{visit.visit}  {how}  ({_side('A', visit.a)}; {_side('B', visit.b)})"
    yield from (f"    {line}" for line in _values("input", visit.input))
    yield from (f"    {line}" for line in _values("output", visit.output))


def _side(name: str, side: VisitSide | None) -> str:
    if side is None:
        return f"{name} never"
    took = "" if side.seconds is None else f" {side.seconds:.3f} s"
    tries = f" at attempt {side.attempt}" if side.attempt > 1 else ""
    tokens = f" {side.usage.total_tokens} tokens" if side.usage else ""
    return f"{name} {side.status}{tries}{took}{tokens}"


def _values(name: str, found: Differences) -> Iterator[str]:
    for item in found.items:
        yield f"{name}{item.pointer}: {short(item.before)} → {short(item.after)}"
    if not found.complete:
        yield f"{name}: … and more"
