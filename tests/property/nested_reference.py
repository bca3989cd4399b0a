"""An independent reading of containers: one random step at a time, through all that is open.

Each scope is a token game of its own (`reference`), a container a few scopes in an order. Nothing
here is shared with the compiler.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from tests.property.nested import Attempt, Loop, Nested, Scope
from tests.property.reference import Game, Net, TooLongError

Visit = tuple[str, str, int]
"""Path, node, number."""


class Failed(Exception):  # noqa: N818 - the word of the semantics
    """A scope failed because a node in it did."""

    def __init__(self, node_id: str) -> None:
        self.node_id = node_id
        super().__init__(node_id)

    @property
    def said(self) -> dict[str, str]:
        return {"type": "EXPRESSION", "message": "", "node_id": self.node_id}


class Returned(Exception):  # noqa: N818 - it is no error
    """The run ends with this output."""

    def __init__(self, output: Any) -> None:
        self.output = output
        super().__init__(output)


@dataclass(slots=True)
class Book:
    """What became of every visit, and the chance by which the game goes on.

    `haste` is how much rather it goes on inside of a container than beside it: bodies are long, and
    what is beside them would otherwise never be the slower one.
    """

    rng: Random
    haste: float
    visits: dict[Visit, str] = field(default_factory=dict)
    limit: int = 400

    def begin(self, visit: Visit) -> None:
        self.visits[visit] = "cancelled"
        if len(self.visits) > self.limit:
            raise TooLongError


@dataclass(frozen=True, slots=True)
class Ending:
    """How a run ended."""

    output: Any
    failed: str | None
    visits: Mapping[Visit, str]


def play_nested(nested: Nested, rng: Random) -> Ending:
    """One run in a random order.

    Raises:
        TooLongError: too many visits.
    """
    book = Book(rng, rng.choice([0, 0.5, 1]))
    game = ScopeGame(nested.top, "", {}, book)
    try:
        while not game.over:
            game.step()
    except Failed as failed:
        return Ending(None, failed.node_id, book.visits)
    except Returned as returned:
        return Ending(returned.output, None, book.visits)
    return Ending(game.leaves(), None, book.visits)


class ScopeGame:
    """The tokens of one scope; containers that are at work have games of their own."""

    def __init__(self, scope: Scope, path: str, names: Mapping[str, Any], book: Book) -> None:
        self._scope, self._path, self._names, self._book = scope, path, names, book
        drawn = scope.drawn
        edges = [(way.source, way.target) for way in drawn.ways]
        anys = {vertex.id for vertex in drawn.vertices if vertex.join == "any"}
        self._game = Game(Net([v.id for v in drawn.vertices], edges, drawn.roots, anys))
        self._inside: dict[str, LoopGame | AttemptGame] = {}
        self._outputs: dict[str, Any] = {}

    @property
    def over(self) -> bool:
        return not self._game.choices()

    def leaves(self) -> dict[str, Any]:
        leaves = self._scope.leaves
        return {leaf: self._outputs[leaf] for leaf in leaves if leaf in self._outputs}

    @property
    def output(self) -> Any:
        found = self.leaves()
        return found.get(self._scope.leaves[0]) if len(self._scope.leaves) == 1 else found

    def step(self) -> None:
        node = self._choose()
        if node not in self._game.busy:
            self._game.fire(node)
            self._book.begin(self._visit(node))
            self._inside.update(self._container(node))
        elif node in self._inside:
            self._step_inside(node)
        else:
            self._finish(node)

    def _choose(self) -> str:
        hurried = list(self._inside) if self._book.rng.random() < self._book.haste else []
        return self._book.rng.choice(hurried or self._game.choices())

    def _container(self, node: str) -> "dict[str, LoopGame | AttemptGame]":
        visit = self._game.visits[node]
        place = f"{node}#{visit}" if visit > 1 else node
        path = f"{self._path}.{place}" if self._path else place
        match self._scope.containers.get(node):
            case Loop() as loop:
                return {node: LoopGame(loop, path, self._names, self._book)}
            case Attempt() as attempt:
                return {node: AttemptGame(attempt, path, self._names, self._book)}
            case None:
                return {}

    def _step_inside(self, node: str) -> None:
        inside = self._inside[node]
        try:
            if not inside.over:
                inside.step()
                return
            output = inside.result()
        except Failed as failed:
            self._fail(node, failed)
            return
        self._complete(node, output)

    def _finish(self, node: str) -> None:
        visit = self._game.visits[node]
        if node in self._scope.returns:
            self._book.visits[self._visit(node)] = "completed"
            raise Returned(node)
        if self._scope.fails(node, visit, self._names.get("index", 0)):
            self._fail(node, Failed(node))
            return
        parts = [visit, *([self._names["index"]] if self._scope.names.index else [])]
        parts += [self._names["error"]] if self._scope.names.error else []
        self._complete(node, parts if self._scope.vertex(node).fails_on is None else [*parts, 1])

    def _fail(self, node: str, failed: Failed) -> None:
        self._inside.pop(node, None)
        self._outputs.pop(node, None)
        self._book.visits[self._visit(node)] = "failed"
        taken = self._taken(node, failed=True)
        if not taken:
            raise failed
        self._game.finish(node, taken)

    def _complete(self, node: str, output: Any) -> None:
        self._inside.pop(node, None)
        self._outputs[node] = output
        self._book.visits[self._visit(node)] = "completed"
        self._game.finish(node, self._taken(node, failed=False))

    def _taken(self, node: str, *, failed: bool) -> list[int]:
        number = self._game.visits[node] + self._names.get("index", 0)
        return self._scope.taken(node, number, failed=failed)

    def _visit(self, node: str) -> Visit:
        return self._path, node, self._game.visits[node]


class LoopGame:
    """The items of a `foreach`: so many are open at once, begun in their order."""

    def __init__(self, loop: Loop, path: str, names: Mapping[str, Any], book: Book) -> None:
        self._loop, self._path, self._names, self._book = loop, path, names, book
        self._open: dict[int, ScopeGame] = {}
        self._results: dict[int, Any] = {}

    @property
    def over(self) -> bool:
        return len(self._results) == self._loop.items

    def result(self) -> list[Any]:
        return [self._results[index] for index in range(self._loop.items)]

    def step(self) -> None:
        begun = len(self._open) + len(self._results)
        if begun < self._loop.items and len(self._open) < self._loop.parallel:
            names = {**self._names, "index": begun}
            path = f"{self._path}[{begun}]"
            self._open[begun] = ScopeGame(self._loop.body, path, names, self._book)
            return
        index = self._book.rng.choice(list(self._open))
        game = self._open[index]
        try:
            if not game.over:
                game.step()
                return
            self._results[index] = game.output
        except Failed as failed:
            if not self._loop.collects:
                raise
            self._results[index] = {"error": failed.said}
        del self._open[index]


class AttemptGame:
    """The slots of a `try`, one after the other."""

    def __init__(self, attempt: Attempt, path: str, names: Mapping[str, Any], book: Book) -> None:
        self._attempt, self._path, self._names, self._book = attempt, path, names, book
        self._ended: Failed | Returned | None = None
        self._output: Any = None
        self._slot = ""
        self._game: ScopeGame | None = None
        self._enter("try", names)

    @property
    def over(self) -> bool:
        return self._slot == "over"

    def result(self) -> Any:
        if self._ended is not None:
            raise self._ended
        return self._output

    def step(self) -> None:
        try:
            if self._game is not None and not self._game.over:
                self._game.step()
                return
        except (Failed, Returned) as ended:
            self._end(ended)
            return
        if self._slot != "finally" and not (self._slot == "catch" and self._game is None):
            self._output = self._game.output if self._game else None
        if self._slot == "catch" and self._attempt.goes_on:
            self._ended = None
        self._enter("over" if self._slot == "finally" else "finally", self._names)

    def _end(self, ended: Failed | Returned) -> None:
        if self._slot == "finally":
            raise ended
        if self._slot == "try" and isinstance(ended, Failed):
            self._ended = ended
            self._enter("catch", {**self._names, "error": ended.node_id})
            return
        # What leaves `catch`, or ends the run, is not caught any more.
        self._ended = ended
        self._enter("finally", self._names)

    def _enter(self, slot: str, names: Mapping[str, Any]) -> None:
        scope = self._attempt.slots.get(slot)
        self._slot = slot
        path = f"{self._path}.{slot}"
        self._game = ScopeGame(scope, path, names, self._book) if scope else None
