"""A config with its languages compiled."""

from typing import Annotated, Any

import pytest
from pydantic import Field

from workflow_compiler import NodeConfig, NodeError, NodeType
from workflow_compiler.binding import Binder, BoundConfig
from workflow_compiler.errors import ErrorType
from workflow_compiler.expressions import Names
from workflow_compiler.registry import Expr, Literal
from workflow_compiler.registry.config import Language, own_copy

SCOPE = {"input": {"name": "Ada", "size": 3, "tags": ["x"]}}


class Config(NodeConfig):
    text: str = ""
    size: int = Field(0, ge=0)
    anything: Any = None
    expression: Expr = None
    literal: Literal = ""
    nested: Annotated[dict[str, Any], Language.EXPRESSION] = Field(default_factory=dict)


async def behave(config: Any, context: Any) -> None: ...


TYPE = NodeType(name="example", description="", config=Config, behaviour=behave)


def bind(**given: Any) -> tuple[BoundConfig, Binder]:
    binder = Binder(Names(roots=frozenset({"input"}), nodes=frozenset()), [])
    return binder.config(TYPE, given, "/nodes/0/config"), binder


def loaded(**given: Any) -> Config:
    bound, binder = bind(**given)
    assert binder.problems == []
    config = bound.load(bound.values(SCOPE))
    assert isinstance(config, Config)
    return config


@pytest.mark.parametrize(
    ("field", "given", "value"),
    [
        ("text", "Dear {{ input.name }}", "Dear Ada"),
        ("text", "{{ input.size }}", "3"),
        ("size", "{{ input.size }}", 3),
        ("anything", "{{ input.tags }}", ["x"]),
        ("anything", {"a": ["{{ input.size }}", 1]}, {"a": [3, 1]}),
        ("expression", "input.size + 1", 4),
        ("expression", {"a": "input.size", "b": 2}, {"a": 3, "b": 2}),
        ("literal", "{{ input.name }}", "{{ input.name }}"),
        ("nested", {"a": "len(input.tags)"}, {"a": 1}),
    ],
)
def test_each_field_is_read_in_its_language(field: str, given: Any, value: Any):
    assert getattr(loaded(**{field: given}), field) == value


def test_a_config_without_languages_is_loaded_once():
    bound, _ = bind(text="plain", size=2)
    assert not bound.moving
    assert bound.load(bound.values({})) is bound.static


def test_the_same_text_is_compiled_once_and_found_wrong_everywhere():
    bound, _ = bind(expression=["input.size", "input.size"])
    first, second = bound.fields["expression"].texts
    assert first is second
    _, binder = bind(expression=["1 +", "1 +"])
    assert [problem.pointer[-1] for problem in binder.problems] == ["0", "1"]


class Held(NodeConfig):
    value: Any


@pytest.mark.parametrize(("value", "shared"), [("text", True), (None, True), ([1], False)])
def test_attempts_share_what_they_cannot_change(value: Any, shared: bool):
    config = Held(value=value)
    own = own_copy(config)
    assert (own is config, own == config) == (shared, True)


def test_a_value_that_only_a_run_knows_is_judged_in_the_run():
    bound, binder = bind(size="{{ input.name }}")
    assert (binder.problems, bound.static) == ([], None)
    with pytest.raises(NodeError, match="config 'size'") as caught:
        bound.load(bound.values(SCOPE))
    assert caught.value.type is ErrorType.VALIDATION


def test_every_hole_of_a_text_is_judged():
    _, binder = bind(text="{{ nobody }} {{ input.name }}\n{{ input.x | nope }} {{ open")
    assert [(problem.line, problem.column) for problem in binder.problems] == [
        (1, 4),
        (2, 14),
        (2, 22),
    ]


@pytest.mark.parametrize(
    ("given", "pointer", "message"),
    [
        ({"size": -1}, "/nodes/0/config/size", "greater than or equal to 0"),
        ({"size": "big"}, "/nodes/0/config/size", "valid integer"),
        ({"sise": 1}, "/nodes/0/config/sise", "'sise' is not known"),
        ({"text": "{{ input.name "}, "/nodes/0/config/text", "not closed"),
        ({"text": "{{ nobody }}"}, "/nodes/0/config/text", "unknown name 'nobody'"),
        ({"expression": {"a": ["1 +"]}}, "/nodes/0/config/expression/a/0", "column"),
    ],
)
def test_what_is_wrong_has_an_address(given: dict[str, Any], pointer: str, message: str):
    _, binder = bind(**given)
    assert [problem.pointer for problem in binder.problems] == [pointer]
    assert message in binder.problems[0].message
