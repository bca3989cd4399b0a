import pytest

from services.domain.bodies import Bodies, Body
from workflow_compiler import parse, plan
from workflow_compiler.trace import body_path

ODD = ("loop", "a.b", "a#2", "a[1]", "x.try", "#3.2", "1")


def bodies_of(outer: str, inner: str) -> Bodies:
    document = {
        "name": "odd",
        "nodes": [
            {"id": outer, "type": "foreach", "config": {"items": "[1]"}},
            {"id": inner, "type": "try", "config": {}, "parent": outer},
            {"id": "deep", "type": "end", "config": {}, "parent": inner, "slot": "try"},
            {"id": "safe", "type": "end", "config": {}, "parent": inner, "slot": "catch"},
        ],
        "edges": [],
    }
    return Bodies(plan(parse(document)))


@pytest.mark.parametrize("outer", ODD)
@pytest.mark.parametrize("inner", ["in", "in[2].x#2", "."])
@pytest.mark.parametrize(("visit", "attempt"), [(1, 1), (2, 1), (1, 2), (3, 4)])
def test_paths_are_read_back_whatever_the_ids(
    outer: str, inner: str, visit: int, attempt: int
) -> None:
    item = body_path("", outer, "[12]", visit, attempt)
    part = body_path(item, inner, ".try", attempt, visit)

    around = bodies_of(outer, inner).around("deep", part)

    assert around == (
        Body(item, (outer, "", visit), attempt),
        Body(part, (inner, item, attempt), visit),
    )


def test_outside_of_all_there_is_nothing_around() -> None:
    assert bodies_of("loop", "in").around("loop", "") == ()
