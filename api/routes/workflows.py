"""Workflows: store, find, examine and draw them."""

from __future__ import annotations

import re
from enum import StrEnum
from hashlib import blake2b
from typing import Annotated, Any, Final

from fastapi import APIRouter, Header, Query, Request, Response, status
from fastapi.responses import PlainTextResponse
from pydantic_core import to_json

from api.access import ADMIN, READ
from api.answers import answer
from api.deps import (
    BODY_ERRORS,
    Cursor,
    Limit,
    ProjectId,
    ServicesDep,
    Version,
    VersionNumber,
    WorkflowId,
    errors,
)
from api.errors import PreconditionFailedError, PreconditionMissingError
from api.findings import findings_of
from api.graphs import Graph, graph_of
from api.plans import PlanDocument, plan_document
from api.schemas import (
    DefinitionBody,
    Page,
    PublishedWorkflow,
    Verdict,
    Workflow,
    WorkflowSummary,
)
from api.schemas.common import Text
from services.bootstrap import Services
from services.store.workflows import StoredWorkflow
from services.usecases.workflows import Published
from workflow_compiler.errors import Severity
from workflow_compiler.show import dot, mermaid

router = APIRouter(prefix="/projects/{project_id}", tags=["workflows"])

_ANY_TAG: Final = re.compile(r'"[^"]*"')
_TAG: Final = re.compile(r'"[0-9a-z]+-([0-9]{1,9})"')


IfNoneMatch = Annotated[
    str | None,
    Header(max_length=1_000, description="ETags that are known: 304 where it is one of them."),
]

_UNCHANGED: Final[dict[int | str, dict[str, Any]]] = {
    304: {"description": "It is what the client knows already."}
}


class GraphFormat(StrEnum):
    """How a graph is written."""

    JSON = "json"
    MERMAID = "mermaid"
    DOT = "dot"


