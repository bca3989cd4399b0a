"""Addresses: from the canonical form to the given document, and to its lines."""

import pytest

from workflow_compiler import Problem
from workflow_compiler.definition.source import Source, pointer_of


def problem(pointer: str) -> Problem:
    return Problem(code="example", message="an example", pointer=pointer)


def test_pointers_escape_what_json_pointers_must():
    assert pointer_of("nodes", 0, "a/b~c") == "/nodes/0/a~1b~0c"


def test_the_innermost_moved_part_decides():
    source = Source({"/nodes/0": "/nodes/a", "/nodes/0/config": "/nodes/a/data"})
    assert source.pointer("/nodes/0/config/x") == "/nodes/a/data/x"
    assert source.pointer("/nodes/0/name") == "/nodes/a/name"
    assert source.pointer("/nodes/1") == "/nodes/1"


def test_data_has_no_lines():
    located = Source().locate(problem("/nodes/0"))
    assert (located.pointer, located.line, located.column) == ("/nodes/0", None, None)


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("", (1, 1)),
        ("/nodes/1", (4, 5)),
        ("/nodes/1/id", (4, 10)),
        ("/nodes/1/missing/key", (4, 5)),
        ("/on", (5, 5)),
    ],
)
def test_a_problem_stands_at_the_nearest_part_that_is_there(pointer: str, place: tuple[int, int]):
    text = "name: x\nnodes:\n  - {id: a}\n  - {id: b}\non: x\n"
    located = Source(text=text).locate(problem(pointer))
    assert (located.line, located.column) == place
