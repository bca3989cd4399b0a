"""What goes over the wire, field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.findings import Answer, Finding
from services.domain.family import Branch
from services.domain.family import RunTree as StoredTree
from services.domain.runs import NodeStatus, RunStatus
from services.domain.threads import Multitask
from services.domain.waits import TaskStatus
from services.store.workflows import StoredVersion, StoredWorkflow
from services.usecases.workflows import Published
from workflow_compiler.errors import ErrorType

Item = TypeVar("Item")

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


class Question(BaseModel):
    """Base of what clients send: closed, so that a misspelt key is told and not ignored."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Page(Answer, Generic[Item]):
    """Some items of a list."""

    items: list[Item] = Field(description="The items of this page, in the order of the list.")
    next_cursor: str | None = Field(
        description="Give it as `cursor` to get the next page; null on the last one."
    )


class ProblemDocument(Answer):
    """An error as RFC 9457 has it."""

    type: str = Field(
        description="Stable URN of the kind of error.",
        examples=["urn:workflow:problem:run-not-found"],
    )
    title: str = Field(description="What the kind is called.", examples=["No such run"])
    status: int = Field(description="The HTTP status, once more.", examples=[404])
    detail: str = Field(description="What is wrong this time.", examples=["no run '0199…'"])
    errors: list[Finding] | None = Field(
        None, description="Everything that is wrong, where one sentence cannot say it."
    )


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


class RunBody(Question):
    """Which workflow to run, with what."""

    workflow_id: str = Field(description="The workflow.", min_length=1, max_length=200)
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = Field(
        None, description="Which version; the newest when absent."
    )
    input: dict[str, Any] = Field(
        default_factory=dict,
        description="The run's input, as the workflow's `input_schema` wants it.",
        examples=[{"name": "Ada"}],
    )
    thread_id: str | None = Field(
        None,
        description="The thread that it goes on with, whose variables it begins with; one of its"
        " own when absent.",
        min_length=1,
        max_length=200,
    )
    multitask: Multitask = Field(
        Multitask.REJECT,
        description="What is done when a run of the thread is not over: `reject` (409), `enqueue`"
        " (begin when it is over), `interrupt` (cancel it first), `rollback` (cancel it, and"
        " discard what it wrote into variables). All but `reject` execute the run by themselves.",
    )

    @model_validator(mode="after")
    def _of_a_thread(self) -> Self:
        if self.thread_id is None and self.multitask is not Multitask.REJECT:
            raise ValueError("'multitask' is about the runs of a thread: name it in 'thread_id'")
        return self


class CancelBody(Question):
    """Why a run should stop."""

    reason: str = Field("cancelled by a user", description="Kept in the log.", max_length=1_000)


class RetryBody(Question):
    """Where a run begins anew; without a node, with what did not end well."""

    from_node: str | None = Field(
        None, min_length=1, max_length=200, description="The node that runs again first."
    )
    path: str | None = Field(
        None,
        max_length=10_000,
        description="Only its visits with this path; without one, those for every item.",
        examples=["loop[3]"],
    )
    visit: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = Field(
        None, description="Which visit of it; the latest when absent."
    )
    input: dict[str, Any] | None = Field(
        None, description="Another input for what runs again; the same one when absent."
    )
    version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = Field(
        None, description="Another version of the workflow; the same one when absent."
    )

    @model_validator(mode="after")
    def _place_of_a_node(self) -> RetryBody:
        if self.from_node is None and not (self.path is None and self.visit is None):
            raise ValueError("'path' and 'visit' say which visit of 'from_node', which is missing")
        return self


