"""What clients ask for, as types. What a newer client says beyond that is kept and ignored."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from services.domain.threads import Multitask

Mode = Literal[
    "values",
    "updates",
    "messages",
    "messages-tuple",
    "events",
    "custom",
    "tasks",
    "checkpoints",
    "debug",
]
Names = list[str] | Literal["*"]

THREAD_ID_PATTERN: Final = r"^[A-Za-z0-9._~:@+=,-]{1,64}$"

ThreadKey = Annotated[str, Field(pattern=THREAD_ID_PATTERN)]


class Body(BaseModel):
    """A body of a request."""

    model_config = ConfigDict(extra="allow", frozen=True)


class Command(Body):
    """How a run that has stopped is to go on."""

    resume: Any = None
    update: dict[str, Any] | list[tuple[str, Any]] | None = None
    goto: Any = None

    @property
    def resumes(self) -> bool:
        """Whether it answers something, be it with null."""
        return "resume" in self.model_fields_set

    @property
    def writes(self) -> list[tuple[str, Any]]:
        """The values that it writes, in their order."""
        return list(self.update.items() if isinstance(self.update, dict) else self.update or ())


class CheckpointBody(Body):
    """A place in the history of a thread; its end without an id."""

    checkpoint_id: str | None = None


class RunBody(Body):
    """A run that is wanted, or the answer to one that has stopped."""

    assistant_id: str = Field(min_length=1, max_length=200)
    input: dict[str, Any] | None = None
    command: Command | None = None
    metadata: dict[str, Any] | None = None
    stream_mode: Mode | list[Mode] | None = None
    stream_subgraphs: bool = False
    interrupt_before: Names | None = None
    interrupt_after: Names | None = None
    checkpoint: CheckpointBody | None = None
    checkpoint_id: str | None = None
    multitask_strategy: Multitask = Multitask.ENQUEUE
    if_not_exists: Literal["create", "reject"] = "reject"
    on_disconnect: Literal["cancel", "continue"] = "continue"
    on_completion: Literal["delete", "keep"] | None = None
    webhook: str | None = None
    after_seconds: float = Field(0.0, ge=0, le=31_536_000)

    @property
    def modes(self) -> tuple[str, ...]:
        """The streams that are wanted: the values, if nobody says."""
        return modes_of(self.stream_mode)

    @property
    def place(self) -> str | None:
        """The checkpoint that the run is to go on from; None for the end of the thread."""
        return self.checkpoint_id or _id_of(self.checkpoint)

    def kept(self) -> dict[str, Any]:
        """What is kept of it, to be read again."""
        return self.model_dump(mode="json", exclude_unset=True)


class ThreadBody(Body):
    """A thread that is wanted."""

    thread_id: ThreadKey | None = None
    metadata: dict[str, Any] | None = None
    if_exists: Literal["raise", "do_nothing"] = "raise"
    supersteps: list[Any] | None = None
    ttl: Any = None


class PruneBody(Body):
    """Threads that nobody needs any more; what is kept of others is not for clients to say."""

    thread_ids: list[str] = Field(max_length=1_000)
    strategy: Literal["delete"] = "delete"


class MetadataBody(Body):
    """What is to be noted about a thread."""

    metadata: dict[str, Any]
    ttl: Any = None


class RunFilter(Body):
    """Which runs of a thread are wanted, and what of them."""

    limit: int = Field(10, ge=1, le=1_000)
    offset: int = Field(0, ge=0)
    status: str | None = None
    select: list[str] | None = None


class Filter(Body):
    """Which of many are wanted, and what of them."""

    metadata: dict[str, Any] | None = None
    limit: int = Field(10, ge=1, le=1_000)
    offset: int = Field(0, ge=0)
    select: list[str] | None = None


class ThreadFilter(Filter):
    """Which threads are wanted."""

    values: dict[str, Any] | None = None
    status: Literal["idle", "busy", "interrupted", "error"] | None = None
    ids: list[str] | None = None
    extract: dict[str, str] | None = None
    sort_by: Literal["thread_id", "status", "created_at", "updated_at", "state_updated_at"] = (
        "created_at"
    )
    sort_order: Literal["asc", "desc"] = "desc"


class AssistantFilter(Filter):
    """Which assistants are wanted."""

    graph_id: str | None = None
    name: str | None = None
    sort_by: Literal["assistant_id", "graph_id", "name", "created_at", "updated_at"] = "created_at"
    sort_order: Literal["asc", "desc"] = "desc"


class StateAtBody(Body):
    """Which state of a thread is wanted."""

    checkpoint: CheckpointBody = CheckpointBody()


class HistoryBody(Body):
    """Which part of a history is wanted."""

    limit: int = Field(10, ge=1, le=1_000)
    before: str | CheckpointBody | None = None
    metadata: dict[str, Any] | None = None
    checkpoint: CheckpointBody | None = None

    @property
    def end(self) -> str | None:
        """The checkpoint before which the wanted part ends."""
        return self.before if isinstance(self.before, str) else _id_of(self.before)


class UpdateBody(Body):
    """What is to be written into the state of a thread."""

    values: dict[str, Any] | list[dict[str, Any]] | None = None
    as_node: str | None = None
    checkpoint: CheckpointBody | None = None
    checkpoint_id: str | None = None

    @property
    def place(self) -> str | None:
        """The checkpoint that is to be written to; None for the end of the thread."""
        return self.checkpoint_id or _id_of(self.checkpoint)

    @property
    def writes(self) -> list[tuple[str, Any]]:
        """The values to write, in their order."""
        parts = self.values if isinstance(self.values, list) else [self.values or {}]
        return [write for part in parts for write in part.items()]


class CancelManyBody(Body):
    """Which runs are to stop: those named of one thread, or all that stand so."""

    thread_id: str | None = None
    run_ids: list[str] | None = None
    status: Literal["pending", "running", "all"] | None = None

    @model_validator(mode="after")
    def _says_which(self) -> CancelManyBody:
        if (self.status is None) == (self.run_ids is None):
            raise ValueError("name either 'run_ids' of a 'thread_id', or a 'status'")
        if self.run_ids is not None and self.thread_id is None:
            raise ValueError("'run_ids' are those of a 'thread_id', which is missing")
        return self


def modes_of(mode: str | list[Any] | None) -> tuple[str, ...]:
    """The streams that a request names: the values, if none."""
    match mode:
        case None | "":
            return ("values",)
        case str():
            return (mode,)
        case _:
            return tuple(mode) or ("values",)


def _id_of(checkpoint: CheckpointBody | None) -> str | None:
    return None if checkpoint is None else checkpoint.checkpoint_id
