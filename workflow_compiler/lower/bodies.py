"""How a container runs its bodies inside its own LangGraph task."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import anyio
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphInterrupt

from workflow_compiler.errors import BodyFailedError, ErrorType, Origin, RunReturned
from workflow_compiler.lower.apart import config_apart
from workflow_compiler.lower.body import Outcome
from workflow_compiler.lower.cancelling import run_inside
from workflow_compiler.lower.runnables import Graph
from workflow_compiler.ports import NO_COURSE, NOTHING, Body, RunContext
from workflow_compiler.state import NodeRecord, State
from workflow_compiler.trace import Write, body_path

Merge = Callable[[dict[str, Any], list[Write]], dict[str, Any]]
"""The variables after some writes, each by the reducer of its variable."""


@dataclass(frozen=True, slots=True)
class Slots:
    """What a container can run: the graphs of its slots by name, in the order of its type."""

    graphs: Mapping[str, Graph | None]
    merge: Merge

    def number(self, slot: str) -> int:
        """The place of a slot in the type."""
        return list(self.graphs).index(slot)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningBodies:
    """The bodies of one attempt of a visit of a container; the `Bodies` of its behaviour.

    Attributes:
        state: What the container read.
        own: The record of the container itself, which its nodes may read as well.
    """

    slots: Slots
    node_id: str
    own: NodeRecord
    attempt: int
    state: State
    context: RunContext
    config: RunnableConfig
    variables: Mapping[str, Any] = field(default_factory=lambda: NOTHING)

    def has(self, slot: str) -> bool:
        """Whether there are nodes in this slot."""
        return self.slots.graphs[slot] is not None

    def having(self, writes: Iterable[Write]) -> RunningBodies:
        """The same, for bodies that see these writes in the variables."""
        before = {**self.state["vars"], **self.variables}
        return replace(self, variables=self.slots.merge(before, list(writes)))

    async def run(
        self, slot: str, names: Mapping[str, Any] = NOTHING, *, item: int | None = None
    ) -> Body:
        """Run the nodes of a slot; those of an empty one give null.

        Raises:
            BodyFailedError: a node in it failed for good; its siblings have been stopped.
        """
        graph = self.slots.graphs[slot]
        if graph is None:
            return Body(output=None)
        context = replace(
            self.context,
            path=self._path(slot, item),
            names={**self.context.names, **names},
            course=NO_COURSE,
        )
        config = self._config(slot, item or 0)
        end = await run_inside(graph.ainvoke({"start": self._start()}, config, context=context))
        return _body(end["outcome"])

    async def run_each(
        self,
        slot: str,
        items: Iterable[Mapping[str, Any]],
        at_once: int,
        recover: Callable[[BodyFailedError], Body],
    ) -> list[Body]:
        """Run a slot for the names of each item, begun in their order, so many at once.

        `recover` says what stands for an item that failed, or raises to stop them all. An item that
        waits for something keeps its place: so many are open at once, and no more.
        """

        async def run(number: int, names: Mapping[str, Any]) -> Body:
            try:
                return await self.run(slot, names, item=number)
            except BodyFailedError as error:
                return recover(error)

        return await _Crew(run, iter(enumerate(items))).work(at_once)

    def _start(self) -> Mapping[str, Any]:
        nodes = {**self.state["nodes"], self.node_id: self.own}
        variables = {**self.state["vars"], **self.variables}
        state: State = {"input": self.state["input"], "vars": variables, "nodes": nodes}
        if "tokens" in self.state:
            state["tokens"] = self.state["tokens"]
        place = {"visit": self.own["visit"], "attempt": self.attempt}
        return {"state": state, "path": self.context.path, **place}

    def _path(self, slot: str, item: int | None) -> str:
        part = f".{slot}" if item is None else f"[{item}]"
        return body_path(self.context.path, self.node_id, part, self.own["visit"], self.attempt)

    def _config(self, slot: str, item: int) -> RunnableConfig:
        """The config of the task, with a name of its own for the checkpoints of one body."""
        return config_apart(self.config, self.attempt, self.slots.number(slot), item)


class _Crew:
    """Workers that take one item after the other, until there are no more or one stops them."""

    def __init__(
        self,
        run: Callable[[int, Mapping[str, Any]], Any],
        items: Iterator[tuple[int, Mapping[str, Any]]],
    ) -> None:
        self._run = run
        self._items = items
        self._found: dict[int, Body] = {}
        self._waits: list[GraphInterrupt] = []
        self._stop: Exception | None = None

    async def work(self, workers: int) -> list[Body]:
        """What came of each item, in their order."""
        async with anyio.create_task_group() as tasks:
            for _ in range(workers):
                tasks.start_soon(self._worker, tasks.cancel_scope)
        if self._stop is not None:
            raise self._stop
        if self._waits:
            raise GraphInterrupt([question for wait in self._waits for question in wait.args[0]])
        return [self._found[number] for number in sorted(self._found)]

    async def _worker(self, scope: anyio.CancelScope) -> None:
        for number, names in self._items:
            try:
                self._found[number] = await self._run(number, names)
            except GraphInterrupt as wait:
                self._waits.append(wait)
                return
            except Exception as error:  # noqa: BLE001 - raised again when all have stopped
                self._stop = self._stop or error
                scope.cancel()
                return


def _body(outcome: Outcome) -> Body:
    if "returned" in outcome:
        raise RunReturned(outcome["returned"][0])
    if "failed" in outcome:
        failed = outcome["failed"]
        raise BodyFailedError(
            Origin(
                type=ErrorType(failed["type"]),
                message=failed["message"],
                node_id=failed["node_id"],
                path=failed["path"],
            )
        )
    return Body(output=outcome["output"], writes=tuple(_writes(outcome["writes"])))


def _writes(saved: Sequence[Sequence[Any]]) -> Iterator[Write]:
    """A checkpoint gives pairs back as lists."""
    return (tuple(write) for write in saved)
