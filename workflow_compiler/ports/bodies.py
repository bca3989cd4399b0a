"""The bodies of a container."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from workflow_compiler.errors import BodyFailedError
from workflow_compiler.ports.nothing import NOTHING
from workflow_compiler.trace import Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What came out of one body of a container: its output, and what was written in it."""

    output: Any
    writes: tuple[Write, ...] = ()


class Bodies(Protocol):
    """Runs the bodies of one container; each has records of nodes of its own.

    `names` are what the nodes of a body may read beside all else, such as `item`. Whatever a body
    raises beside BodyFailedError (the run ends early, or stops to wait) is for LangGraph: a
    container lets it through.
    """

    def has(self, slot: str) -> bool:
        """Whether there are nodes in this slot."""

    async def run(
        self, slot: str, names: Mapping[str, Any] = NOTHING, *, item: int | None = None
    ) -> Body:
        """Run the nodes of a slot; those of an empty one give null.

        Raises:
            BodyFailedError: a node in it failed for good; its siblings have been stopped.
        """

    async def run_each(
        self,
        slot: str,
        items: Iterable[Mapping[str, Any]],
        at_once: int,
        recover: Callable[[BodyFailedError], Body],
    ) -> list[Body]:
        """Run a slot for the names of each item, begun in their order, so many at once.

        `recover` says what stands for an item that failed, or raises to stop them all.
        """

    def having(self, writes: Iterable[Write]) -> Bodies:
        """The same, for bodies that see these writes in the variables."""


class NoBodies:
    """Those of a node that is no container; the port's null."""

    def has(self, slot: str) -> bool:
        """Say no."""
        del slot
        return False

    async def run(
        self, slot: str, names: Mapping[str, Any] = NOTHING, *, item: int | None = None
    ) -> Body:
        """Run nothing."""
        del slot, names, item
        return Body(output=None)

    async def run_each(
        self,
        slot: str,
        items: Iterable[Mapping[str, Any]],
        at_once: int,
        recover: Callable[[BodyFailedError], Body],
    ) -> list[Body]:
        """Run nothing, once for each."""
        del slot, at_once, recover
        return [Body(output=None) for _ in items]

    def having(self, writes: Iterable[Write]) -> NoBodies:
        """Change nothing."""
        del writes
        return self
