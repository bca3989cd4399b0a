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

from api.allowing import allowed_methods
from api.errors import (
    AbsentError,
    BodyTooLargeError,
    BodyTooSlowError,
    ForeignOriginError,
    JsonError,
    MediaTypeError,
    NothingActiveError,
    PreconditionFailedError,
    PreconditionMissingError,
    TooManyRequestsError,
    UnknownAssistantError,
    UnknownCheckpointError,
    UnknownEventError,
    UnknownHostError,
    UnsupportedError,
)
from api.findings import Finding, findings_of
from api.schemas import ProblemDocument
from services.errors import (
    AnswerError,
    BreakpointError,
    CursorError,
    DeliveryIsOnItsWayError,
    DeliveryNotFoundError,
    EditError,
    ForbiddenError,
    ForkError,
    IdempotencyError,
    Incompatibility,
    IncompatibleVersionError,
    InputError,
    InputProblem,
    InterruptError,
    JournalClosedError,
    KeyExistsError,
    KeyNotFoundError,
    NotAloneError,
    NothingToResumeError,
    NotReadyError,
    NotRecordableError,
    NotStoppedError,
    NotVisitedError,
    PinError,
    ProjectError,
    ProjectExistsError,
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
    RunNotStartedError,
    ScheduleError,
    ScheduleNameTakenError,
    ScheduleNotFoundError,
    SeveralStopsError,
    StaleVersionError,
    TaskIsOverError,
    TaskNotFoundError,
    ThreadBusyError,
    ThreadExistsError,
    ThreadNotFoundError,
    UnauthenticatedError,
    UnreadableEventError,
    VersionNotFoundError,
    VisitNotFoundError,
    WebhookError,
    WebhookNotFoundError,
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
        UnauthenticatedError: Kind(401, "no-valid-key", "The request needs a valid key"),
        ForbiddenError: Kind(403, "forbidden", "The key is not good for this"),
        ForeignOriginError: Kind(403, "foreign-origin", "The page may not use this server"),
        ProjectNotFoundError: Kind(404, "project-not-found", "No such project"),
        WorkflowNotFoundError: Kind(404, "workflow-not-found", "No such workflow"),
        VersionNotFoundError: Kind(404, "version-not-found", "No such version"),
        RunNotFoundError: Kind(404, "run-not-found", "No such run"),
        WebhookNotFoundError: Kind(404, "webhook-not-found", "No such webhook"),
        DeliveryNotFoundError: Kind(404, "delivery-not-found", "No such delivery"),
        KeyNotFoundError: Kind(404, "key-not-found", "No such key"),
        TaskNotFoundError: Kind(404, "task-not-found", "No such task"),
        ThreadNotFoundError: Kind(404, "thread-not-found", "No such thread"),
        ScheduleNotFoundError: Kind(404, "schedule-not-found", "No such schedule"),
        ThreadBusyError: Kind(409, "thread-busy", "A run of the thread is not over"),
        ThreadExistsError: Kind(409, "thread-exists", "The thread is there already"),
        NothingToResumeError: Kind(409, "nothing-to-resume", "Nothing waits for an answer"),
        ScheduleNameTakenError: Kind(409, "schedule-name-taken", "The name is taken"),
        VisitNotFoundError: Kind(404, "visit-not-found", "No such visit"),
        UnknownCheckpointError: Kind(404, "checkpoint-not-found", "No such checkpoint"),
        NothingActiveError: Kind(404, "nothing-active", "The run is over"),
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
        RunNotStartedError: Kind(409, "run-not-started", "Nobody has had the run executed"),
        NotStoppedError: Kind(409, "not-stopped", "No such visit has stopped"),
        SeveralStopsError: Kind(409, "several-stops", "Several visits have stopped"),
        EditError: Kind(409, "invalid-edit", "The stopped visit cannot go on like that"),
        TaskIsOverError: Kind(409, "task-is-over", "The task is answered or not needed any more"),
        DeliveryIsOnItsWayError: Kind(409, "delivery-is-on-its-way", "It is being sent just now"),
        WorkflowNameTakenError: Kind(409, "workflow-name-taken", "The name is taken"),
        KeyExistsError: Kind(409, "key-exists", "The request has made a key already"),
        ProjectExistsError: Kind(409, "project-exists", "There is such a project already"),
        StaleVersionError: Kind(412, "stale-version", "Somebody else published in the meantime"),
        PreconditionFailedError: Kind(412, "precondition-failed", "If-Match does not match"),
        BodyTooSlowError: Kind(408, "body-too-slow", "The body takes too long"),
        BodyTooLargeError: Kind(413, "body-too-large", "The body is too large"),
        MediaTypeError: Kind(415, "media-type", "The body must be JSON"),
        UnknownHostError: Kind(421, "unknown-host", "This is another server"),
        RequestValidationError: Kind(422, "invalid-request", "The request is not valid"),
        DefinitionError: Kind(422, "invalid-definition", "The definition cannot be used"),
        InputError: Kind(422, "invalid-input", "The input breaks the workflow's schema"),
        ScheduleError: Kind(422, "invalid-schedule", "The schedule names no moment"),
        BreakpointError: Kind(422, "invalid-breakpoint", "A breakpoint cannot be like this"),
        PinError: Kind(422, "invalid-pin", "A pin names a node that is not there"),
        ForkError: Kind(422, "invalid-fork", "The run cannot be forked like that"),
        UnknownEventError: Kind(422, "unknown-event", "The run has no such event"),
        UnknownAssistantError: Kind(422, "unknown-assistant", "No such assistant"),
        UnsupportedError: Kind(422, "unsupported", "This is not to be had here"),
        InterruptError: Kind(422, "invalid-resume", "The answer is for no open interrupt"),
        AnswerError: Kind(422, "invalid-answer", "The answer breaks the task's form"),
        NotAloneError: Kind(422, "not-alone", "The node does nothing without others"),
        ProjectError: Kind(422, "invalid-project", "A project cannot be called like this"),
        WebhookError: Kind(422, "invalid-webhook", "The webhook cannot be like this"),
        NotVisitedError: Kind(422, "not-visited", "The run was never there"),
        IdempotencyError: Kind(422, "idempotency-key-reused", "The key stands for another request"),
        PreconditionMissingError: Kind(428, "precondition-required", "If-Match is missing"),
        TooManyRequestsError: Kind(429, "too-many-requests", "You ask too often"),
        AbsentError: Kind(501, "absent", "This server does not have that"),
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
    return _response(problem_document(error), _headers_of(error))


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
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED and (allowed := allowed_methods(request)):
        headers["Allow"] = ", ".join(allowed)
    return _response(_document(kind, detail, ()), headers)


def _headers_of(error: Exception) -> Mapping[str, str]:
    """What belongs to an answer beside its document."""
    match error:
        case UnauthenticatedError():
            return {"WWW-Authenticate": 'Bearer realm="workflows"'}
        case TooManyRequestsError(retry_after=seconds):
            return {"Retry-After": str(seconds)}
        case BodyTooSlowError():
            return {"Connection": "close"}
        case _:
            return {}


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


_INPUTS: Final[Mapping[type[Exception], str]] = {
    AnswerError: "answer",
    BreakpointError: "breakpoint",
    ForkError: "fork",
    PinError: "pin",
    ProjectError: "project",
    ScheduleError: "schedule",
    WebhookError: "webhook",
}
"""What each kind of input is called."""


def _detail(kind: Kind, error: Exception) -> str:
    match error:
        case DefinitionError(problems=problems):
            return f"the definition has {counted(len(problems), 'problem')}"
        case IncompatibleVersionError(version=version, reasons=reasons):
            return f"version {version} has {counted(len(reasons), 'reason')} against it"
        case InputError(problems=problems):
            return (
                f"the {_INPUTS.get(type(error), 'input')} has {counted(len(problems), 'problem')}"
            )
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
        case NotReadyError(reasons=reasons):
            return [Finding(pointer="", code=part, detail=why) for part, why in reasons.items()]
        case _:
            return _single_finding(error)


def _single_finding(error: Exception) -> list[Finding]:
    """What is wrong where only one thing can be."""
    match error:
        case JsonError(code=code, detail=detail):
            return [Finding(pointer="", code=code, detail=detail)]
        case UnsupportedError(pointer=pointer, detail=detail):
            return [Finding(pointer=pointer, code="unsupported", detail=detail)]
        case _:
            return _of_debugging(error)


def _of_debugging(error: Exception) -> list[Finding]:
    match error:
        case NotStoppedError(stopped=stopped) | SeveralStopsError(stopped=stopped):
            return [_of_stop(place) for place in stopped]
        case EditError(node_id=node_id, reasons=reasons):
            return [
                Finding(pointer=pointer, code="misfit", detail=why, node_id=node_id)
                for pointer, why in reasons.items()
            ]
        case _:
            return []


def _of_input(problem: InputProblem) -> Finding:
    return Finding(pointer=problem.pointer, code=problem.code, detail=problem.detail)


def _of_version(reason: Incompatibility) -> Finding:
    return Finding(
        pointer="/version", code=reason.code, detail=reason.detail, node_id=reason.node_id
    )


def _of_stop(place: tuple[str, str, int]) -> Finding:
    """A visit that has stopped, and may have been meant."""
    node_id, path, visit = place
    detail = f"visit {visit} of {node_id!r} has stopped"
    return Finding(
        pointer="", code="has-stopped", detail=detail, node_id=node_id, path=path, visit=visit
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
