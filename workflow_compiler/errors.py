"""What can go wrong with a definition or in a node, as types.

WorkflowError
├── DefinitionError          the document is wrong; carries every Problem
├── NodeError                a node failed for good at run time; carries an ErrorType
│   ├── NodeTimeoutError     an attempt took longer than its timeout
│   ├── NoRouteError         a condition or router node found no edge to take
│   ├── BodyFailedError      a node inside a container failed for good
│   └── ...                  (expressions.EvaluationError)
├── NodeTypeError            a node type cannot be used
├── StepLimitError           a run would make more visits than it may
└── NodeFailedError          (lower) a scope of the graph fails with one of its nodes
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from typing_extensions import override

from workflow_compiler.usage import Usage


class ErrorType(StrEnum):
    """The closed set of error types that a run's log, its API and `retry.on` speak of.

    Behaviours choose among all of them, `fail` nodes too; beside that, who raises it:

    Attributes:
        CONNECTIVITY: `http`, and whatever raises a `ConnectionError`: nobody answers.
        TIMEOUT: The timer of an attempt, and whatever raises a `TimeoutError`.
        VALIDATION: A config, argument, answer or sub-run's input that is not what was asked for.
        TRANSFORMATION: A result that is no JSON; a value that a variable cannot take.
        EXPRESSION: An expression or template that cannot be worked out.
        ROUTING: A behaviour that leaves by a handle that its type does not declare.
        SECURITY: `http` when it may not go there, and whatever raises a `PermissionError`.
        EXECUTION: Any other failure of a behaviour.
        CANCELLATION: `subworkflow` when somebody cancelled its run.
        UNKNOWN: The service, when a run ends for a reason that only the server's log can tell.
        NO_ROUTE: A `condition` or `router` without a way to go.
        DEADLOCK: A run of which tokens are left that nothing can consume.
        STEP_LIMIT: A run with more visits than `limits.max_steps`; an agent with too many turns.
        HISTORY_LIMIT: A run with too many events.
        DEADLINE: A run that took longer than its definition allows.
        CRASH_LOOP: A run under which one process after the other dies.
        CHECKPOINT_CORRUPT: A run whose log cannot be read, so that it cannot go on.
    """

    CONNECTIVITY = "CONNECTIVITY"
    TIMEOUT = "TIMEOUT"
    VALIDATION = "VALIDATION"
    TRANSFORMATION = "TRANSFORMATION"
    EXPRESSION = "EXPRESSION"
    ROUTING = "ROUTING"
    SECURITY = "SECURITY"
    EXECUTION = "EXECUTION"
    CANCELLATION = "CANCELLATION"
    UNKNOWN = "UNKNOWN"
    NO_ROUTE = "NO_ROUTE"
    DEADLOCK = "DEADLOCK"
    STEP_LIMIT = "STEP_LIMIT"
    HISTORY_LIMIT = "HISTORY_LIMIT"
    DEADLINE = "DEADLINE"
    CRASH_LOOP = "CRASH_LOOP"
    CHECKPOINT_CORRUPT = "CHECKPOINT_CORRUPT"


class Severity(StrEnum):
    """An error forbids compiling; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One finding about a definition, with its address.

    `pointer` is a JSON pointer into the document as it was given (`/edges/3/condition`);
    `line` and `column` count from 1 and are there when the source is text.
    """

    code: str
    message: str
    pointer: str
    severity: Severity = Severity.ERROR
    node_id: str | None = None
    edge_id: str | None = None
    hint: str | None = None
    line: int | None = None
    column: int | None = None

    @override
    def __str__(self) -> str:
        """Read as one line, the way a compiler prints it."""
        place = self.pointer or "/"
        hint = f" ({self.hint})" if self.hint else ""
        return f"{self.severity} {self.code} at {place}: {self.message}{hint}"


class WorkflowError(Exception):
    """Everything that this library raises on purpose."""


class DefinitionError(WorkflowError):
    """The definition cannot be used; `problems` says all that is wrong with it."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class NodeError(WorkflowError):
    """A node cannot do its work; `message` is safe to show to the workflow's users.

    `usage` is what the attempt's model calls had cost until then.
    """

    def __init__(
        self,
        type: ErrorType,  # noqa: A002 - the wire's word
        message: str,
        usage: Usage | None = None,
    ) -> None:
        self.type = type
        self.message = message
        self.usage = usage
        super().__init__(message)


class NodeTimeoutError(NodeError):
    """An attempt took longer than its timeout."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        super().__init__(ErrorType.TIMEOUT, f"no result within {seconds:g} s")


class NoRouteError(NodeError):
    """A condition or router node found no edge to take and has no default.

    `handle` is that of the case that holds but has no edge; None where none holds.
    """

    def __init__(self, handle: str | None = None) -> None:
        self.handle = handle
        why = "no case holds" if handle is None else f"the case {handle!r} holds but has no edge"
        super().__init__(ErrorType.NO_ROUTE, f"{why}, and there is no default")


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Which failure it was, however many containers lie around it; `path` is that of its body."""

    type: ErrorType
    message: str
    node_id: str | None
    path: str

    @property
    def said(self) -> dict[str, Any]:
        """What workflows read as `error`."""
        return {"type": self.type.value, "message": self.message, "node_id": self.node_id}


class BodyFailedError(NodeError):
    """A body of a container failed, because a node in it failed for good."""

    def __init__(self, origin: Origin) -> None:
        self.origin = origin
        place = ".".join(part for part in (origin.path, origin.node_id) if part)
        super().__init__(origin.type, f"{place}: {origin.message}")


class NodeTypeError(WorkflowError):
    """A node type cannot be used: `why` says what is wrong with it."""

    def __init__(self, name: str, why: str) -> None:
        self.name = name
        super().__init__(why)


class StepLimitError(WorkflowError):
    """A run would make more visits than it may; it ends before the one that is too many.

    `place` is the node with its path. No container catches this: there would be no step left.
    """

    type = ErrorType.STEP_LIMIT

    def __init__(self, place: str, node_id: str, limit: int) -> None:
        self.place, self.node_id, self.limit = place, node_id, limit
        self.message = f"{place!r} would be visit {limit + 1:,} of the run (limits.max_steps)"
        super().__init__(self.message)


class RunReturned(Exception):  # noqa: N818 - it is no error
    """The run ends here and now, well, with this output: how `return` leaves a compiled graph."""

    def __init__(self, output: Any) -> None:
        self.output = output
        super().__init__("the run returned")
