"""Every error as an RFC 9457 problem document: what it is called and which status it has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from types import MappingProxyType
from typing import Any, Final

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.errors import (
    BodyTooLargeError,
    ForeignOriginError,
    JsonError,
    MediaTypeError,
    PreconditionFailedError,
    PreconditionMissingError,
    UnknownHostError,
)
from api.findings import Finding, findings_of
from api.schemas import ProblemDocument
from services.errors import (
    AnswerError,
    CursorError,
    IdempotencyError,
    Incompatibility,
    IncompatibleVersionError,
    InputError,
    InputProblem,
    JournalClosedError,
    NotAloneError,
    NotReadyError,
    NotRecordableError,
    NotVisitedError,
    ProjectNotFoundError,
    RunAlreadyExecutedError,
    RunIsCompletedError,
    RunIsNotAtRestError,
    RunIsNotOverError,
    RunIsOverError,
    RunIsPausedError,
    RunIsStoppingError,
    RunNotFoundError,
    RunNotPausedError,
    ScheduleError,
    ScheduleNameTakenError,
    ScheduleNotFoundError,
    StaleVersionError,
    TaskIsOverError,
    TaskNotFoundError,
    ThreadBusyError,
    ThreadNotFoundError,
    UnreadableEventError,
    VersionNotFoundError,
    VisitNotFoundError,
    WorkflowNameTakenError,
    WorkflowNotFoundError,
)
from workflow_compiler import DefinitionError
from workflow_compiler.definition.source import pointer_of
from workflow_compiler.show import counted

_log = structlog.get_logger(__name__)

MEDIA_TYPE: Final = "application/problem+json"

URN_PREFIX: Final = "urn:workflow:problem:"


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of problem: its status, its stable name, and what it is called for people."""

    status: int
    name: str
    title: str


INTERNAL: Final = Kind(500, "internal", "The server failed")
DATABASE_AWAY: Final = Kind(503, "database-away", "The database does not answer")

KINDS: Mapping[type[Exception], Kind] = MappingProxyType(
    {
        JsonError: Kind(400, "invalid-json", "The body is not acceptable JSON"),
        CursorError: Kind(400, "invalid-cursor", "No page gave this cursor"),
        ForeignOriginError: Kind(403, "foreign-origin", "The page may not use this server"),
        ProjectNotFoundError: Kind(404, "project-not-found", "No such project"),
        WorkflowNotFoundError: Kind(404, "workflow-not-found", "No such workflow"),
        VersionNotFoundError: Kind(404, "version-not-found", "No such version"),
        RunNotFoundError: Kind(404, "run-not-found", "No such run"),
        TaskNotFoundError: Kind(404, "task-not-found", "No such task"),
        ThreadNotFoundError: Kind(404, "thread-not-found", "No such thread"),
        ScheduleNotFoundError: Kind(404, "schedule-not-found", "No such schedule"),
        ThreadBusyError: Kind(409, "thread-busy", "A run of the thread is not over"),
        ScheduleNameTakenError: Kind(409, "schedule-name-taken", "The name is taken"),
        VisitNotFoundError: Kind(404, "visit-not-found", "No such visit"),
        RunAlreadyExecutedError: Kind(409, "run-already-executed", "The run runs or ran already"),
        RunIsOverError: Kind(409, "run-is-over", "The run has ended"),
        NotRecordableError: Kind(409, "not-recordable", "The run cannot become a test"),
        RunIsNotOverError: Kind(409, "run-is-not-over", "The run still goes on"),
        RunIsCompletedError: Kind(409, "run-is-completed", "Nothing of the run failed"),
        RunIsNotAtRestError: Kind(409, "run-is-not-at-rest", "The run is being executed or over"),
        IncompatibleVersionError: Kind(
            409, "incompatible-version", "The version does not fit what has run"
        ),
        UnreadableEventError: Kind(409, "unreadable-event", "The log of the run cannot be read"),
        RunIsPausedError: Kind(409, "run-is-paused", "The run is paused"),
        RunIsStoppingError: Kind(409, "run-is-stopping", "The run is being cancelled"),
        RunNotPausedError: Kind(409, "run-not-paused", "Nobody has paused the run"),
        TaskIsOverError: Kind(409, "task-is-over", "The task is answered or not needed any more"),
        WorkflowNameTakenError: Kind(409, "workflow-name-taken", "The name is taken"),
        StaleVersionError: Kind(412, "stale-version", "Somebody else published in the meantime"),
        PreconditionFailedError: Kind(412, "precondition-failed", "If-Match does not match"),
        BodyTooLargeError: Kind(413, "body-too-large", "The body is too large"),
        MediaTypeError: Kind(415, "media-type", "The body must be JSON"),
        UnknownHostError: Kind(421, "unknown-host", "This is another server"),
        RequestValidationError: Kind(422, "invalid-request", "The request is not valid"),
        DefinitionError: Kind(422, "invalid-definition", "The definition cannot be used"),
        InputError: Kind(422, "invalid-input", "The input breaks the workflow's schema"),
        ScheduleError: Kind(422, "invalid-schedule", "The schedule names no moment"),
        AnswerError: Kind(422, "invalid-answer", "The answer breaks the task's form"),
        NotAloneError: Kind(422, "not-alone", "The node does nothing without others"),
        NotVisitedError: Kind(422, "not-visited", "The run was never there"),
        IdempotencyError: Kind(422, "idempotency-key-reused", "The key stands for another request"),
        PreconditionMissingError: Kind(428, "precondition-required", "If-Match is missing"),
        JournalClosedError: Kind(503, "shutting-down", "The server is shutting down"),
        NotReadyError: Kind(503, "not-ready", "The server is not ready"),
        OperationalError: DATABASE_AWAY,
        Exception: INTERNAL,
    }
)
"""The one table. An error without an entry of its own is `internal`, and its text stays inside."""