class MigrateBody(Question):
    """With what a run is to go on."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1)] = Field(
        description="A version of the run's workflow."
    )


class RunError(Answer):
    """Why a run or a visit failed."""

    type: ErrorType = Field(description="The kind of error.", examples=["TIMEOUT"])
    message: str = Field(description="What went wrong, safe to show.")
    node_id: str | None = Field(None, description="The node that failed.")
    visit: int | None = Field(None, description="Which visit of it.")
    attempt: int | None = Field(None, description="Which attempt of that visit.")


class Usage(Answer):
    """What model calls cost."""

    input_tokens: int = Field(description="Tokens that were sent.")
    output_tokens: int = Field(description="Tokens that came back.")
    total_tokens: int = Field(description="Both.")
    cost_usd: float = Field(description="Their price in US dollars.")
    model: str | None = Field(description="The model, where it was one.")


class Run(Answer):
    """One execution of a workflow version."""

    id: str = Field(description="The run's id.")
    project_id: str = Field(description="The project that it belongs to.")
    workflow_id: str = Field(description="The workflow that it executes.")
    version: int = Field(description="The version of the workflow.")
    status: RunStatus = Field(description="Where it stands.")
    input: Any = Field(description="What it was given.")
    output: Any = Field(description="What it gave; null until it is completed.")
    error: RunError | None = Field(description="Why it failed.")
    progress: float = Field(description="Share of the nodes that are settled, 0 to 1.")
    usage: Usage | None = Field(
        description="What the model calls of its visits and sub-runs cost; null without any."
    )
    is_held: bool = Field(
        description="Whether nothing of it may begin: it is paused, or will be when its work ends."
    )
    attempt: int = Field(
        description="1 from its start on, and one more for each process that it lost."
    )
    event_count: int = Field(
        description="How many events its log has: over 10,000 is long, at 25,000 it fails."
    )
    created_at: datetime = Field(description="When it was accepted.")
    started_at: datetime | None = Field(description="When it was first executed.")
    finished_at: datetime | None = Field(description="When it ended.")
    parent_run_id: str | None = Field(description="The run that it is a part of.")
    source_run_id: str | None = Field(description="The run that it goes on from.")
    thread_id: str = Field(description="The thread that it is on; its own id on one of its own.")
    turn: int = Field(description="Its place among the runs of its thread, from 1.")
    rolled_back: bool = Field(
        description="Whether a run after it has discarded what it wrote into variables.",
        validation_alias="is_rolled_back",
    )
    variables: dict[str, Any] | None = Field(
        description="The variables as it left them: the next run of its thread begins with them."
    )


class RunInTree(Answer):
    """A run without what is large."""

    id: str = Field(description="The run's id.")
    workflow_id: str = Field(description="The workflow that it executes.")
    workflow: str = Field(description="The workflow's name.")
    version: int = Field(description="The version of the workflow.")
    status: RunStatus = Field(description="Where it stands.")
    created_at: datetime = Field(description="When it was accepted.")
    started_at: datetime | None = Field(description="When it was first executed.")
    finished_at: datetime | None = Field(description="When it ended.")


class RunBranch(Answer):
    """A run with its sub-runs, and the visit that asked for it; null at a run of nobody's."""

    run: RunInTree = Field(description="The run.")
    node_id: str | None = Field(description="The node of its parent that asked for it.")
    path: str | None = Field(description="The item of that visit inside containers.")
    visit: int | None = Field(description="Which visit of that node.")
    children: list[RunBranch] = Field(description="Its sub-runs, in the order of their creation.")

    @classmethod
    def of(cls, branch: Branch) -> RunBranch:
        """A branch of a tree."""
        return cls(
            run=RunInTree.model_validate(branch.run),
            node_id=branch.run.parent_node_id,
            path=branch.run.parent_path,
            visit=branch.run.parent_visit,
            children=[cls.of(child) for child in branch.children],
        )


class RunTree(Answer):
    """A run with all its sub-runs."""

    tree: RunBranch = Field(description="The run that was asked for.")
    complete: bool = Field(description="False where there are too many: the latest are left out.")

    @classmethod
    def of(cls, tree: StoredTree) -> RunTree:
        """The tree of a run."""
        return cls(tree=RunBranch.of(tree.root), complete=tree.is_complete)


