"""What routes ask for: the services, and the values that are checked the same way everywhere."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import Depends, Path, Query
from starlette.requests import HTTPConnection

from api.schemas import ProblemDocument
from services.bootstrap import Services

_TITLES: Final = {
    400: "The body is not acceptable JSON, or the cursor is unknown",
    403: "A page of another site asks",
    404: "There is no such thing",
    409: "The state of the thing forbids it",
    412: "Somebody else published in the meantime",
    413: "The body is over 1 MiB",
    415: "The body is not JSON",
    421: "The request names another server",
    422: "The request is not valid; `errors` says all that is wrong",
    428: "`If-Match` is missing",
    500: "The server failed",
    503: "The server cannot answer now",
}


def services_of(connection: HTTPConnection) -> Services:
    """The services that the application was made with."""
    services: Services = connection.app.state.services
    return services


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The error answers of a route, for OpenAPI; 421, 422, 500 and 503 may come from any."""
    every = sorted({*statuses, 421, 422, 500, 503})
    return {status: {"model": ProblemDocument, "description": _TITLES[status]} for status in every}


BODY_ERRORS: Final = (400, 403, 413, 415)
"""What may be wrong with a body before anybody looks at what it says."""

MAX_NUMBER: Final = 2**31 - 1

ServicesDep = Annotated[Services, Depends(services_of)]


async def _known_project(
    services: ServicesDep,
    project_id: Annotated[
        str, Path(description="The project; `default` is always there.", examples=["default"])
    ],
) -> str:
    await services.projects.require(project_id)
    return project_id


ProjectId = Annotated[str, Depends(_known_project)]
"""The project of the address, which exists."""

WorkflowId = Annotated[str, Path(description="The workflow's id.")]
RunId = Annotated[str, Path(description="The run's id.")]
TaskId = Annotated[str, Path(description="The task's id.")]
VersionNumber = Annotated[int, Path(ge=1, le=MAX_NUMBER, description="The version's number.")]
Version = Annotated[
    int | None,
    Query(ge=1, le=MAX_NUMBER, description="The version; the newest when absent."),
]
Cursor = Annotated[
    str | None, Query(max_length=1_000, description="`next_cursor` of the page before.")
]
Limit = Annotated[int, Query(ge=1, le=200, description="How many items at most.")]
