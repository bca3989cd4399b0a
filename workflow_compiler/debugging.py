"""How whoever debugs a run stops its visits, and changes what they begin and end with.

A visit asks at three moments: before it does its work, when it has done it, and when it has failed
for good. The port keeps it there as long as it likes and says what is to be otherwise from then on.
Nothing is asked while the port is not on, so a run that nobody debugs pays for one look.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Protocol, TypeAlias

from workflow_compiler.errors import Origin
from workflow_compiler.history import VisitKey
from workflow_compiler.trace import Failure, Write
from workflow_compiler.usage import Usage


class Absent(Enum):
    """What somebody has not given; null is something that one can give."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What is to be otherwise with a visit from here on.

    `input` stands for its resolved config; `output` for what its work would come to, or has come
    to. `writes` are values for variables, which it and everything after it read. `again`: what
    failed is tried once more.
    """

    input: Any = ABSENT
    output: Any = ABSENT
    writes: tuple[Write, ...] = ()
    again: bool = False


UNCHANGED: Final = Changes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """What all moments at which a visit asks have in common.

    `scope` holds the names that an expression may read there.
    """

    node_id: str
    path: str
    visit: int
    attempt: int
    scope: Mapping[str, Any]

    @property
    def key(self) -> VisitKey:
        """Which visit of the run it is."""
        return (self.node_id, self.path, self.visit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival(Halt):
    """A visit is about to begin, or to go on (`has_begun`) where an earlier execution left it.

    `consumed` are the edges of the plan whose tokens it takes. `input` is its resolved config; it
    is the config as it was written where that cannot be worked out, which `failure` says.
    """

    consumed: tuple[int, ...]
    has_begun: bool
    input: Any
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Departure(Halt):
    """A visit has done its work and is about to pass its tokens on, along the edges `taken`.

    `writes` are the values for variables that its work came to, `handle` the one that it leaves by
    where its work says so, `returned` that the whole run ends with it.
    """

    output: Any
    writes: tuple[Write, ...]
    handle: str | None
    usage: Usage | None
    returned: bool
    taken: Collection[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown(Halt):
    """A visit has failed for good: there is no further attempt."""

    failure: Failure
    origin: Origin


Moment: TypeAlias = Arrival | Departure | Breakdown


class Debugger(Protocol):
    """Stops visits, and changes them."""

    @property
    def is_on(self) -> bool:
        """Whether visits are to ask at all."""

    def timer(self, seconds: float) -> AbstractContextManager[object, bool | None] | None:
        """What stops a visit with others inside of it, which may stop; None: it is as any other."""

    async def before(self, arrival: Arrival) -> Changes:
        """Keep a visit until it may do its work; an `output` stands for all of that."""

    async def after(self, departure: Departure) -> Changes:
        """Keep a visit until it may pass its tokens on."""

    async def failed(self, breakdown: Breakdown) -> Changes:
        """Keep a visit until it may fail, try `again`, or has an `output` all the same."""


class NoDebugger:
    """Stops nothing; the port's null."""

    is_on: Final = False

    def timer(self, seconds: float) -> None:
        """Nothing stops inside of any visit."""
        del seconds

    async def before(self, arrival: Arrival) -> Changes:
        """Let it begin."""
        del arrival
        return UNCHANGED

    async def after(self, departure: Departure) -> Changes:
        """Let it go on."""
        del departure
        return UNCHANGED

    async def failed(self, breakdown: Breakdown) -> Changes:
        """Let it fail."""
        del breakdown
        return UNCHANGED
