"""The state of a run, and what expressions see of it."""

from typing import Any

from workflow_compiler import RunContext
from workflow_compiler.state import (
    SKIPPED,
    UNVISITED,
    NodeRecord,
    Outlook,
    RunScope,
    State,
    newest,
)
from workflow_compiler.topology import Graph


def record(visit: int, output: Any = None, status: str = "completed") -> NodeRecord:
    return {"output": output, "error": None, "status": status, "visit": visit}


STATE: State = {
    "input": {"score": 1, "name": "Ada"},
    "vars": {"total": 5},
    "nodes": {"a": record(1, {"score": 2}), "b-2": record(3, "text")},
}
CONTEXT = RunContext(run_id="r1", workflow="w1")
OUTLOOK = Outlook.of(Graph(4, ((0, 1), (0, 2), (2, 3))), (), ["a", "later", "b-2", "never"])


def scope_of(state: State) -> RunScope:
    own = {"c": record(1, status="running")}
    return RunScope(state, {"total": 0, "notes": []}, CONTEXT, own, OUTLOOK)


SCOPE = scope_of(STATE)


def test_the_newest_visit_wins_whatever_the_order():
    old, new = {"a": record(1)}, {"a": record(2)}
    assert newest(old, new) == newest(new, old) == new


def test_merging_twice_changes_nothing():
    both = newest({"a": record(1)}, {"b": record(1)})
    assert newest(both, both) == both


def test_roots():
    assert SCOPE["input"] == STATE["input"]
    assert SCOPE["run"] == {"id": "r1", "workflow": "w1"}
    assert SCOPE["vars"] == {"total": 5, "notes": []}


def test_nodes_by_name_and_by_id():
    assert SCOPE["a"]["output"] == {"score": 2}
    assert SCOPE["nodes"]["b-2"]["visit"] == 3
    assert SCOPE["c"]["status"] == SCOPE["nodes"]["c"]["status"] == "running"


def test_a_node_that_was_not_visited_is_pending():
    assert SCOPE["later"] == SCOPE["nodes"]["later"] == UNVISITED


def test_a_node_that_no_token_can_reach_any_more_is_skipped():
    scope = scope_of({**STATE, "tokens": [0]})
    assert scope["later"] == UNVISITED
    assert scope["never"] == scope["nodes"]["never"] == SKIPPED
    assert scope["a"]["status"] == "completed"
    assert scope_of({**STATE, "tokens": []})["later"] == SKIPPED


def test_every_name_is_there():
    assert "later" in SCOPE
    assert "input" in SCOPE


def test_the_context_is_one_view_of_all():
    assert SCOPE["context"] == {"score": 2, "name": "Ada", "total": 5, "notes": []}


def test_the_names_can_be_listed():
    assert list(SCOPE) == ["input", "vars", "run", "nodes", "context", "a", "b-2"]
    assert (len(SCOPE), len(SCOPE["nodes"])) == (7, 3)
