"""Runs a definition on LangGraph and keeps what it told about itself."""

from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, TypeVar

import anyio

from workflow_compiler import CompiledWorkflow, Registry, RunContext, compile_workflow, parse
from workflow_compiler.errors import RunReturned
from workflow_compiler.lower import NodeFailedError
from workflow_compiler.scripted import ScriptedChatModels
from workflow_compiler.trace import Record, VisitStarted

Document = dict[str, Any]
Kind = TypeVar("Kind", bound=Record)


@dataclass
class Outcome:
    """What was seen of a run: its records, and the state or the error with which it ended.

    One that a `return` ended has the output of that instead of a state.
    """

    workflow: CompiledWorkflow
    records: list[Record] = field(default_factory=list)
    state: Any = None
    error: NodeFailedError | None = None
    returned: RunReturned | None = None

    @property
    def started(self) -> list[VisitStarted]:
        return self.all(VisitStarted)

    @property
    def visits(self) -> Counter[str]:
        return Counter(record.node_id for record in self.all(VisitStarted))

    @property
    def output(self) -> Any:
        return self.returned.output if self.returned else self.workflow.output(self.state)

    def all(self, kind: type[Kind]) -> list[Kind]:
        """The records of a kind, in order."""
        return [record for record in self.records if isinstance(record, kind)]


class PatientClock:
    """A clock that wakes every sleeper at once, remembers for how long it was to sleep."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(milliseconds=1)
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        await anyio.lowlevel.checkpoint()

    def timeout(self, seconds: float) -> AbstractContextManager[object, bool]:
        return anyio.move_on_after(seconds)


def workflow(*nodes: Document, edges: tuple[Document, ...] = (), **more: Any) -> Document:
    """A definition of these nodes and edges."""
    return {"name": "example", "nodes": list(nodes), "edges": list(edges), **more}


def node(node_id: str, node_type: str = "transform", **more: Any) -> Document:
    """A node; `expression` and the like are its config."""
    common = {"name", "retry", "timeout_seconds", "join", "routing", "type_version", "cache"}
    common |= {"parent", "slot"}
    config = {key: value for key, value in more.items() if key not in common}
    given = {key: value for key, value in more.items() if key in common}
    if node_type == "transform":
        config.setdefault("expression", "run.id")
    return {"id": node_id, "type": node_type, "config": config, **given}


def edge(source: str, target: str, **more: Any) -> Document:
    return {"source": source, "target": target, **more}


def path(*node_ids: str) -> tuple[Document, ...]:
    """Plain edges from each node to the next."""
    return tuple(edge(*ends) for ends in pairwise(node_ids))


async def run(
    document: Document,
    run_input: Mapping[str, Any] | None = None,
    *,
    registry: Registry | None = None,
    **context: Any,
) -> Outcome:
    """Run a definition to its end; `context` are fields of the run's context."""
    outcome = Outcome(compile_workflow(parse(document), registry))
    given = {"chat_models": ScriptedChatModels(), "tap": outcome.records.append, **context}
    graph, start = outcome.workflow.graph, outcome.workflow.initial_state(run_input or {})
    try:
        outcome.state = await graph.ainvoke(start, context=RunContext(**given))
    except NodeFailedError as error:
        outcome.error = error
    except RunReturned as returned:
        outcome.returned = returned
    return outcome