@router.get(
    "/workflows",
    operation_id="list_workflows",
    summary="List workflows by name",
    responses=errors(400, 404),
    dependencies=READ,
)
async def list_workflows(
    services: ServicesDep,
    project_id: ProjectId,
    q: Annotated[Text | None, Query(max_length=200, description="A part of the name.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[WorkflowSummary]:
    """The workflows of a project, each with its newest version."""
    page = await services.workflows.page(project_id, query=q, cursor=cursor, limit=limit)
    items = [WorkflowSummary.of(workflow) for workflow in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


@router.post(
    "/workflows",
    operation_id="create_workflow",
    summary="Store a workflow by its name",
    status_code=status.HTTP_201_CREATED,
    responses=errors(404, *BODY_ERRORS),
    dependencies=ADMIN,
)
async def create_workflow(
    services: ServicesDep,
    project_id: ProjectId,
    body: DefinitionBody,
    request: Request,
    response: Response,
) -> PublishedWorkflow:
    """A new name makes a workflow; a known one gets a version more, or keeps the one it has.

    A definition with errors is refused with all of them.
    """
    published = await services.workflows.publish(project_id, body.definition)
    response.headers["ETag"] = _tag(published)
    place = {"project_id": project_id, "workflow_id": published.version.workflow_id}
    response.headers["Location"] = request.url_for("get_workflow", **place).path
    return PublishedWorkflow.of(published)


@router.post(
    "/workflows:validate",
    operation_id="validate_definition",
    summary="Say all that is wrong with a definition",
    response_model=Verdict,
    responses=errors(404, *BODY_ERRORS),
    dependencies=READ,
)
async def validate_definition(
    services: ServicesDep, project_id: ProjectId, body: DefinitionBody
) -> Response:
    """Stores nothing. The answer is 200 for definitions with errors too."""
    problems = await services.workflows.validate(project_id, body.definition)
    valid = not any(problem.severity is Severity.ERROR for problem in problems)
    return await answer(services, lambda: Verdict(valid=valid, problems=findings_of(problems)))


@router.post(
    "/workflows:plan",
    operation_id="plan_definition",
    summary="Compile a definition and show the plan",
    response_model=PlanDocument,
    responses=errors(404, *BODY_ERRORS),
    dependencies=READ,
)
async def plan_definition(
    services: ServicesDep, project_id: ProjectId, body: DefinitionBody
) -> Response:
    """Stores nothing. Every decision that the compiler takes is in the answer."""
    del project_id  # every project has the same node types
    plan = await services.workflows.plan(body.definition)
    return await answer(services, lambda: plan_document(plan))


@router.get(
    "/workflows/{workflow_id}",
    operation_id="get_workflow",
    summary="Read the newest version of a workflow",
    response_model=Workflow,
    responses=errors(404) | _UNCHANGED,
    dependencies=READ,
)
async def get_workflow(
    services: ServicesDep,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The newest version. Its ETag is what `PUT` wants as `If-Match`."""
    workflow = await services.workflows.get(project_id, workflow_id)
    published = await services.workflows.version(project_id, workflow_id)
    return await _shown(services, workflow, published, if_none_match)


@router.put(
    "/workflows/{workflow_id}",
    operation_id="replace_workflow",
    summary="Publish a new version of a workflow",
    responses=errors(404, 409, 412, 428, *BODY_ERRORS),
    dependencies=ADMIN,
)
async def replace_workflow(
    services: ServicesDep,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    body: DefinitionBody,
    response: Response,
    if_match: Annotated[
        str | None,
        Header(max_length=200, description="The ETag that was read, or `*` to overwrite."),
    ] = None,
) -> PublishedWorkflow:
    """The same content again is the same version. Runs go on with the version they began with."""
    published = await services.workflows.replace(
        project_id, workflow_id, body.definition, expected_version=_expected(if_match)
    )
    response.headers["ETag"] = _tag(published)
    return PublishedWorkflow.of(published)


@router.get(
    "/workflows/{workflow_id}/versions/{number}",
    operation_id="get_workflow_version",
    summary="Read one version of a workflow",
    response_model=Workflow,
    responses=errors(404) | _UNCHANGED,
    dependencies=READ,
)
async def get_workflow_version(
    services: ServicesDep,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    number: VersionNumber,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """What a version does never changes; positions, colours and pins may."""
    workflow = await services.workflows.get(project_id, workflow_id)
    published = await services.workflows.version(project_id, workflow_id, number)
    return await _shown(services, workflow, published, if_none_match)


@router.get(
    "/workflows/{workflow_id}/graph",
    operation_id="get_workflow_graph",
    summary="Draw a version of a workflow",
    response_model=Graph,
    responses=errors(404)
    | {
        status.HTTP_200_OK: {
            "description": "The graph; `mermaid` and `dot` are plain text.",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
    dependencies=READ,
)
async def get_workflow_graph(
    services: ServicesDep,
    project_id: ProjectId,
    workflow_id: WorkflowId,
    version: Version = None,
    written_as: Annotated[
        GraphFormat, Query(alias="format", description="How the graph is written.")
    ] = GraphFormat.JSON,
) -> Response:
    """Nodes and edges with what opens them, for a page or for a drawing tool."""
    published = await services.workflows.version(project_id, workflow_id, version)
    plan = await services.workflows.plan(published.version.definition)
    match written_as:
        case GraphFormat.JSON:
            return await answer(services, lambda: graph_of(published.version, plan))
        case GraphFormat.MERMAID:
            return PlainTextResponse(await services.computing.run(lambda: f"{mermaid(plan)}\n"))
        case GraphFormat.DOT:
            return PlainTextResponse(await services.computing.run(lambda: f"{dot(plan)}\n"))


async def _shown(
    services: Services, workflow: StoredWorkflow, published: Published, known: str | None
) -> Response:
    """A version, or that the client knows it already."""
    tag = _tag(published)
    if tag in re.findall(_ANY_TAG, known or ""):
        return Response(status_code=status.HTTP_304_NOT_MODIFIED, headers={"ETag": tag})
    return await answer(services, lambda: Workflow.at(workflow, published), {"ETag": tag})


def _tag(published: Published) -> str:
    """What a version does, what else there is to read of it, and its number."""
    version = published.version
    problems = [(problem.code, problem.pointer) for problem in published.problems]
    looks = blake2b(to_json([version.definition, problems], fallback=dict), digest_size=8)
    return f'"{version.fingerprint}{looks.hexdigest()}-{version.version}"'


def _expected(if_match: str | None) -> int | None:
    """The version that a change was made from; None: whatever there is."""
    if if_match is None:
        raise PreconditionMissingError
    if if_match.strip() == "*":
        return None
    matches = [_TAG.fullmatch(tag.strip()) for tag in if_match.split(",")]
    numbers = [int(match[1]) for match in matches if match is not None]
    if not numbers:
        raise PreconditionFailedError(if_match)
    return max(numbers)  # of several versions only the latest can be the one that is there