def install(app: FastAPI) -> None:
    """Have every error answered with a problem document."""
    for error in KINDS:
        app.add_exception_handler(error, _answer)
    app.add_exception_handler(HTTPException, _answer_of_the_router)


def kind_of(error: Exception) -> Kind:
    """What an error is to clients."""
    return next((KINDS[cls] for cls in type(error).__mro__ if cls in KINDS), INTERNAL)


def problem_document(error: Exception) -> ProblemDocument:
    """An error as clients read it."""
    kind = kind_of(error)
    return _document(kind, _detail(kind, error), _findings(error))


def problem_response(error: Exception) -> JSONResponse:
    """The answer that an error deserves."""
    return _response(problem_document(error))


Answer = Callable[[Request, Exception], Awaitable[JSONResponse]]


async def _answer(request: Request, error: Exception) -> JSONResponse:
    if kind_of(error) is DATABASE_AWAY:
        _log.warning("database.away", path=request.url.path, error=str(error))
    return problem_response(error)


async def _answer_of_the_router(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for nothing else
    phrase = HTTPStatus(error.status_code).phrase
    kind = Kind(error.status_code, phrase.lower().replace(" ", "-"), phrase)
    detail = f"{request.method} {request.url.path!r}: {error.detail}"
    return _response(_document(kind, detail, ()), error.headers)


def _response(document: ProblemDocument, headers: Mapping[str, str] | None = None) -> JSONResponse:
    content = document.model_dump(mode="json", exclude_none=True)
    return JSONResponse(content, document.status, headers, MEDIA_TYPE)


def _document(kind: Kind, detail: str, findings: Sequence[Finding]) -> ProblemDocument:
    return ProblemDocument(
        type=URN_PREFIX + kind.name,
        title=kind.title,
        status=kind.status,
        detail=detail,
        errors=list(findings) or None,
    )


def _detail(kind: Kind, error: Exception) -> str:
    match error:
        case DefinitionError(problems=problems):
            return f"the definition has {counted(len(problems), 'problem')}"
        case AnswerError(problems=problems):
            return f"the answer has {counted(len(problems), 'problem')}"
        case IncompatibleVersionError(version=version, reasons=reasons):
            return f"version {version} has {counted(len(reasons), 'reason')} against it"
        case ScheduleError(problems=problems):
            return f"the schedule has {counted(len(problems), 'problem')}"
        case InputError(problems=problems):
            return f"the input has {counted(len(problems), 'problem')}"
        case RequestValidationError():
            return f"the request has {counted(len(error.errors()), 'problem')}"
        case _ if kind in {INTERNAL, DATABASE_AWAY}:
            return "the error was logged; try again later"
        case _:
            return str(error)


def _findings(error: Exception) -> list[Finding]:
    match error:
        case DefinitionError(problems=problems):
            return findings_of(problems)
        case InputError(problems=problems):
            return [_of_input(problem) for problem in problems]
        case RequestValidationError():
            return [_of_request(details) for details in error.errors()]
        case IncompatibleVersionError(reasons=reasons):
            return [_of_version(reason) for reason in reasons]
        case NotVisitedError(visited=visited):
            return [_of_place(visited)]
        case NotReadyError(part=part, why=why):
            return [Finding(pointer="", code=part, detail=why)]
        case JsonError(code=code, detail=detail):
            return [Finding(pointer="", code=code, detail=detail)]
        case _:
            return []


def _of_input(problem: InputProblem) -> Finding:
    return Finding(pointer=problem.pointer, code=problem.code, detail=problem.detail)


def _of_version(reason: Incompatibility) -> Finding:
    return Finding(
        pointer="/version", code=reason.code, detail=reason.detail, node_id=reason.node_id
    )


def _of_place(visited: Sequence[str]) -> Finding:
    hint = f"visited nodes: {', '.join(map(repr, visited)) or 'none'}"
    return Finding(pointer="/from_node", code="not-visited", detail="never visited", hint=hint)


def _of_request(details: Mapping[str, Any]) -> Finding:
    """Where a request breaks its schema; what is not in the body has its name in the detail."""
    place, *path = details["loc"]
    if place == "body":
        return Finding(pointer=pointer_of(*path), code=details["type"], detail=details["msg"])
    detail = f"{place} {'.'.join(map(str, path))!r}: {details['msg']}"
    return Finding(pointer="", code=details["type"], detail=detail)
