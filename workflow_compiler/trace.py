"""What a compiled graph says about itself while it runs.

Every node of ours hands these records to the `tap` of its run's context, at the moment and in the
order in which things happen: which visit of which stored node began, with what input, how each
attempt and each routing decision went. LangGraph's own stream cannot tell that (it has no event for
a failure, an attempt or a cancel), and drops what it has not delivered when a node fails.

A record names the LangGraph task (`task`, its checkpoint namespace), by which the events of models
and tools inside the node find their visit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from workflow_compiler.errors import ErrorType, Origin
from workflow_compiler.usage import Usage
from workflow_compiler.waiting import SubRunRest, Wait

ATTEMPT_MARK: Final = "workflow_attempt"
"""Events of models inside a later attempt say its number under this key of their metadata."""

OVERWRITE: Final = "overwrite"

Write: TypeAlias = tuple[str, Any] | tuple[str, Any, Literal["overwrite"]]
"""One value for a variable, before its reducer has seen it; or in its place, if it overwrites."""


def within(path: str, name: str) -> str:
    """What a node, or a body, is called inside a body with this path."""
    return f"{path}.{name}" if path else name


def body_path(path: str, container: str, part: str, visit: int = 1, attempt: int = 1) -> str:
    """The path of what is in a body, by which it is told from every other: `loop[3]`, `safe.catch`.

    `part` is an item or a slot. A second visit of the container is `loop#2[3]`, a second attempt of
    that one `loop#2.2[3]`.
    """
    again = f"#{visit}" if visit > 1 or attempt > 1 else ""
    again += f".{attempt}" if attempt > 1 else ""
    return within(path, f"{container}{again}{part}")


class EdgeKind(StrEnum):
    """Why an edge may be taken."""

    PLAIN = "plain"
    CONDITION = "condition"
    DEFAULT = "default"
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Whether one outgoing edge was taken, and why.

    `edge` counts in the plan's edges. `values` holds what the expression read, by its own words.
    """

    edge: int
    kind: EdgeKind
    taken: bool
    expression: str | None = None
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    result: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an attempt failed; `message` is safe to show."""

    type: ErrorType
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What all records say: which attempt of which visit of which node, and when (UTC).

    `path` says in which body of which container (`loop[3]`), empty outside of all.
    """

    node_id: str
    visit: int
    attempt: int
    task: str
    at: datetime
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitStarted(Record):
    """A visit began; `consumed` are the incoming edges (of the plan) whose tokens it took.

    `goes_on`: an earlier execution of the run has told so already.
    """

    input: Any
    consumed: tuple[int, ...]
    goes_on: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRecalled(Record):
    """A visit gave out again how it ended in an earlier execution of the run.

    `is_fatal`: it failed and no error edge took over.
    """

    consumed: tuple[int, ...]
    taken: tuple[int, ...]
    is_fatal: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptFailed(Record):
    """An attempt failed; `delay_seconds` is the time to the next one, None when there is none.

    `usage` is what this attempt alone used, `origin` where the failure began.
    """

    failure: Failure
    delay_seconds: float | None
    origin: Origin | None = None
    usage: Usage | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitCompleted(Record):
    """A visit ended well; `cached` when an earlier visit had done the work.

    `writes` are the values that it wrote into variables, `usage` is the sum over its attempts;
    `returned` when the whole run ended with it, so that it leaves no token.
    """

    output: Any
    usage: Usage | None
    decisions: tuple[Decision, ...] = ()
    writes: tuple[Write, ...] = ()
    cached: bool = False
    returned: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFailed(Record):
    """A visit failed for good; `decisions` is empty when no error edge takes over.

    `usage` is the sum over its attempts, `origin` where the failure began.
    """

    failure: Failure
    origin: Origin
    usage: Usage | None
    decisions: tuple[Decision, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitBegan(Record):
    """A visit waits, until `due_at` at the latest; `task_id` names the question to a person."""

    wait: Wait | SubRunRest
    due_at: datetime | None
    task_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitEnded(Record):
    """What a visit waited for has come; `by` is who answered the question to a person."""

    wait: Wait
    answer: Any
    task_id: str | None
    by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressReported(Record):
    """A behaviour said how far it is, from 0 to 1."""

    progress: float
    message: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged(Record):
    """A behaviour wrote a line."""

    level: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Emitted(Record):
    """A behaviour told the watchers of the run something of its own."""

    name: str
    payload: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class LargeResult(Record):
    """A visit gives out much; `size` is in bytes of JSON."""

    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TextStreamed(Record):
    """A behaviour streamed a piece of text of its own."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadLeft(Record):
    """An attempt was stopped while its plain function was at work: nobody can stop that thread."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyOpened(Record):
    """A visit of a container began one of its bodies; `body` is the path of all in it."""

    slot: str
    body: str


class BodyEnd(StrEnum):
    """How a body ended; `returned`: the whole run ended in it."""

    COMPLETED = "completed"
    FAILED = "failed"
    RETURNED = "returned"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyClosed(Record):
    """A body is over, and whatever has not ended in it has been stopped."""

    body: str
    end: BodyEnd


TraceRecord: TypeAlias = (
    VisitStarted
    | VisitRecalled
    | AttemptFailed
    | VisitCompleted
    | VisitFailed
    | WaitBegan
    | WaitEnded
    | ProgressReported
    | Logged
    | Emitted
    | TextStreamed
    | LargeResult
    | ThreadLeft
    | BodyOpened
    | BodyClosed
)
