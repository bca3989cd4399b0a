"""What can go wrong between a client and the server, as types.

ClientError
├── ProblemError           the server said no, in a problem document (RFC 9457)
│   ├── UnauthorizedError  no key, a wrong one, or one that does not allow this (401, 403)
│   ├── NotFoundError      there is no such thing, or it is not yours (404)
│   ├── ConflictError      the state of the thing forbids it (409)
│   ├── PreconditionError  somebody else was there first (412, 428)
│   ├── TooManyError       too much at once (429)
│   ├── InvalidError       what was sent cannot be used; `findings` says all that is wrong (4xx)
│   └── ServerFailedError  the server could not do it (5xx)
├── UnreachableError       nobody answers, for longer than one had patience
└── ProtocolError          the answer is not what a server of this kind says
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, ValidationError

URN_PREFIX: Final = "urn:workflow:problem:"


class ClientError(Exception):
    """Everything that this client raises on purpose."""


class UnreachableError(ClientError):
    """Nobody answers at the address of the server; `is_unsent`: and nobody heard the question."""

    def __init__(self, url: str, why: str, *, is_unsent: bool = False) -> None:
        self.url = url
        self.is_unsent = is_unsent
        super().__init__(f"no answer from {url}: {why}")


class ProtocolError(ClientError):
    """What answers is no server of this kind, or one of another time."""


class Finding(BaseModel):
    """One thing that is wrong, with its address."""

    model_config = ConfigDict(extra="allow", frozen=True)

    pointer: str
    code: str
    detail: str


class Problem(BaseModel):
    """A problem document."""

    model_config = ConfigDict(extra="allow", frozen=True)

    type: str = "about:blank"
    title: str = ""
    detail: str = ""
    errors: tuple[Finding, ...] = ()


class ProblemError(ClientError):
    """The server said no."""

    def __init__(self, status: int, problem: Problem) -> None:
        self.status = status
        self.kind = problem.type.removeprefix(URN_PREFIX)
        self.findings = problem.errors
        words = problem.detail or problem.title or f"status {status}"
        lines = [f"  {found.pointer or '/'}: {found.detail}" for found in problem.errors]
        super().__init__("\n".join([words, *lines]))


class UnauthorizedError(ProblemError):
    """There is no key, or this one does not allow it."""


class NotFoundError(ProblemError):
    """There is no such thing, or it is not yours."""


class ConflictError(ProblemError):
    """The state of the thing forbids it."""


class PreconditionError(ProblemError):
    """Somebody else was there first."""


class TooManyError(ProblemError):
    """Too much at once."""


class InvalidError(ProblemError):
    """What was sent cannot be used."""


class ServerFailedError(ProblemError):
    """The server could not do it."""


_BY_STATUS: Final[Mapping[int, type[ProblemError]]] = MappingProxyType(
    {
        401: UnauthorizedError,
        403: UnauthorizedError,
        404: NotFoundError,
        409: ConflictError,
        412: PreconditionError,
        428: PreconditionError,
        429: TooManyError,
    }
)
_SERVER_FAILS: Final = 500


def problem_error(status: int, body: bytes | str) -> ProblemError:
    """The error that an answer stands for; a proxy may have said it, in words of its own."""
    try:
        problem = Problem.model_validate_json(body)
    except ValidationError:
        problem = Problem()
    fallback = ServerFailedError if status >= _SERVER_FAILS else InvalidError
    return _BY_STATUS.get(status, fallback)(status, problem)


def said_on_socket(status: int, code: str, detail: str) -> ProblemError:
    """The same error, where the socket has said it."""
    problem: dict[str, Any] = {"type": URN_PREFIX + code, "detail": detail}
    return _BY_STATUS.get(status, InvalidError)(status, Problem.model_validate(problem))
