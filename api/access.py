"""Whose request it is, and whether it may: found out once, before any route is asked.

`Access` lets nobody in without a key where there are keys, whatever is mounted behind it. A route
says which scope it needs (`READ`, `RUN`, `DEBUG`, `ADMIN`), and takes its project, run and so on
through the aliases of `api.deps`, which find nothing that is not of the key's project.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Request
from sqlalchemy.exc import OperationalError
from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Send
from starlette.types import Scope as AsgiScope

from api.errors import RequestError, TooManyRequestsError
from api.problems import problem_response
from api.static import is_page
from services.domain.access import LOCAL, Principal, Scope
from services.domain.audit import Change
from services.domain.rates import Buckets
from services.errors import ForbiddenError, UnauthenticatedError
from services.usecases.access import AccessUseCases
from services.usecases.audit import AuditUseCases

OPEN: Final = frozenset({"/healthz", "/readyz"})
"""What anybody may ask for beside the page."""

_READING: Final = frozenset({"GET", "HEAD"})
_FIRST_ERROR: Final = 400
_BEARER: Final = "bearer "


class Access:
    """ASGI middleware: finds out who asks; without a key nobody gets beyond the page.

    What they change goes to the audit log before they are told that it is done. Of a socket it does
    nothing: a browser gives its key in the first message, and a close code tells what was wrong.
    """

    def __init__(self, app: ASGIApp, access: AccessUseCases, audit: AuditUseCases) -> None:
        self._app = app
        self._access = access
        self._audit = audit

    async def __call__(self, scope: AsgiScope, receive: Receive, send: Send) -> None:
        """Pass the request on with its principal, or answer with a problem."""
        if scope["type"] != "http" or is_open(scope):
            await self._app(scope, receive, send)
            return
        try:
            principal = await self._known(HTTPConnection(scope))
        except (UnauthenticatedError, RequestError, OperationalError) as error:
            await problem_response(error)(scope, receive, send)
            return

        async def note_and_send(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] < _FIRST_ERROR:
                await self._note(HTTPConnection(scope), principal)
            await send(message)

        scope.setdefault("state", {})["principal"] = principal
        await self._app(scope, receive, note_and_send)

    async def _known(self, connection: HTTPConnection) -> Principal:
        """Whoever asks, unless they ask too often.

        Raises:
            UnauthenticatedError: there are keys, and the request has none that is valid.
            TooManyRequestsError: this key, or this address with wrong keys, asks too often.
        """
        try:
            principal = await self._access.authenticate(key_in(connection.headers))
        except UnauthenticatedError:
            check_rate(connection, None)
            raise
        check_rate(connection, principal.id)
        return principal

    async def _note(self, connection: HTTPConnection, principal: Principal) -> None:
        """Keep what was done, where the route says that it does something."""
        action: str | None = getattr(connection.state, "action", None)
        if action is not None:
            change = Change(
                who=principal.id,
                action=action,
                project_id=getattr(connection.state, "project_id", None),
                address=connection.url.path,
                client=connection.client and connection.client.host,
            )
            await self._audit.note(change)


def buckets_of(connection: HTTPConnection) -> Buckets:
    """How often whom the application lets ask."""
    buckets: Buckets = connection.app.state.buckets
    return buckets


def check_rate(connection: HTTPConnection, key_id: str | None) -> None:
    """Let whoever has this key ask, or fail without a valid one, unless they do so too often.

    A key is judged by what it was used for, and only failures by their address: many may share
    one, behind a proxy, and nobody is to lock the others out.

    Raises:
        TooManyRequestsError: they do.
    """
    if key_id == LOCAL.id:
        return
    caller = _address(connection) if key_id is None else key_id
    if (wait_seconds := buckets_of(connection).take(caller)) > 0.0:
        raise TooManyRequestsError(wait_seconds)


def _address(connection: HTTPConnection) -> str:
    return f"address {connection.client.host}" if connection.client else "address"


def is_open(scope: AsgiScope) -> bool:
    """Whether anybody may ask for it: the page, which asks for the key, and the health."""
    path = scope["path"].removeprefix(scope.get("root_path", ""))
    return scope["method"] in {"GET", "HEAD"} and (path in OPEN or is_page(path))


def key_in(headers: Headers) -> str | None:
    """The key that a request brings: as a bearer, or as the clients of LangGraph send it."""
    given = headers.get("authorization")
    if given is None:
        return headers.get("x-api-key")
    return given[len(_BEARER) :].strip() if given[: len(_BEARER)].lower() == _BEARER else ""


def principal_of(connection: HTTPConnection) -> Principal:
    """Whoever asks; `Access` has seen to it that somebody does."""
    principal: Principal = connection.state.principal
    return principal


PrincipalDep = Annotated[Principal, Depends(principal_of)]


def must_have(principal: Principal, scope: Scope) -> None:
    """Let whoever asks go on, where they may do what needs this scope.

    Raises:
        ForbiddenError: they may not.
    """
    if not principal.may(scope):
        raise ForbiddenError(f"the scope {scope.value!r}")


@dataclass(frozen=True, slots=True)
class Needs:
    """What a route needs: a dependency that refuses whoever may not."""

    scope: Scope

    def __call__(self, request: Request, principal: PrincipalDep) -> None:
        """Let whoever asks go on; what needs more than to read is a change to be noted.

        Raises:
            ForbiddenError: the key does not have the scope.
        """
        must_have(principal, self.scope)
        if self.scope is not Scope.READ and request.method not in _READING:
            request.state.action = request.scope["route"].name


READ: Final = [Depends(Needs(Scope.READ))]
RUN: Final = [Depends(Needs(Scope.RUN))]
DEBUG: Final = [Depends(Needs(Scope.DEBUG))]
ADMIN: Final = [Depends(Needs(Scope.ADMIN))]
