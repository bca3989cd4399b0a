"""What a fork keeps of its run, what it changes ahead of time, and what happens again."""

from __future__ import annotations

from typing import Any

import pytest

from services.domain.debug.commands import Edit
from services.domain.debug.forking import (
    Ahead,
    Repeat,
    ahead_problems,
    edited,
    placed,
    places_until,
    repeats,
    seq_before,
    unkept,
)
from services.domain.events.runs import RunCreated, RunStarted
from services.domain.events.stops import Pinned, Position, StateEdited, Target
from services.domain.events.vocabulary import EdgeDecided, NodeCompleted, RunEvent
from services.domain.reruns.going_on import From
from services.errors import NotVisitedError
from tests.unit.services.domain.debug.visits import (
    AT,
    begun,
    done,
    effect,
    place,
    plan_of,
    step,
)
from workflow_compiler.trace import EdgeKind

CREATED = RunCreated(at=AT, workflow_id="w", version=1, input={}, node_count=3)
STARTED = RunStarted(at=AT, attempt=1)
PLAN = plan_of(step("a"), effect("b"), effect("c"), edges="a>b b>c", variables={"n": {}})
OUTPUT = Edit(target=Target.OUTPUT, value=1)


def decided(node: str, target: str) -> EdgeDecided:
    return EdgeDecided(
        at=AT,
        node_id=node,
        visit=1,
        edge_id=f"{node}>{target}",
        target=target,
        taken=True,
        kind=EdgeKind.CONDITION,
    )


LOG: list[RunEvent] = [
    CREATED,
    STARTED,
    begun("a"),
    done("a"),
    decided("a", "b"),
    begun("b"),
    done("b"),
    begun("c"),
    done("c"),
]


@pytest.mark.parametrize(("node", "seq"), [("a", 2), ("b", 5), ("c", 7), ("z", None)])
def test_a_fork_at_a_node_leaves_right_before_it_began(node: str, seq: int | None) -> None:
    begin = From(node_id=node)
    if seq is None:
        with pytest.raises(NotVisitedError):
            seq_before(PLAN, LOG, begin)
    else:
        assert seq_before(PLAN, LOG, begin) == seq


def test_an_edit_that_came_before_its_visit_is_no_beginning_of_it() -> None:
    edit = StateEdited(
        at=AT, node_id="b", visit=1, position=Position.BEFORE, target=Target.INPUT, value={}
    )
    assert seq_before(PLAN, [*LOG[:2], edit, *LOG[2:]], From(node_id="b")) == 6


def ends(seq: int) -> list[str]:
    """The nodes whose ends a fork keeps that leaves there, with their decisions."""
    kept = (LOG[number] for number in places_until(PLAN, LOG, seq))
    return [
        event.node_id + "?" * isinstance(event, EdgeDecided)
        for event in kept
        if isinstance(event, NodeCompleted | EdgeDecided)
    ]


@pytest.mark.parametrize(
    ("seq", "kept"),
    [
        (2, []),
        (3, []),
        # An end and what it decided are one moment, though they are two entries.
        (4, ["a", "a?"]),
        (5, ["a", "a?"]),
        (6, ["a", "a?"]),
        (7, ["a", "a?", "b"]),
        (9, ["a", "a?", "b", "c"]),
    ],
)
def test_what_had_ended_is_kept_and_what_was_under_way_begins_anew(
    seq: int, kept: list[str]
) -> None:
    assert ends(seq) == kept


@pytest.mark.parametrize(
    ("wish", "visit"),
    [
        (Ahead(node_id="b"), 1),
        (Ahead(node_id="a"), 2),
        (Ahead(node_id="a", visit=7), 7),
        (Ahead(node_id="a", path="loop[0]"), 1),
    ],
)
def test_without_a_number_the_next_visit_is_meant(wish: Ahead, visit: int) -> None:
    assert placed(LOG[:4], wish) == place(wish.node_id, wish.path, visit)


