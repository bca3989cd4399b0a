"""What a node type is: a config, an async behaviour, and what the compiler must know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf
from types import MappingProxyType
from typing import Any, Protocol

from workflow_compiler.errors import NodeTypeError
from workflow_compiler.ports import NOTHING, NodeContext
from workflow_compiler.registry.config import NodeConfig
from workflow_compiler.trace import Write
from workflow_compiler.usage import Usage


class Work(StrEnum):
    """What a behaviour spends its time on.

    A computing behaviour never waits, so no timer can stop it: what bounds it is its own language.
    A waiting one leaves the work to others (nodes, runs, people) that have timers of their own, so
    none runs unless the node asks for it, and it does not count as being at work.
    """

    IO = "io"
    COMPUTING = "computing"
    WAITING = "waiting"


DEFAULT_TIMEOUT_SECONDS: Mapping[Work, float] = MappingProxyType(
    {Work.IO: 60.0, Work.COMPUTING: 30.0, Work.WAITING: inf}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Completed:
    """A behaviour's result when it has more to say than its output.

    Attributes:
        output: What other nodes read as `id.output`.
        variables: Values to write into the run's variables, through their reducers.
        writes: More of them, one by one and in order: what the bodies of a container wrote.
        usage: What the model calls of this attempt cost.
        handle: The handle to leave by, one of those that the type declares.
        ends_run: Whether the whole run ends with this output, whatever else goes on in it.
    """

    output: Any
    variables: Mapping[str, Any] = field(default_factory=lambda: NOTHING)
    writes: tuple[Write, ...] = ()
    usage: Usage | None = None
    handle: str | None = None
    ends_run: bool = False


class Behaviour(Protocol):
    """What a node of a type does: its resolved config in, its output (or `Completed`) out."""

    async def __call__(self, config: Any, context: NodeContext, /) -> Any:
        """Do the node's work once.

        Raises:
            NodeError: it cannot be done; any other exception counts as `EXECUTION`.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way out of a deciding node: the handle of its edges, and the expression that opens it."""

    handle: str
    expression: str
    pointer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """How a type that decides (condition, router) gets its ways out from its config.

    The first case that holds opens the edges with its handle; when none does, the edges that are
    the default (or carry the handle `otherwise`) are taken, and without one the node fails.
    """

    of: Callable[[Any], tuple[Case, ...]]
    otherwise: Callable[[Any], str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One part of a container, with nodes of its own.

    Attributes:
        name: What nodes say in `slot`, and behaviours to `context.bodies.run`.
        names: What its nodes may read beside all else, such as `item`.
        required: Whether a container without nodes in it is a mistake.
        apart: Whether its bodies do not care how those before them ended, but for the variables.
    """

    name: str
    names: tuple[str, ...] = ()
    required: bool = False
    apart: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What a type finds wrong with a config beyond its shape; `pointer` is inside the config."""

    code: str
    message: str
    pointer: str
    hint: str | None = None


def _nothing(config: Any) -> tuple[Any, ...]:
    del config
    return ()


def _nobody(config: Any) -> None:
    del config


@dataclass(frozen=True, slots=True, kw_only=True)
class NodeType:
    """One kind of node.

    Attributes:
        name: What definitions call it.
        version: Part of the fingerprint; raise it when the same config comes to mean another thing.
        config: The pydantic model of its config.
        behaviour: What it does.
        work: What it spends its time on; decides the default timeout.
        timeout_seconds: The type's own default timeout, if any.
        retried: Whether another attempt may end otherwise; if not, `retry` is not heeded.
        cases: Set for types whose config decides which way to go.
        handles: The handles that the behaviour may choose from (`Completed.handle`). Edges with the
            chosen one are taken; with none chosen, or none drawn, those that are the default.
        slots: The parts of a container, the first of which is the default; none for other types.
        is_root: Whether a node of this type is a root even when edges lead back to it.
        review: Finds what is wrong with a config beyond its shape.
        variables: The variables that a config writes.
        sends: Whether its templates are sent out to somebody else, so that they may read secrets.
        calls: The name or id of the workflow that a config runs, if it runs one.
    """

    name: str
    description: str
    config: type[NodeConfig]
    behaviour: Behaviour
    version: int = 1
    work: Work = Work.IO
    timeout_seconds: float | None = None
    retried: bool = True
    cases: Cases | None = None
    handles: tuple[str, ...] = ()
    slots: tuple[Slot, ...] = ()
    is_root: bool = False
    sends: bool = False
    review: Callable[[Any], tuple[Fault, ...]] = _nothing
    variables: Callable[[Any], tuple[str, ...]] = _nothing
    calls: Callable[[Any], str | None] = _nobody

    def __post_init__(self) -> None:
        """Refuse what no definition could name, and what no check of a definition could call.

        Raises:
            NodeTypeError: the name is empty or blank, or something that is worked out from each
                config is no function of it.
        """
        if not self.name.strip():
            why = f"a node type needs a name, not {self.name!r}: it is what nodes say in 'type'"
            raise NodeTypeError(self.name, why)
        for field_name in ("review", "variables", "calls"):
            if not callable(given := getattr(self, field_name)):
                why = f"{field_name!r} of the node type {self.name!r} is a function of the config"
                raise NodeTypeError(self.name, f"{why}, not {given!r}")

    @property
    def default_timeout_seconds(self) -> float | None:
        """The timeout of a node that says nothing, in a definition that says nothing."""
        return self.timeout_seconds or DEFAULT_TIMEOUT_SECONDS.get(self.work)
