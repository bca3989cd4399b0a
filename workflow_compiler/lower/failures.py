"""Exceptions of behaviours, sorted into the error types that a run's log speaks of."""

from __future__ import annotations

from pydantic import ValidationError

from workflow_compiler.errors import (
    BodyFailedError,
    ErrorType,
    NodeError,
    Origin,
    WorkflowError,
)
from workflow_compiler.trace import Failure

MAX_MESSAGE = 2_000


class NodeFailedError(WorkflowError):
    """A node failed for good and no error edge takes over, so its scope fails.

    `origin` is the failure that it began with: the node's own, or one deep inside a container.
    """

    def __init__(
        self, node_id: str, visit: int, attempt: int, failure: Failure, origin: Origin
    ) -> None:
        self.node_id, self.visit, self.attempt, self.failure = node_id, visit, attempt, failure
        self.origin = origin
        super().__init__(f"node {node_id!r} failed: {failure.message}")


def origin_of(error: Exception | None, failure: Failure, node_id: str, path: str) -> Origin:
    """Where a failure of a node began."""
    if isinstance(error, BodyFailedError):
        return error.origin
    return Origin(type=failure.type, message=failure.message, node_id=node_id, path=path)


def failure_of(error: Exception) -> Failure:
    """Why a behaviour failed, in words that fit into a log."""
    match error:
        case NodeError():
            return Failure(type=error.type, message=error.message[:MAX_MESSAGE])
        case TimeoutError():
            return _named(ErrorType.TIMEOUT, error)
        case ConnectionError():
            return _named(ErrorType.CONNECTIVITY, error)
        case PermissionError():
            return _named(ErrorType.SECURITY, error)
        case ValidationError():
            return _named(ErrorType.VALIDATION, error)
        case _:
            return _named(ErrorType.EXECUTION, error)


def _named(error_type: ErrorType, error: Exception) -> Failure:
    text = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Failure(type=error_type, message=text[:MAX_MESSAGE])
