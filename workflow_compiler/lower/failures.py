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
from workflow_compiler.ports import Secrets
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


def failure_of(error: Exception, secrets: Secrets) -> Failure:
    """Why a behaviour failed, in words that fit into a log and tell no secret."""
    # First without secrets, then short: half a secret would not be found any more.
    message: str = secrets.redacted(_message_of(error))
    return Failure(type=_type_of(error), message=message[:MAX_MESSAGE])


def _type_of(error: Exception) -> ErrorType:
    match error:
        case NodeError():
            return error.type
        case TimeoutError():
            return ErrorType.TIMEOUT
        case ConnectionError():
            return ErrorType.CONNECTIVITY
        case PermissionError():
            return ErrorType.SECURITY
        case ValidationError():
            return ErrorType.VALIDATION
        case _:
            return ErrorType.EXECUTION


def _message_of(error: Exception) -> str:
    if isinstance(error, NodeError):
        return error.message
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
