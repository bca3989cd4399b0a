"""What the server sends, as far as this client reads it; what is new there is kept as it is."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, ConfigDict

from workflow_client.errors import Problem

ENDED: Final = frozenset({"completed", "failed", "cancelled"})
"""A run that stands here stays there."""

_LAST: Final = frozenset(f"workflow.run.{status}" for status in ENDED)


class Document(BaseModel):
    """Base of all documents: frozen, and open for what a newer server adds."""

    model_config = ConfigDict(extra="allow", frozen=True)


Item = TypeVar("Item", bound=Document)


class Page(Document, Generic[Item]):
    """Some items of a list, and the cursor with which the next ones are asked for."""

    items: tuple[Item, ...]
    next_cursor: str | None


class RunError(Document):
    """Why a run or a visit failed."""

    type: str
    message: str
    node_id: str | None = None
    visit: int | None = None
    attempt: int | None = None


class Workflow(Document):
    """A stored workflow, with its newest version."""

    id: str
    name: str
    version: int


class Run(Document):
    """One execution of a version of a workflow."""

    id: str
    project_id: str
    workflow_id: str
    version: int
    status: str
    input: Any
    output: Any
    error: RunError | None
    progress: float
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def has_ended(self) -> bool:
        """Whether nothing happens to it any more."""
        return self.status in ENDED


class Visit(Document):
    """One visit of a node; with visit 0 a node that was never visited."""

    node_id: str
    path: str
    visit: int
    status: str
    attempt: int
    input: Any
    output: Any
    error: RunError | None


class Task(Document):
    """A question to a person."""

    id: str
    run_id: str
    node_id: str
    prompt: str
    form: dict[str, Any]
    assignee: str | None
    status: str
    answer: Any


class Receiver(Document):
    """The visit that got a signal."""

    run_id: str
    node_id: str
    path: str
    visit: int


class SentSignal(Document):
    """Where a signal went; nowhere yet where nobody waits for it."""

    delivered_to: Receiver | None


class Outcome(Document):
    """What became of one of many runs: its status, or the problem that hinders it."""

    id: str
    status: str | None = None
    run_id: str | None = None
    problem: Problem | None = None


class Event(Document):
    """Something that happened to a run; a piece of streaming text has no `seq`."""

    type: str
    at: datetime
    run_id: str
    data: dict[str, Any]
    seq: int | None = None
    node_id: str | None = None
    visit: int | None = None
    attempt: int | None = None
    path: str | None = None

    @property
    def is_last(self) -> bool:
        """Whether it tells the end of its run."""
        return self.type in _LAST

    @property
    def text(self) -> str:
        """The event as JSON, with what the server said and nothing else."""
        return self.model_dump_json(exclude_unset=True)


class Schedule(Document):
    """Runs that begin by themselves."""

    id: str
    name: str
    workflow_id: str
    version: int | None
    cron: str
    time_zone: str
    input: dict[str, Any]
    is_active: bool
    next_at: datetime | None
    last_error: str | None


class Webhook(Document):
    """An address that is told of events."""

    id: str
    url: str
    event_types: tuple[str, ...]
    is_active: bool


class NewWebhook(Webhook):
    """A webhook with its secret, which nobody can read again."""

    secret: str


class Delivery(Document):
    """One event for one webhook."""

    id: str
    webhook_id: str
    run_id: str
    seq: int
    type: str
    status: str
    attempts: int
    response_status: int | None
    error: str | None


class Project(Document):
    """What workflows, runs and keys belong to."""

    id: str
    name: str


class Key(Document):
    """A key, but for its text."""

    id: str
    name: str
    prefix: str
    project_id: str | None
    scopes: tuple[str, ...]
    expires_at: datetime | None
    revoked_at: datetime | None


class NewKey(Key):
    """A key with its text, which nobody can read again."""

    key: str


class AuditEntry(Document):
    """One change that somebody asked for and got."""

    id: str
    at: datetime
    who: str
    action: str
    project_id: str | None
    address: str
    client: str | None


class Pruned(Document):
    """What was removed: whole trees of runs, the runs in them, and their events."""

    trees: int
    runs: int
    events: int
    next_cursor: str | None
