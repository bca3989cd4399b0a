"""Where the tokens of a run lie, told by its log."""

from datetime import UTC, datetime
from typing import Any

from services.domain.debug.standing import Standing
from services.domain.events.base import RunError
from services.domain.events.runs import RunCompleted
from services.domain.events.vocabulary import (
    EdgeDecided,
    NodeAttemptFailed,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeRetrying,
    NodeStarted,
    RunEvent,
)
from workflow_compiler import parse, plan
from workflow_compiler.errors import ErrorType
from workflow_compiler.trace import EdgeKind

AT = datetime(2026, 1, 1, tzinfo=UTC)
ERROR = RunError(type=ErrorType.EXECUTION, message="broken")


def begun(node: str, path: str = "", visit: int = 1, attempt: int = 1) -> RunEvent:
    return NodeStarted(at=AT, node_id=node, path=path, visit=visit, attempt=attempt, input={})


def done(node: str, path: str = "", visit: int = 1) -> RunEvent:
    return NodeCompleted(at=AT, node_id=node, path=path, visit=visit, output=None)


def took(node: str, edge: str, target: str, path: str = "") -> RunEvent:
    return EdgeDecided(
        at=AT,
        node_id=node,
        path=path,
        visit=1,
        edge_id=edge,
        target=target,
        taken=True,
        kind=EdgeKind.CONDITION,
    )


class Board:
    """The tokens of a small workflow, by the names of what they lie between."""

    def __init__(self, *nodes: dict[str, Any], edges: list[dict[str, Any]]) -> None:
        self.plan = plan(parse({"name": "w", "nodes": list(nodes), "edges": edges}))
        self.standing = Standing(self.plan)

    def after(self, *events: RunEvent) -> list[str]:
        self.standing.take(events)
        return [self._said(token.path, token.edge) for token in self.standing.tokens()]

    def waiting(self) -> dict[str, list[str]]:
        return {
            self.plan.nodes[join.node].id: [self._said(join.path, e) for e in join.awaits]
            for join in self.standing.joins()
        }

    def _said(self, path: str, edge: int) -> str:
        source, target = self.plan.graph.edges[edge]
        name = f"{self.plan.nodes[source].id}>" if source >= 0 else ">"
        said = f"{name}{self.plan.nodes[target].id}"
        return f"{path}: {said}" if path else said


def node(node_id: str, **more: Any) -> dict[str, Any]:
    return {"id": node_id, "type": "transform", "config": {"expression": "1"}, **more}


def edge(source: str, target: str, **more: Any) -> dict[str, Any]:
    return {"source": source, "target": target, **more}


def diamond(join: str = "all") -> Board:
    edges = [edge("a", "b"), edge("a", "c"), edge("b", "j"), edge("c", "j")]
    return Board(node("a"), node("b"), node("c"), node("j", join=join), edges=edges)


def test_a_join_waits_for_the_branch_that_can_still_come():
    board = diamond()
    assert board.after() == [">a"]
    assert board.after(begun("a")) == []
    assert board.after(done("a"), begun("b"), begun("c"), done("b")) == ["b>j"]
    assert board.waiting() == {"j": ["c>j"]}
    assert board.after(done("c")) == ["b>j", "c>j"]
    assert board.waiting() == {}
    assert board.after(begun("j")) == []


def test_a_join_of_any_swallows_what_comes_late():
    board = diamond("any")
    board.after(begun("a"), done("a"), begun("b"), begun("c"), done("b"), begun("j"))
    assert board.after(done("c")) == []


def test_a_decided_edge_gets_its_token_with_the_decision():
    board = Board(node("a"), node("b"), edges=[edge("a", "b", id="e", condition="true")])
    assert board.after(begun("a"), done("a")) == []
    assert board.after(took("a", "e", "b")) == ["a>b"]


def test_a_visit_that_begins_again_takes_no_second_token():
    edges = [edge("a", "b"), edge("b", "a", condition="b.visit < 3"), edge("b", "z", default=True)]
    board = Board({"id": "a", "type": "start"}, node("b"), node("z"), edges=edges)
    board.after(begun("a"), done("a"), begun("b"))
    assert board.after(begun("b", attempt=2)) == []


def loop() -> Board:
    return Board(
        {"id": "loop", "type": "foreach", "config": {"items": "[1]"}},
        node("x", parent="loop"),
        node("y", parent="loop"),
        node("end"),
        edges=[edge("x", "y"), edge("loop", "end")],
    )


def test_a_body_is_open_while_something_moves_in_it():
    board = loop()
    board.after(begun("loop"), begun("x", "loop[0]"))
    assert [path for path, _ in board.standing.bodies()] == ["loop[0]"]
    assert board.after(done("x", "loop[0]")) == ["loop[0]: x>y"]
    assert board.after(begun("y", "loop[0]"), done("y", "loop[0]")) == []
    assert list(board.standing.bodies()) == []
    assert board.after(done("loop")) == ["loop>end"]


def test_another_attempt_of_a_container_has_bodies_of_its_own():
    board = loop()
    failed = NodeAttemptFailed(at=AT, node_id="loop", visit=1, error=ERROR)
    again = NodeRetrying(at=AT, node_id="loop", visit=1, attempt=2, delay_seconds=1)
    board.after(begun("loop"), begun("x", "loop[0]"), done("x", "loop[0]"))
    assert board.after(failed, again) == []
    assert board.after(begun("x", "loop#1.2[0]"), done("x", "loop#1.2[0]")) == ["loop#1.2[0]: x>y"]


def test_a_body_that_is_stopped_loses_its_tokens():
    board = loop()
    board.after(begun("loop"), begun("x", "loop[0]"), done("x", "loop[0]"), begun("y", "loop[0]"))
    stopped = NodeCancelled(at=AT, node_id="y", path="loop[0]", visit=1)
    assert board.after(stopped) == []


def test_a_failed_run_shows_how_it_stood_and_a_completed_one_has_no_token():
    board = diamond()
    board.after(begun("a"), done("a"), begun("b"), begun("c"), done("b"))
    assert board.after(NodeFailed(at=AT, node_id="c", visit=1, error=ERROR)) == ["b>j"]
    assert board.after(RunCompleted(at=AT, output=None)) == []
