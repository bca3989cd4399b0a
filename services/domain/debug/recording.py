"""A run as a regression test: one document with all that is needed to run it again anywhere.

Nodes that touch the world are pinned: each of their visits gives out what it came to. What the
workflow makes of that (templates, expressions, conditions, joins, retries) is worked out anew and
held against the expectations.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from services.domain.chronicle import Visited, plain_edges
from services.domain.events.base import RunError
from services.domain.runs import RunStatus
from services.domain.visits import NodeStatus
from workflow_compiler import NodeError, Plan
from workflow_compiler.errors import ErrorType
from workflow_compiler.history import VisitKey
from workflow_compiler.pinning import is_pinned
from workflow_compiler.pins import Pin
from workflow_compiler.planning import PlannedNode
from workflow_compiler.trace import Failure

_WELL = (NodeStatus.COMPLETED, NodeStatus.FAILED)


class Part(BaseModel):
    """Base of all parts: closed, so that a misspelt key is told and not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Origin(Part):
    """The run that was recorded."""

    run_id: str = Field(description="Its id, which `{{ run.id }}` gives here too.")
    version: int = Field(1, description="The version of the workflow.")
    recorded_at: datetime | None = Field(None, description="When it was made into a test.")


class Failed(Part):
    """Why an attempt, a visit or a run failed."""

    type: ErrorType = Field(description="The kind of error.")
    message: str = Field(description="What went wrong.")


class PinnedVisit(Part):
    """What one visit of a pinned node comes to."""

    path: str = Field("", description="The item inside containers; empty outside.")
    visit: int = Field(1, ge=1, description="Which visit.")
    failures: tuple[Failed, ...] = Field((), description="Its attempts that fail.")
    fails: bool = Field(False, description="Whether the visit fails for good.")
    output: JsonValue = Field(None, description="What it gives.")
    writes: tuple[tuple[str, JsonValue], ...] = Field(
        (), description="What it writes into variables, in order."
    )
    handle: str | None = Field(None, description="The handle that it leaves by.")

    def pin(self) -> Pin:
        """The same for the compiler."""
        return Pin(
            failures=tuple(Failure(type=f.type, message=f.message) for f in self.failures),
            output=self.output,
            writes=self.writes,
            handle=self.handle,
            fails=self.fails,
        )


class ExpectedVisit(Part):
    """How a visit has to end. What is absent is not looked at."""

    node: str = Field(description="The node.")
    path: str = Field("", description="The item inside containers; empty outside.")
    visit: int = Field(1, ge=1, description="Which visit.")
    status: NodeStatus = Field(description="Where it stands in the end.")
    output: JsonValue = Field(None, description="What it gives.")
    error: Failed | None = Field(None, description="Why it fails.")

    @property
    def key(self) -> VisitKey:
        """What identifies it in the run."""
        return (self.node, self.path, self.visit)


class Expectations(Part):
    """How the run has to end. What is absent is not looked at."""

    status: RunStatus = Field(description="`completed` or `failed`.")
    output: JsonValue = Field(None, description="What the run gives.")
    error: Failed | None = Field(None, description="Why it fails.")
    edges: dict[str, int] | None = Field(
        None, description="The path: how often each edge is taken, those that never are left out."
    )
    visits: tuple[ExpectedVisit, ...] = Field((), description="How visits end.")


class Recording(Part):
    """A run as a regression test."""

    workflow_test: Literal[1] = Field(1, description="The version of this format.")
    name: str = Field(description="What reports call the test.")
    origin: Origin = Field(description="The run that was recorded.")
    definition: Annotated[
        dict[str, JsonValue] | str,
        Field(description="The workflow; or the path of its file, seen from this one."),
    ]
    input: dict[str, JsonValue] = Field(default_factory=dict, description="The run's input.")
    variables: dict[str, JsonValue] = Field(
        default_factory=dict, description="The variables that it begins with, from its thread."
    )
    pins: dict[str, tuple[PinnedVisit, ...]] = Field(
        default_factory=dict,
        description="What visits of these nodes come to. Another visit of one of them fails. "
        "A node that is not among them does its work.",
    )
    expect: Expectations = Field(description="How the run has to end.")


