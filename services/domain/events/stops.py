"""Where a run that is debugged stops, and how it goes on: the part of the log that tells of it.

What somebody asks for and what comes of it are events like all others, so a stop outlives the
process, is seen by every watcher, and can be asked of by any process.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from services.domain.events.base import Event, NodeEvent, RunError
from workflow_compiler.history import VisitKey
from workflow_compiler.trace import Write
from workflow_compiler.usage import Usage


class Position(StrEnum):
    """Where a visit stops: before its work, after it, or when it has failed for good."""

    BEFORE = "before"
    AFTER = "after"
    ERROR = "error"


class BreakOn(StrEnum):
    """What a breakpoint looks at; `edge` stops the visit that is about to take an edge."""

    BEFORE = "before"
    AFTER = "after"
    EDGE = "edge"
    ERROR = "error"


class StopReason(StrEnum):
    """Why a visit stopped: a breakpoint, a step, a run to its node, or a pause of the run."""

    BREAKPOINT = "breakpoint"
    STEP = "step"
    RUN_TO = "run_to"
    PAUSE = "pause"


class Going(StrEnum):
    """How a stopped visit goes on, and what is to stop after it.

    `over`: whatever follows it; `into`: also the first nodes of its bodies, or of its sub-run;
    `continue`: nothing but at breakpoints.
    """

    CONTINUE = "continue"
    OVER = "over"
    INTO = "into"


class Target(StrEnum):
    """What of a stopped visit can be edited."""

    INPUT = "input"
    OUTPUT = "output"
    VARIABLE = "variable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A visit of a run."""

    node_id: str
    path: str = ""
    visit: int = 1

    @classmethod
    def of(cls, key: VisitKey) -> Place:
        """The visit with this key."""
        node_id, path, visit = key
        return cls(node_id=node_id, path=path, visit=visit)

    @property
    def key(self) -> VisitKey:
        """The same, as a key."""
        return (self.node_id, self.path, self.visit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakpoint:
    """A wish that visits stop.

    Attributes:
        node_id: The node; None for every one, on errors only.
        edge_id: The edge, for `edge`.
        condition: An expression; the visit stops when it holds.
        hits: From which match on it stops; 1 for every match.
        is_enabled: Whether it does anything.
    """

    id: str
    on: BreakOn = BreakOn.BEFORE
    node_id: str | None = None
    edge_id: str | None = None
    condition: str | None = None
    hits: int = 1
    is_enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Pinned:
    """What visits of a node come to in a run that is debugged, without doing their work.

    Without a path or a number it is every visit of the node. `writes` are values for variables.
    """

    node_id: str
    path: str | None = None
    visit: int | None = None
    output: Any = None
    writes: tuple[Write, ...] = ()

    def fits(self, key: VisitKey) -> bool:
        """Whether a visit is pinned by it."""
        node_id, path, visit = key
        is_there = self.path in {None, path} and self.visit in {None, visit}
        return self.node_id == node_id and is_there


@dataclass(frozen=True, slots=True, kw_only=True)
class DebugWish:
    """How a run is to be debugged from its beginning.

    `is_stepping`: every visit stops before it begins, until somebody lets all go on.
    """

    breakpoints: tuple[Breakpoint, ...] = ()
    is_stepping: bool = False
    pins: tuple[Pinned, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakpointsSet(Event):
    """These are the run's breakpoints from now on, and no others."""

    type: ClassVar[str] = "breakpoints.set"
    breakpoints: tuple[Breakpoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakpointHit(NodeEvent):
    """A breakpoint that counts matched once more; whether it stops the visit is another event."""

    type: ClassVar[str] = "breakpoint.hit"
    breakpoint_id: str
    hits: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NodePaused(NodeEvent):
    """A visit stopped.

    Attributes:
        position: Where in the visit.
        reason: Why.
        input: What it would begin with.
        output: What its work came to; with it `writes`, the values for variables, the `handle` by
            which it leaves, `usage`, and `returned` where the whole run is to end with it.
        error: Why its condition or input cannot be worked out, or why it failed.
        followed: The visits after which it stopped, for a step.
        running: What else is at work in the run.
    """

    type: ClassVar[str] = "node.paused"
    position: Position
    reason: StopReason
    breakpoint_id: str | None = None
    edge_id: str | None = None
    input: Any = None
    output: Any = None
    writes: tuple[Write, ...] = ()
    handle: str | None = None
    usage: Usage | None = None
    returned: bool = False
    error: RunError | None = None
    followed: tuple[Place, ...] = ()
    running: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Halted:
    """A visit, and where in it it has stopped."""

    place: Place
    position: Position


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeReleased(NodeEvent):
    """A visit goes on from where it stopped, or (`position` None) is to be followed by a stop.

    `again`: it has failed and is tried once more.
    """

    type: ClassVar[str] = "node.released"
    going: Going
    position: Position | None
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunContinued(Event):
    """All that had stopped goes on; nothing stops but at breakpoints, and once before `until`.

    `released` is what had stopped by then, `until` is a node.
    """

    type: ClassVar[str] = "run.continued"
    released: tuple[Halted, ...] = ()
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SteppingBegun(Event):
    """From now on every visit stops before it begins, until all go on."""

    type: ClassVar[str] = "stepping.begun"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateEdited(NodeEvent):
    """Somebody changed what a stopped visit goes on with; `name` is that of a variable.

    A variable has the new value for this visit and for all that comes after it.
    """

    type: ClassVar[str] = "state.edited"
    position: Position
    target: Target
    value: Any
    name: str | None = None
    pinned: bool = False
