"""What an execution of a run is given: the parts of the service, and where it begins."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from services.domain.debug.edits import Edits
from services.domain.events.runs import RunResumed, RunStarted
from services.domain.variables import Variables
from services.domain.visits import NodeState
from services.engine.deadline import Deadline
from services.journal import Journal
from services.live.hub import Hub
from services.ports import Observer
from services.providers.secrets import EnvironmentSecrets
from services.store.events import EventLog
from services.store.leases import Leases
from services.store.runs import Runs
from services.store.threads import Threads
from services.store.waits import Waits
from workflow_compiler.history import History, VisitKey
from workflow_compiler.ports import NodeCache, WallClock
from workflow_compiler.usage import Price


class NodeCaches(Protocol):
    """Remembers results of nodes, for each project apart."""

    def of(self, project_id: str) -> NodeCache:
        """Those that the runs of a project may share."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """What every session of a process shares."""

    journal: Journal
    hub: Hub
    runs: Runs
    leases: Leases
    log: EventLog
    waits: Waits
    threads: Threads
    clock: WallClock
    node_caches: NodeCaches
    secrets: EnvironmentSecrets
    prices: Mapping[str, Price]
    lease_seconds: float
    linger_seconds: float
    observers: tuple[Observer, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Beginning:
    """What an execution of a run begins with.

    Attributes:
        event: That it begins, or goes on.
        history: What earlier executions have behind them.
        open_visits: The visits that they left open.
        waits: Those of them that wait, and until when.
        answered: The visits that had what they waited for.
        told: The nodes, with their paths, of which they told that they were visited or dead.
        variables: What the run began with, and what its visits have made of it.
        deadline: When the run fails, wherever it is then.
        edits: What somebody changed who debugs it.
    """

    event: RunStarted | RunResumed
    history: History = field(default_factory=History)
    open_visits: tuple[NodeState, ...] = ()
    waits: Mapping[VisitKey, datetime | None] = field(default_factory=dict)
    answered: Collection[VisitKey] = ()
    told: Collection[tuple[str, str]] = ()
    variables: Variables = field(default_factory=lambda: Variables({}))
    deadline: Deadline | None = None
    edits: Edits = field(default_factory=Edits)