class RecordedPins:
    """The pins of a recording, as the port of a run."""

    def __init__(self, pins: Mapping[str, Iterable[PinnedVisit]]) -> None:
        self._pins = {
            node_id: {(visit.path, visit.visit): visit.pin() for visit in visits}
            for node_id, visits in pins.items()
        }

    def of(self, node_id: str, path: str, visit: int) -> Pin | None:
        """What a visit comes to; None where its node is not pinned.

        Raises:
            NodeError: the recorded run had no such visit.
        """
        visits = self._pins.get(node_id)
        if visits is None:
            return None
        if (pin := visits.get((path, visit))) is None:
            message = (
                f"nothing is recorded of {visit_name((node_id, path, visit))}: add it to the pins "
                f"of the test, or remove {node_id!r} from them to let the node do its work"
            )
            raise NodeError(ErrorType.VALIDATION, message)
        return pin


def visit_name(key: VisitKey) -> str:
    """A visit as people read it: `loop[3].fetch #2`."""
    node_id, path, visit = key
    return f"{path}.{node_id} #{visit}" if path else f"{node_id} #{visit}"


def pins_of(plan: Plan, visits: Mapping[VisitKey, Visited]) -> dict[str, tuple[PinnedVisit, ...]]:
    """What came of each visit of each node that touches the world; also that there was none."""
    pinned = {node.id: node for node in plan.nodes if is_pinned(node.type)}
    found: dict[str, list[PinnedVisit]] = {node_id: [] for node_id in pinned}
    for (node_id, _, _), visited in visits.items():
        if node_id in pinned and visited.began and visited.state.status in _WELL:
            found[node_id].append(_pinned(plan, pinned[node_id], visited))
    return {node_id: tuple(visits) for node_id, visits in found.items()}


def expectations_of(
    plan: Plan,
    status: RunStatus,
    output: Any,
    error: RunError | None,
    visits: Mapping[VisitKey, Visited],
) -> Expectations:
    """How a run ended, and how each visit did; a pinned output would say nothing new."""
    pinned = {node.id for node in plan.nodes if is_pinned(node.type)}
    return Expectations(
        status=status,
        **({"output": output} if status is RunStatus.COMPLETED else {}),
        **({"error": _failed(error)} if error is not None else {}),
        edges=edges_of(plan, visits),
        visits=tuple(_expected(visited, pinned) for visited in _ended(visits)),
    )


def edges_of(plan: Plan, visits: Mapping[VisitKey, Visited]) -> dict[str, int]:
    """How often each edge was taken."""
    plain = plain_edges(plan)
    return dict(Counter(e for v in visits.values() for e in v.taken(plain[v.state.node_id])))


def _ended(visits: Mapping[VisitKey, Visited]) -> Iterator[Visited]:
    return (
        visited for visited in visits.values() if visited.began and visited.state.status in _WELL
    )


def _expected(visited: Visited, pinned: Iterable[str]) -> ExpectedVisit:
    state = visited.state
    said: dict[str, Any] = {"node": state.node_id, "visit": state.visit}
    said |= {"path": state.path} if state.path else {}
    if state.status is NodeStatus.FAILED and state.error is not None:
        said["error"] = _failed(state.error)
    elif state.node_id not in pinned:
        said["output"] = state.output
    return ExpectedVisit(**said, status=state.status)


def _pinned(plan: Plan, node: PlannedNode, visited: Visited) -> PinnedVisit:
    state = visited.state
    failures = tuple(_failed(failure.error) for failure in visited.failures)
    fails = state.status is NodeStatus.FAILED
    if fails and not failures and state.error is not None:
        failures = (_failed(state.error),)  # it failed after its work, on its way out
    said: dict[str, Any] = {
        "path": state.path,
        "visit": state.visit,
        "failures": failures,
        "writes": visited.writes,
        "handle": _handle(plan, node, visited),
    }
    kept = {name: value for name, value in said.items() if value}
    return PinnedVisit(**kept, **({"fails": True} if fails else {"output": state.output}))


def _handle(plan: Plan, node: PlannedNode, visited: Visited) -> str | None:
    """The handle that a behaviour chose, as far as an edge tells it."""
    handles = {edge.id: edge.handle for edge in plan.edges if edge.source == node.number}
    taken = (handles[choice.edge_id] for choice in visited.decisions if choice.taken)
    return next((handle for handle in taken if handle in node.type.handles), None)


def _failed(error: RunError) -> Failed:
    return Failed(type=error.type, message=error.message)
