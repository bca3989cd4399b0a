"""What a run carries through its graph, and what an attempt of a node knows of it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from datetime import datetime
from random import Random
from typing import Any, Protocol

from workflow_compiler.debugging import Debugger, NoDebugger
from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.history import History
from workflow_compiler.pins import NoPins, Pins
from workflow_compiler.ports.bodies import Bodies, NoBodies
from workflow_compiler.ports.clock import Clock, SystemClock
from workflow_compiler.ports.http import Http, NoHttp
from workflow_compiler.ports.models import ChatModels, NoChatModels
from workflow_compiler.ports.nothing import NOTHING
from workflow_compiler.ports.remembering import NodeCache, NoNodeCache
from workflow_compiler.ports.reporting import (
    NO_COURSE,
    Course,
    Reporter,
    Room,
    Tap,
    unbounded,
    unheard,
)
from workflow_compiler.ports.secrets import NoSecrets, Secrets
from workflow_compiler.ports.sub_runs import NoSubRuns, SubRuns
from workflow_compiler.ports.tools import Agents, NoAgents, NoTools, Tools
from workflow_compiler.steps import Steps
from workflow_compiler.trace import within
from workflow_compiler.waiting import Wait


class Waits(Protocol):
    """Keeps what visits wait for, however long that takes."""

    async def answer(self, wait: Wait, context: NodeContext) -> Any:
        """What a wait ends with: a person's answer, a signal's payload, null for a timer.

        Raises:
            NodeError: TIMEOUT, when nobody answered in time.
        """


class NoWaits:
    """Waits for nothing; the port's null."""

    async def answer(self, wait: Wait, context: NodeContext) -> Any:
        """Refuse every wait."""
        del wait
        message = f"this program cannot wait, so the node {context.node_id!r} cannot be answered"
        raise NodeError(ErrorType.EXECUTION, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContext:
    """What one run carries through its graph, beside the state.

    `tap` hears every trace record at the moment it is made; records of functions that run in a
    thread come in that thread. `history` is what an earlier execution of the run has behind it.
    LangGraph hands the context down to graphs that a node runs inside itself; tap and history are
    those of the graph with the fingerprint `tapped` only, or of any where that is empty.
    `limiter` is entered for the time of each attempt that may wait. Runs that bring none share one
    with all others of their compiled graph, which is as wide as the definition's `max_concurrency`.
    `steps` counts the visits of the run; the graph gives each of its runs a counter of its own.

    `until` is when the timer of its attempt stops what waits; None where it has none.

    `path` says in which body of which container a node runs (`loop[3]`, empty outside of all), and
    `names` what its nodes may read there, such as `item`; containers set both. `course` hears of
    the visits of a part that runs beside others without supersteps.
    """

    run_id: str = ""
    workflow: str = ""
    version: int = 0
    clock: Clock = field(default_factory=SystemClock)
    chat_models: ChatModels = field(default_factory=NoChatModels)
    http: Http = field(default_factory=NoHttp)
    tools: Tools = field(default_factory=NoTools)
    agents: Agents = field(default_factory=NoAgents)
    waits: Waits = field(default_factory=NoWaits)
    sub_runs: SubRuns = field(default_factory=NoSubRuns)
    node_cache: NodeCache = field(default_factory=NoNodeCache)
    secrets: Secrets = field(default_factory=NoSecrets)
    pins: Pins = field(default_factory=NoPins)
    random: Random = field(default_factory=Random)
    history: History = field(default_factory=History)
    debugger: Debugger = field(default_factory=NoDebugger)
    tap: Tap = unheard
    tapped: str = ""
    room: Room = unbounded
    limiter: AbstractAsyncContextManager[object] | None = None
    steps: Steps = field(default_factory=Steps)
    until: datetime | None = None
    path: str = ""
    names: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    course: Course = NO_COURSE

    def of(self, fingerprint: str) -> RunContext:
        """The context as the graph with this fingerprint may use it."""
        if not self.tapped or self.tapped == fingerprint:
            return self
        return replace(
            self, tap=unheard, history=History(), debugger=NoDebugger(), course=NO_COURSE
        )

    @property
    def values(self) -> Mapping[str, Any]:
        """What expressions and templates read as `run`."""
        return {"id": self.run_id, "workflow": self.workflow}


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeContext:
    """What a behaviour knows of the attempt it is running, beside its config."""

    run: RunContext
    node_id: str
    visit: int
    attempt: int
    report: Reporter
    failures: int = 0
    bodies: Bodies = field(default_factory=NoBodies)

    @property
    def run_id(self) -> str:
        """The run that this is an attempt of."""
        return self.run.run_id

    @property
    def path(self) -> str:
        """In which body of which container this is; empty outside of all."""
        return self.run.path

    @property
    def idempotency_key(self) -> str:
        """The same for every attempt of this visit: hand it to services that know such keys."""
        return f"{self.run.run_id}:{within(self.run.path, self.node_id)}:{self.visit}"
