"""A client of the service: create, watch, control and answer runs from anywhere.

It knows nothing of the service but its interface; it needs `httpx2`, `pydantic` and `websockets`.
"""

from workflow_client.client import Client
from workflow_client.documents import Event, Outcome, Run, SentSignal, Task, Visit, Workflow
from workflow_client.errors import (
    ClientError,
    ConflictError,
    Finding,
    InvalidError,
    NotFoundError,
    PreconditionError,
    ProblemError,
    ProtocolError,
    ServerFailedError,
    TooManyError,
    UnauthorizedError,
    UnreachableError,
)

__all__ = [
    "Client",
    "ClientError",
    "ConflictError",
    "Event",
    "Finding",
    "InvalidError",
    "NotFoundError",
    "Outcome",
    "PreconditionError",
    "ProblemError",
    "ProtocolError",
    "Run",
    "SentSignal",
    "ServerFailedError",
    "Task",
    "TooManyError",
    "UnauthorizedError",
    "UnreachableError",
    "Visit",
    "Workflow",
]
