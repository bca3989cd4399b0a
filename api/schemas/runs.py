"""Runs and what happened to them, as they go over the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from api.findings import Answer
from services.domain.family import Branch
from services.domain.family import RunTree as StoredTree
from services.domain.progress import Progress
from services.domain.runs import RunStatus
from services.domain.visits import NodeStatus
from workflow_compiler.errors import ErrorType


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


class _Standing(Answer):
    """A visit, and how far it is."""

    node_id: str = Field(description="The node.")
    path: str = Field(description="The item inside containers; empty outside.")
    visit: int = Field(description="Which visit, from 1.")
    status: NodeStatus = Field(description="Where it stands.")
    attempt: int = Field(description="The current attempt, from 1.")
    progress: float = Field(description="How far it says it is, 0 to 1.")


class NodeVisit(_Standing):
    """One visit of a node; with visit 0 a node that was never visited."""

    input: Any = Field(description="Its config with everything filled in.")
    output: Any = Field(description="What it gave.")
    error: RunError | None = Field(description="Why its last attempt failed.")
    usage: Usage | None = Field(description="What its model calls cost.")
    started_at: datetime | None = Field(description="When it began.")
    finished_at: datetime | None = Field(description="When it ended.")


class CurrentVisit(_Standing):
    """A visit that has begun and not ended."""

    started_at: datetime | None = Field(description="When it began.")


class RunProgress(Answer):
    """How far a run is."""

    id: str = Field(description="The run's id.")
    status: RunStatus = Field(description="Where it stands.")
    progress: float = Field(description="Share of the nodes that are settled, 0 to 1.")
    current: list[CurrentVisit] = Field(description="What it is at, or waits for.")
    estimated_completion: datetime | None = Field(
        description="When it is done if it takes as long as the median of the latest runs of its "
        "version; null where nobody can tell."
    )

    @classmethod
    def of(cls, progress: Progress) -> RunProgress:
        """How far a run is."""
        run = progress.run
        return cls(
            id=run.id,
            status=run.status,
            progress=run.progress,
            current=[CurrentVisit.model_validate(visit) for visit in progress.current],
            estimated_completion=progress.estimated_completion,
        )


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
