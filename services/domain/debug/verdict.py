"""Whether a run did what its recording expects, and where it did not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.domain.chronicle import Visited
from services.domain.debug.json_diff import Difference, differences
from services.domain.debug.recording import (
    Expectations,
    ExpectedVisit,
    Failed,
    edges_of,
    visit_name,
)
from services.domain.events.base import RunError
from services.domain.runs import Run
from workflow_compiler import Plan
from workflow_compiler.history import VisitKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Mismatch:
    """One thing that is not as expected; `visit` and `edge` name it where it is about one."""

    place: str
    expected: Any
    actual: Any
    visit: VisitKey | None = None
    edge: str | None = None


def mismatches(
    expect: Expectations, plan: Plan, run: Run, visits: Mapping[VisitKey, Visited]
) -> tuple[Mismatch, ...]:
    """What is not as expected; what the expectations do not speak of is not looked at."""
    return (
        *_of_run(expect, run),
        *_of_edges(expect, edges_of(plan, visits)),
        *(wrong for wanted in expect.visits for wrong in _of_visit(wanted, visits)),
    )


def _of_run(expect: Expectations, run: Run) -> Iterator[Mismatch]:
    if expect.status is not run.status:
        why = f" ({run.error.type}: {run.error.message})" if run.error else ""
        yield Mismatch(place="status", expected=expect.status.value, actual=run.status.value + why)
        return
    if "output" in expect.model_fields_set:
        yield from _values("output", expect.output, run.output, None)
    if expect.error is not None:
        yield from _errors("error", expect.error, run.error, None)


def _of_edges(expect: Expectations, taken: Mapping[str, int]) -> Iterator[Mismatch]:
    wanted = expect.edges
    if wanted is None:
        return
    for edge in dict.fromkeys((*wanted, *taken)):
        times = (wanted.get(edge, 0), taken.get(edge, 0))
        if times[0] != times[1]:
            expected, actual = (_times(number) for number in times)
            yield Mismatch(place=f"edge {edge}", expected=expected, actual=actual, edge=edge)


def _of_visit(wanted: ExpectedVisit, visits: Mapping[VisitKey, Visited]) -> Iterator[Mismatch]:
    key, place = wanted.key, visit_name(wanted.key)
    found = visits.get(key)
    if found is None or not found.began:
        expected = wanted.status.value
        yield Mismatch(place=place, expected=expected, actual="it did not take place", visit=key)
        return
    state = found.state
    if wanted.status is not state.status:
        why = f" ({state.error.type}: {state.error.message})" if state.error else ""
        actual = state.status.value + why
        yield Mismatch(place=place, expected=wanted.status.value, actual=actual, visit=key)
        return
    if "output" in wanted.model_fields_set:
        yield from _values(f"{place} output", wanted.output, state.output, key)
    if wanted.error is not None:
        yield from _errors(f"{place} error", wanted.error, state.error, key)


def _values(place: str, expected: Any, actual: Any, key: VisitKey | None) -> Iterator[Mismatch]:
    for found in differences(expected, actual).items:
        yield _of_difference(place, found, key)


def _of_difference(place: str, found: Difference, key: VisitKey | None) -> Mismatch:
    where = f"{place}{found.pointer}"
    return Mismatch(place=where, expected=found.before, actual=found.after, visit=key)


def _errors(
    place: str, expected: Failed, actual: RunError | None, key: VisitKey | None
) -> Iterator[Mismatch]:
    found = None if actual is None else {"type": actual.type.value, "message": actual.message}
    yield from _values(place, expected.model_dump(mode="json"), found, key)


def _times(number: int) -> str:
    return {0: "never", 1: "once"}.get(number, f"{number:,} times")
