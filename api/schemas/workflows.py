"""Workflows and what definitions may say, as they go over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from api.findings import Answer, Finding
from api.schemas.common import Question
from services.store.workflows import StoredVersion, StoredWorkflow
from services.usecases.workflows import Published

DEFINITION_EXAMPLE = {
    "name": "greeting",
    "nodes": [{"id": "greet", "type": "template", "config": {"template": "Hi {{ input.name }}"}}],
    "edges": [],
}

Document = Annotated[
    dict[str, Any],
    Field(
        description="The workflow, in any accepted spelling; `GET /schemas/definition` describes "
        "the canonical one.",
        examples=[DEFINITION_EXAMPLE],
    ),
]


class DefinitionBody(Question):
    """A definition to be stored or examined."""

    definition: Document


class PublishedWorkflow(Answer):
    """What storing a definition made."""

    id: str = Field(description="The workflow's id.")
    name: str = Field(description="The workflow's name, from its definition.")
    version: int = Field(description="The version that holds this definition.", examples=[1])
    fingerprint: str = Field(description="Hash of what the definition does.")
    problems: list[Finding] = Field(description="Warnings; what is stored has no errors.")

    @classmethod
    def of(cls, published: Published) -> PublishedWorkflow:
        """A version that was just stored."""
        return cls(**_published(published))


class WorkflowSummary(Answer):
    """A workflow in a list."""

    id: str = Field(description="The workflow's id.")
    name: str = Field(description="The workflow's name.")
    version: int = Field(description="The newest version.", examples=[3])
    fingerprint: str = Field(description="Hash of what the newest version does.")
    created_at: datetime = Field(description="When the workflow was first stored.")
    updated_at: datetime = Field(description="When this version was published.")

    @classmethod
    def of(cls, workflow: StoredWorkflow) -> WorkflowSummary:
        """A stored workflow."""
        return cls(
            id=workflow.id,
            name=workflow.name,
            version=workflow.head_version,
            fingerprint=workflow.fingerprint,
            created_at=workflow.created_at,
            updated_at=workflow.updated_at,
        )


class Workflow(WorkflowSummary):
    """One version of a workflow with its definition."""

    definition: dict[str, Any] = Field(description="The definition in canonical form.")
    problems: list[Finding] = Field(
        description="What is wrong with it now: warnings, and errors when a function is gone."
    )

    @classmethod
    def at(cls, workflow: StoredWorkflow, published: Published) -> Workflow:
        """A version of a workflow."""
        version = published.version
        is_head = version.version == workflow.head_version
        return cls(
            **_published(published),
            definition=dict(version.definition),
            created_at=workflow.created_at,
            updated_at=workflow.updated_at if is_head else version.created_at,
        )


class Verdict(Answer):
    """What there is to say about a definition that nobody stored."""

    valid: bool = Field(description="Whether it could be stored and run.")
    problems: list[Finding] = Field(description="Everything that was found, warnings included.")


class NodeTypeInfo(Answer):
    """One kind of node that definitions may use."""

    name: str = Field(description="What definitions call it.", examples=["llm"])
    description: str = Field(description="What it does.")
    version: int = Field(description="Rises when the same config comes to mean another thing.")
    decides: bool = Field(description="Whether its config decides which edges are taken.")
    handles: tuple[str, ...] = Field(description="The handles that a node itself may choose from.")
    default_timeout_seconds: float | None = Field(
        description="The time that one attempt may take; null for as long as it needs."
    )
    config_schema: dict[str, Any] = Field(description="JSON Schema of its config.")


def _published(published: Published) -> dict[str, Any]:
    version: StoredVersion = published.version
    return {
        "id": version.workflow_id,
        "name": version.name,
        "version": version.version,
        "fingerprint": version.fingerprint,
        "problems": [Finding.of_problem(problem) for problem in published.problems],
    }
