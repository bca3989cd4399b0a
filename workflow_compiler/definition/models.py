"""The canonical form of a stored definition: what every accepted spelling is brought to.

The models check shape only. What the parts mean together (types, edges, expressions) is the work
of `workflow_compiler.checks`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Any, Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue, PrivateAttr, model_validator

from workflow_compiler.definition.source import Source
from workflow_compiler.errors import ErrorType

SCHEMA_VERSION: Final = 1

Id = Annotated[str, Field(min_length=1, max_length=200)]
Seconds = Annotated[float, Field(gt=0, le=31_536_000, allow_inf_nan=False)]


class Model(BaseModel):
    """Frozen, and closed: the parser has already moved what we do not know into `ui`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class Retry(Model):
    """When and how a failed attempt is tried again."""

    max_attempts: int = Field(1, ge=1, le=100, description="Attempts in all, the first included.")
    initial_interval_seconds: Seconds = Field(1.0, description="Delay before the second attempt.")
    backoff: float = Field(2.0, ge=1, le=10, description="Factor between one delay and the next.")
    max_interval_seconds: Seconds = Field(60.0, description="No delay is longer than this.")
    jitter: float = Field(
        0.1, ge=0, le=1, description="Share of the delay that is drawn by chance, either way."
    )
    on: tuple[ErrorType, ...] = Field(
        (ErrorType.CONNECTIVITY, ErrorType.TIMEOUT, ErrorType.EXECUTION),
        description="Error types that are worth another attempt.",
    )


class Cache(Model):
    """For how long the result of a node may stand for the same node with the same input."""

    ttl_seconds: Seconds = Field(description="How old a result may be that is used again.")


class Join(StrEnum):
    """What a node with several incoming edges waits for."""

    ALL = "all"
    ANY = "any"


class Routing(StrEnum):
    """Which of a node's conditional edges are taken when several hold."""

    ALL = "all"
    FIRST = "first"


class Node(Model):
    """A vertex: what it does (`type`, `config`) and how it is run."""

    id: Id
    type: str = Field(min_length=1, max_length=200)
    type_version: int | None = Field(None, ge=1)
    name: str | None = Field(None, description="What people call it; the id when absent.")
    config: dict[str, JsonValue] = Field(default_factory=dict)
    timeout_seconds: Seconds | None = None
    retry: Retry | None = None
    join: Join = Join.ALL
    routing: Routing = Routing.ALL
    parent: Id | None = Field(None, description="The container that it belongs to.")
    slot: Id | None = Field(
        None, description="The part of the container; the container's first one when absent."
    )
    cache: Cache | None = Field(None, description="Whether a result is used again.")
    pinned: JsonValue = Field(
        None, description="A fixed output for debugging; runs that are no debugging ignore it."
    )
    ui: dict[str, JsonValue] = Field(
        default_factory=dict, description="Position, colours and all that only an editor reads."
    )


class Edge(Model):
    """A directed connection, with at most one of `condition`, `default`, `on`, `sourceHandle`."""

    id: Id | None = None
    source: Id
    target: Id
    source_handle: str | None = Field(None, alias="sourceHandle")
    condition: str | None = Field(None, description="An expression; taken when it holds.")
    default: bool = Field(False, description="Taken when no conditional edge was.")
    on: Literal["error"] | None = Field(None, description="Taken when the source failed for good.")
    ui: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_kind(self) -> Edge:
        said = (self.condition, self.default or None, self.on, self.source_handle)
        if sum(way is not None for way in said) > 1:
            msg = "an edge has at most one of 'condition', 'default', 'on' and 'sourceHandle'"
            raise ValueError(msg)
        return self


class Variable(Model):
    """A value that lives as long as the run and that several nodes may write."""

    reducer: str = Field("replace", description="How a new value meets the old one.")
    default: JsonValue = None


class NodeDefaults(Model):
    """What holds for every node that does not say otherwise."""

    timeout_seconds: Seconds | None = None
    retry: Retry | None = None


class Limits(Model):
    """Bounds of one run."""

    max_steps: int = Field(1_000, ge=1, le=1_000_000, description="Visits of all nodes.")
    max_concurrency: int = Field(10, ge=1, le=1_000, description="Nodes that run at once.")
    deadline_seconds: Seconds | None = Field(
        None, description="How long a run may take from its first start, waiting included."
    )


class Definition(Model):
    """A workflow as data: nodes, edges, and what belongs to the whole."""

    schema_version: Literal[1] = SCHEMA_VERSION
    name: str = Field(min_length=1, max_length=200)
    description: str | None = None
    input_schema: dict[str, JsonValue] = Field(
        default_factory=dict, description="JSON Schema of the run's input; anything when empty."
    )
    variables: dict[Id, Variable] = Field(default_factory=dict)
    output: dict[str, JsonValue] | None = Field(
        None, description="Names to templates; the outputs of the leaves when absent."
    )
    defaults: NodeDefaults = NodeDefaults()
    limits: Limits = Limits()
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    ui: dict[str, JsonValue] = Field(default_factory=dict)

    _source: Source = PrivateAttr(default_factory=Source)

    @property
    def source(self) -> Source:
        """Where each part stood in the document that was parsed."""
        return self._source

    def read_from(self, source: Source) -> Definition:
        """This definition, knowing the document it came from."""
        self._source = source
        return self

    def canonical(self) -> Mapping[str, Any]:
        """The definition as plain JSON in canonical form, defaults left out."""
        return {"schema_version": self.schema_version} | self.model_dump(
            mode="json", by_alias=False, exclude_defaults=True
        )


def keys_at(place: Sequence[int | str]) -> list[str]:
    """The keys that may stand at a place of a definition; none where anything may."""
    model: Any = Definition
    for part in place:
        if isinstance(part, str) and part in getattr(model, "model_fields", {}):
            model = _model_in(model.model_fields[part].annotation)
    return list(getattr(model, "model_fields", ()))


def _model_in(annotation: Any) -> Any:
    """The model that an annotation holds, by itself or as items, values or an alternative."""
    if isinstance(annotation, type) and issubclass(annotation, Model):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)
