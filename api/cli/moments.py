"""`workflow runs state` and `diff`: a run at any moment, and two of them beside each other."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from importlib import import_module
from typing import Annotated, Any, Final, TypeAlias

import typer

from api.cli.desk import Where
from api.cli.grouped import grouped
from api.cli.options import AsJson, registry_from
from api.cli.output.console import write
from api.cli.output.moments import lines_of_state, short
from api.cli.runs import RunId
from api.schemas.diffs import ComparedVisit, Differences, RunDiff, VisitSide, run_diff
from api.schemas.looks import RunState
from services.domain.debug.comparing import Fate
from services.records import recording
from services.settings import Settings

Runs: TypeAlias = tuple[str, str]

MAX_NODES: Final = 1_000

_ONLY: Final = {Fate.ONLY_A: "only in A", Fate.ONLY_B: "only in B"}


@grouped
def state(
    run_id: RunId,
    where: Where,
    seq: Annotated[
        int | None, typer.Option(min=1, help="After which entry of the log; by default the last.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show how a run stood at any moment: tokens, variables, nodes."""
    shown = asyncio.run(_state(where.settings(), run_id, seq))
    write(shown.model_dump_json() if as_json else "\n".join(lines_of_state(shown)))


@grouped
def diff(
    run_a: Annotated[str, typer.Argument(metavar="A", help="A run's id.")],
    run_b: Annotated[str, typer.Argument(metavar="B", help="Another run's id.")],
    where: Where,
    everything: Annotated[
        bool, typer.Option("--all", help="List visits that do not differ too.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Compare two runs, visit by visit."""
    comparing = _diff(where.settings(), (run_a, run_b), everything=everything, is_whole=as_json)
    shown = asyncio.run(comparing)
    write(shown.model_dump_json() if as_json else "\n".join(_lines_of_diff(shown)))


async def _state(settings: Settings, run_id: str, seq: int | None) -> RunState:
    if settings.server is not None:
        shown: RunState = await _there().state(settings, run_id, seq)
        return shown
    async with recording(settings) as records:
        looks = records.look_use_cases(registry_from(settings))
        return RunState.of(await looks.state(run_id, seq, limit=MAX_NODES))


async def _diff(settings: Settings, runs: Runs, *, everything: bool, is_whole: bool) -> RunDiff:
    """The first visits of a comparison, or all of them."""
    if settings.server is not None:
        shown: RunDiff = await _there().diff(settings, runs, everything, is_whole)
        return shown
    async with recording(settings) as records:
        found = await records.look_use_cases(registry_from(settings)).compare(*runs)
    limit = len(found.visits) if is_whole else MAX_NODES
    return run_diff(found, after=0, limit=limit, everything=everything)


def _there() -> Any:
    return import_module("api.cli.looks_there")


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