class NodeVisit(Answer):
    """One visit of a node; with visit 0 a node that was never visited."""

    node_id: str = Field(description="The node.")
    path: str = Field(description="The item inside containers; empty outside.")
    visit: int = Field(description="Which visit, from 1.")
    status: NodeStatus = Field(description="Where it stands.")
    attempt: int = Field(description="The current attempt, from 1.")
    progress: float = Field(description="How far it says it is, 0 to 1.")
    input: Any = Field(description="Its config with everything filled in.")
    output: Any = Field(description="What it gave.")
    error: RunError | None = Field(description="Why its last attempt failed.")
    usage: Usage | None = Field(description="What its model calls cost.")
    started_at: datetime | None = Field(description="When it began.")
    finished_at: datetime | None = Field(description="When it ended.")


class Event(Answer):
    """One entry of a run's log, as the socket sends it too."""

    seq: int = Field(description="Its place in the log of its run, from 1, without gaps.")
    type: str = Field(description="What happened.", examples=["workflow.node.started"])
    at: datetime = Field(description="When.")
    run_id: str = Field(description="The run.")
    node_id: str | None = Field(None, description="The node, where it is about one.")
    visit: int | None = Field(None, description="The visit of the node.")
    attempt: int | None = Field(None, description="The attempt of the visit, or of the run.")
    path: str | None = Field(None, description="The item inside containers.")
    data: dict[str, Any] = Field(description="What belongs to this type of event.")


class Task(Answer):
    """A question to a person, asked by a visit of a `human` node."""

    id: str = Field(description="The task's id.")
    project_id: str = Field(description="The project that it belongs to.")
    run_id: str = Field(description="The run that waits for it.")
    node_id: str = Field(description="The node that asks.")
    path: str = Field(description="The item inside containers; empty outside.")
    visit: int = Field(description="Which visit of the node.")
    prompt: str = Field(description="What the person is asked.")
    form: dict[str, Any] = Field(description="JSON Schema of the answer; anything when empty.")
    assignee: str | None = Field(description="Who is asked; everybody when null.")
    due_at: datetime | None = Field(description="When the node gives up; never when null.")
    status: TaskStatus = Field(
        description="`open`, or how it ended: `completed` by an answer, `expired` at its due "
        "time, `cancelled` because nobody needs the answer any more."
    )
    answer: Any = Field(description="What somebody answered; null until then.")
    answered_by: str | None = Field(description="Who did.")
    created_at: datetime = Field(description="When it was asked.")
    answered_at: datetime | None = Field(description="When it was answered or expired.")


class AnswerBody(Question):
    """The answer to a task."""

    answer: Any = Field(
        description="The answer, as the task's form wants it.", examples=[{"approved": True}]
    )
    by: str = Field(
        "a user", description="Who answers; kept in the log.", min_length=1, max_length=200
    )


class SignalBody(Question):
    """Something that happened outside."""

    name: str = Field(
        description="What it is called.", min_length=1, max_length=200, examples=["payment"]
    )
    key: str = Field("", description="Which of those it is for.", max_length=200)
    payload: Any = Field(
        None, description="What it brings: the output of the node.", examples=[{"euros": 5}]
    )


class Receiver(Answer):
    """The visit that got a signal."""

    run_id: str = Field(description="The run.")
    node_id: str = Field(description="Its node.")
    path: str = Field(description="The item inside containers; empty outside.")
    visit: int = Field(description="Which visit of the node.")


class SentSignal(Answer):
    """Where a signal went."""

    delivered_to: Receiver | None = Field(
        description="Who got it; null when nobody waits: it is kept for the first that will."
    )


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


class Health(Answer):
    """That the server answers."""

    status: Literal["ok"] = Field("ok", description="Always `ok`; an error is a problem document.")


def _published(published: Published) -> dict[str, Any]:
    version: StoredVersion = published.version
    return {
        "id": version.workflow_id,
        "name": version.name,
        "version": version.version,
        "fingerprint": version.fingerprint,
        "problems": [Finding.of_problem(problem) for problem in published.problems],
    }
