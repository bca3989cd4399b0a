"""What routes ask for: the services, and the values that are checked the same way everywhere."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Header, Path, Query, Request
from starlette.requests import HTTPConnection

from api.access import PrincipalDep, key_in
from services.bootstrap import Services
from services.domain.access import Principal
from services.errors import UnauthenticatedError

_TITLES: Final = {
    400: "The body is not acceptable JSON, or the cursor is unknown",
    401: "There is no key in the request, or none that is valid",
    403: "The key is not good for this, or a page of another site asks",
    404: "There is no such thing",
    408: "The body takes longer than any network needs",
    409: "The state of the thing forbids it",
    412: "Somebody else published in the meantime",
    413: "The body is over 1 MiB",
    415: "The body is not JSON",
    421: "The request names another server",
    422: "The request is not valid; `errors` says all that is wrong",
    428: "`If-Match` is missing",
    429: "You ask more often than you may; `Retry-After` says when to come back",
    500: "The server failed",
    503: "The server cannot answer now",
}


def services_of(connection: HTTPConnection) -> Services:
    """The services that the application was made with."""
    services: Services = connection.app.state.services
    return services


async def visitor_of(connection: HTTPConnection, key: str | None) -> Principal | None:
    """Who is at the other end of a socket: by the key that was said, or else by its headers.

    None where that is no valid key, or where there has to be one and is none.
    """
    given = key_in(connection.headers) if key is None else key
    try:
        return await services_of(connection).access.authenticate(given)
    except UnauthenticatedError:
        return None


_PROBLEM: Final = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
}
"""Its schema by reference: as a model, the framework would compile it anew for each answer."""


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for OpenAPI; some may come from any."""
    every = sorted({*statuses, 401, 403, 421, 422, 429, 500, 503})
    return {status: {"content": _PROBLEM, "description": _TITLES[status]} for status in every}


BODY_ERRORS: Final = (400, 403, 408, 413, 415)
"""What may be wrong with a body before anybody looks at what it says."""

DEFAULT_PROJECT: Final = "default"

MAX_NUMBER: Final = 2**31 - 1

ServicesDep = Annotated[Services, Depends(services_of)]


async def own_project(
    request: Request,
    services: ServicesDep,
    principal: PrincipalDep,
    project_id: Annotated[
        str, Path(description="The project; `default` is always there.", examples=["default"])
    ],
) -> str:
    """The project of the address, which there is for whoever asks."""
    await services.access.require_project(principal, project_id)
    request.state.project_id = project_id
    return project_id


async def own_run(
    request: Request,
    services: ServicesDep,
    principal: PrincipalDep,
    run_id: Annotated[str, Path(description="The run's id.")],
) -> str:
    """The run of the address, which there is for whoever asks."""
    request.state.project_id = await services.access.require_run(principal, run_id)
    return run_id


async def own_other_run(
    request: Request,
    services: ServicesDep,
    principal: PrincipalDep,
    other_id: Annotated[str, Path(description="The other run's id.")],
) -> str:
    """The second run of the address, which there is for whoever asks."""
    return await own_run(request, services, principal, other_id)


async def asked_project(services: Services, principal: Principal, named: str | None) -> str:
    """The project that a query names; else the one of the key, or `default`.

    Raises:
        ProjectNotFoundError: there is no such project for whoever asks.
    """
    project_id = named or principal.project_id or DEFAULT_PROJECT
    await services.access.require_project(principal, project_id)
    return project_id


ProjectId = Annotated[str, Depends(own_project)]
"""The project of the address. What is in it (`WorkflowId`, `TaskId`) is looked up there only."""

RunId = Annotated[str, Depends(own_run)]
OtherRunId = Annotated[str, Depends(own_other_run)]
WorkflowId = Annotated[str, Path(description="The workflow's id.")]
TaskId = Annotated[str, Path(description="The task's id.")]
VersionNumber = Annotated[int, Path(ge=1, le=MAX_NUMBER, description="The version's number.")]
Version = Annotated[
    int | None,
    Query(ge=1, le=MAX_NUMBER, description="The version; the newest when absent."),
]
Cursor = Annotated[
    str | None, Query(max_length=1_000, description="`next_cursor` of the page before.")
]
IdempotencyKey = Annotated[
    str | None,
    Header(
        min_length=1,
        max_length=200,
        description="The same key and body give the same thing again; another body is refused.",
    ),
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most.")]
