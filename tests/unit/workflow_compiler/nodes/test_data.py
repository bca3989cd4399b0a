"""`transform`, `template`, `set`, and the marks."""

import pytest

from tests.unit.workflow_compiler.running import node, path, run, workflow
from workflow_compiler.errors import ErrorType


async def test_a_transform_gives_the_value_of_its_expression():
    outcome = await run(workflow(node("a", expression={"x": "input.x + 1"})), {"x": 1})
    assert outcome.output == {"a": {"x": 2}}


async def test_a_template_gives_text():
    outcome = await run(
        workflow(node("a", "template", template="Dear {{ input.x }}")), {"x": "Ada"}
    )
    assert outcome.output == {"a": {"text": "Dear Ada"}}


async def test_set_writes_variables_through_their_reducers():
    document = workflow(
        node("a", "set", values={"notes": "'one'", "last": "1"}),
        node("b", "set", values={"notes": "'two'", "last": "vars.last + 1"}),
        edges=path("a", "b"),
        variables={"notes": {"reducer": "append"}, "last": {}},
        output={"notes": "{{ vars.notes }}", "last": "{{ vars.last }}"},
    )
    assert (await run(document)).output == {"notes": ["one", "two"], "last": 2}


async def test_branches_that_write_at_once_lose_nothing():
    document = workflow(
        node("fork", "start"),
        *(node(name, "set", values={"total": "1"}) for name in "abc"),
        edges=(*path("fork", "a"), *path("fork", "b"), *path("fork", "c")),
        variables={"total": {"reducer": "add", "default": 10}},
        output={"total": "{{ vars.total }}"},
    )
    assert (await run(document)).output == {"total": 13}


async def test_marks_do_nothing():
    outcome = await run(workflow(node("a", "start"), node("b", "end"), edges=path("a", "b")))
    assert outcome.output == {"b": None}


@pytest.mark.parametrize("expression", ["input.x.y", "1 // 0", "input.x + 1"])
async def test_an_expression_that_cannot_be_worked_out_fails_the_node(expression: str):
    outcome = await run(workflow(node("a", expression=expression)), {"x": "text"})
    assert outcome.error is not None
    assert outcome.error.failure.type is ErrorType.EXPRESSION