LOOP = {"id": "loop", "type": "foreach", "config": {"items": "[1]"}}
NESTED = plan_of(step("a"), LOOP, step("x", parent="loop"), edges="a>loop", variables={"n": {}})


@pytest.mark.parametrize(
    ("wish", "problems"),
    [
        ({"node_id": "x", "path": "loop[0]", "edits": (OUTPUT,)}, []),
        ({"node_id": "loop", "edits": (OUTPUT,)}, []),
        ({"node_id": "z", "edits": (OUTPUT,)}, [("/node_id", "unknown-node")]),
        ({"node_id": "x", "edits": (OUTPUT,)}, [("/path", "no-such-body")]),
        ({"node_id": "loop", "path": "x[0]", "edits": (OUTPUT,)}, [("/path", "no-such-body")]),
        ({"node_id": "a", "visit": 1, "edits": (OUTPUT,)}, [("/visit", "has-begun")]),
        ({"node_id": "loop", "visit": 2, "edits": (OUTPUT,)}, [("/visit", "never-comes")]),
        ({"node_id": "loop"}, [("", "missing")]),
        (
            {
                "node_id": "x",
                "edits": (
                    Edit(target=Target.INPUT, value=[1]),
                    Edit(target=Target.VARIABLE, name="m", value=1),
                    Edit(target=Target.VARIABLE, name="n", value=1),
                ),
            },
            [("/path", "no-such-body"), ("/input", "misfit"), ("/variables/m", "misfit")],
        ),
    ],
)
def test_all_that_keeps_a_visit_from_being_changed_is_told(
    wish: dict[str, Any], problems: list[tuple[str, str]]
) -> None:
    found = ahead_problems(NESTED, LOG[:4], [Ahead(node_id="loop", edits=(OUTPUT,)), Ahead(**wish)])
    assert [(each.pointer, each.code) for each in found] == [
        (f"/edits/1{pointer}", code) for pointer, code in problems
    ]


@pytest.mark.parametrize(("node", "codes"), [("a", []), ("end", []), ("first", ["never-comes"])])
def test_what_lies_on_a_loop_or_behind_one_has_further_visits(node: str, codes: list[str]) -> None:
    looped = plan_of(
        {"id": "first", "type": "start"},
        step("a"),
        step("end"),
        edges="first>a",
        ways=[
            {"source": "a", "target": "a", "condition": "a.visit < 3"},
            {"source": "a", "target": "end", "default": True},
        ],
    )
    wish = Ahead(node_id=node, visit=2, edits=(OUTPUT,))
    assert [each.code for each in ahead_problems(looped, [], [wish])] == codes


def test_edits_ahead_are_events_before_the_visit() -> None:
    (event,) = edited(place("x", "loop[0]", 2), [OUTPUT], AT)
    assert (event.node_id, event.path, event.visit) == ("x", "loop[0]", 2)
    assert (event.position, event.target, event.value) == (Position.BEFORE, Target.OUTPUT, 1)


def again(*nodes: str, pinned: bool = False) -> tuple[Repeat, ...]:
    return tuple(Repeat(place=place(node), is_pinned=pinned) for node in nodes)


def test_what_touched_the_world_and_is_not_kept_happens_again() -> None:
    assert repeats(PLAN, LOG, [], ()) == again("b", "c")
    assert repeats(PLAN, LOG, LOG[:7], ()) == again("c")
    assert repeats(PLAN, LOG, LOG, ()) == ()


def test_an_output_that_is_given_or_pinned_keeps_it_from_happening() -> None:
    given = [*edited(place("b"), [OUTPUT], AT)]
    assert repeats(PLAN, LOG, [], given) == again("c")
    changed = [*edited(place("b"), [Edit(target=Target.INPUT, value={})], AT)]
    assert repeats(PLAN, LOG, [], changed) == again("b", "c")
    pins = [Pinned(node_id=node) for node in "ab"]
    found = repeats(PLAN, LOG, [], (), pins)
    assert found == (*again("b", pinned=True), *again("c"))
    assert unkept(pins, found) == (pins[1],)
