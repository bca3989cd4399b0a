"""A level without supersteps: each of its parts begins as soon as its tokens are there.

To LangGraph it is a graph of one node. In that one the parts run beside each other, each in a graph
of its own, and the token game says which begin. When a part ends, what it wrote is what all that
begin later read.

Ends count in the order in which visits tell them, and that is the order of the log: so a run that
is executed again comes to the same state by the same steps. A part may need a moment from the end
of its last visit to its own, and so may another one from its begin to the visit that does not end
any more; nothing is done before it is known who was first.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import anyio
from anyio.abc import TaskGroup
from langchain_core.runnables import RunnableConfig
from langgraph.errors import GraphInterrupt
from typing_extensions import override

from workflow_compiler.errors import NodeError
from workflow_compiler.lower.apart import config_apart
from workflow_compiler.lower.cancelling import run_inside
from workflow_compiler.lower.runnables import Async, Part, current
from workflow_compiler.planning import Level, Plan
from workflow_compiler.ports import Course, RunContext
from workflow_compiler.state import State
from workflow_compiler.topology import Board, TokenGame
from workflow_compiler.trace import Write

Reduce: TypeAlias = Callable[[Mapping[str, Any], Sequence[Write]], Mapping[str, Any]]

Rank: TypeAlias = tuple[bool, int]
"""When something ended: in this execution or, before all that, at a place of the log."""


class TokensRunnable(Async[State, dict[str, Any]]):
    """Plays the token game of a level with the graphs of its parts."""

    def __init__(
        self, plan: Plan, level: Level, board: Board, parts: Sequence[Part], reduce: Reduce
    ) -> None:
        self.name = f"level {level.number}"
        self.board = board
        self.parts = parts
        self.reduce = reduce
        self._fingerprint = plan.fingerprint
        self._whole = Part.of(plan, level.nodes, level.reads, parts[0].graph)
        self._inner = level.number > 0

    @override
    async def ainvoke(
        self, input: State, config: RunnableConfig | None = None, **kwargs: Any
    ) -> dict[str, Any]:
        context, _ = current(self._fingerprint, config)
        play = _Play(self, input, config or {}, context)
        await play.play()
        nodes = self._whole.visited(input["nodes"], play.state["nodes"])
        update: dict[str, Any] = {"nodes": nodes, "vars": play.writes}
        return update | ({"writes": play.writes, "left": play.left} if self._inner else {})


class _Play:
    """One execution of a level."""

    def __init__(
        self, level: TokensRunnable, state: State, config: RunnableConfig, context: RunContext
    ) -> None:
        self.state = state
        self.writes: list[Write] = []
        self.left: list[int] = []
        self._level = level
        self._config = config
        self._context = context
        self._game = TokenGame(level.board)
        tokens = state.get("tokens")
        self._around = None if tokens is None else frozenset(tokens).difference(level.board.entries)
        self._turns = Counter[int]()
        self._running: dict[int, _Turn] = {}
        self._ends = itertools.count()
        self._changed = anyio.Event()
        self._waits: list[GraphInterrupt] = []
        self._stop: Exception | None = None

    async def play(self) -> None:
        """Let parts begin and end until nothing is left to do."""
        async with anyio.create_task_group() as tasks:
            self._begin(tasks)
            while self._running and self._stop is None:
                await self._changed.wait()
                self._changed = anyio.Event()
                self._go_on(tasks)
            tasks.cancel_scope.cancel()
        if self._stop is not None:
            raise self._stop
        if self._waits:
            raise GraphInterrupt([question for wait in self._waits for question in wait.args[0]])

    def _go_on(self, tasks: TaskGroup) -> None:
        try:
            while (turn := self._first_ended()) is not None:
                self._finish(turn)
                self._begin(tasks)
        except NodeError as error:  # two writes that a variable cannot take together
            self._stop = self._stop or error

    def _begin(self, tasks: TaskGroup) -> None:
        state = self._seen()
        for part in self._game.ready():
            consumed = self._game.fire(part)
            self._turns[part] += 1
            turn = _Turn(part, self._turns[part], self._ends, self._context.course, self._wake)
            self._running[part] = turn
            tasks.start_soon(self._run, turn, self._level.parts[part].start(state, consumed))

    def _seen(self) -> State:
        """What all read that begin now: the state, and where tokens are that still move."""
        if self._around is None:
            return self.state
        tokens = self._around.union(self._game.tokens, self._game.disarmed, self.left)
        return {**self.state, "tokens": tokens}

    async def _run(self, turn: _Turn, start: Mapping[str, Any]) -> None:
        config = config_apart(self._config, turn.part, turn.number)
        context = replace(self._context, course=turn)
        try:
            graph = self._level.parts[turn.part].graph
            turn.result = await run_inside(graph.ainvoke(start, config, context=context))
        except GraphInterrupt as wait:
            self._waits.append(wait)
            del self._running[turn.part]
        except Exception as error:  # noqa: BLE001 - raised again when all have stopped
            self._stop = self._stop or error
        self._wake()

    def _wake(self) -> None:
        self._changed.set()

    def _first_ended(self) -> _Turn | None:
        """The part that ended first; None where one may be found that did so before it."""
        ended = [turn for turn in self._running.values() if turn.result is not None]
        first = min(ended, key=lambda turn: turn.rank, default=None)
        if first is None or any(turn.may_precede(first) for turn in self._running.values()):
            return None
        return first

    def _finish(self, turn: _Turn) -> None:
        del self._running[turn.part]
        end = turn.result or {}
        nodes = self._level.parts[turn.part].visited(self.state["nodes"], end["nodes"])
        self.state = {
            "input": self.state["input"],
            "vars": dict(self._level.reduce(self.state["vars"], end["writes"])),
            "nodes": self.state["nodes"] | nodes,
        }
        self.writes += end["writes"]
        self.left += self._game.finish(turn.part, end["left"])


class _Turn:
    """One firing of a part; hears of the visits in it."""

    def __init__(
        self,
        part: int,
        number: int,
        ends: Iterator[int],
        around: Course,
        wake: Callable[[], None],
    ) -> None:
        self.part = part
        self.number = number
        self.rank: Rank = (False, -1)
        self.result: Mapping[str, Any] | None = None
        self._at_work = 0
        self._ends = ends
        self._around = around
        self._wake = wake

    def begin(self) -> None:
        """A visit does what no earlier execution of the run has done."""
        self._at_work += 1
        self._around.begin()
        self._wake()

    def end(self, place: int | None) -> None:
        """A visit has ended."""
        if place is None:
            self._at_work -= 1
        rank = (True, next(self._ends)) if place is None else (False, place)
        self.rank = max(self.rank, rank)
        self._around.end(place)
        self._wake()

    def may_precede(self, ended: _Turn) -> bool:
        """Whether its last visit may have ended before another part did."""
        return self.result is None and self._at_work == 0 and self.rank < ended.rank
