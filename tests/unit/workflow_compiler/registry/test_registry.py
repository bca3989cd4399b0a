"""Node types by name, functions by mark, configs by field."""

from dataclasses import replace
from types import ModuleType
from typing import Annotated, Any

import pytest

from workflow_compiler import (
    NodeConfig,
    NodeType,
    Registry,
    default_registry,
    function,
    functions_of,
)
from workflow_compiler.errors import NodeTypeError
from workflow_compiler.registry import Expr, Literal, NoConfig, Work
from workflow_compiler.registry.config import Language, languages


async def behave(config: Any, context: Any) -> None: ...


def node_type(name: str, **more: Any) -> NodeType:
    return NodeType(name=name, description="", config=NoConfig, behaviour=behave, **more)


def module(**values: Any) -> ModuleType:
    made = ModuleType("example")
    vars(made).update(values)
    return made


def test_adding_gives_a_new_registry():
    empty = Registry()
    one = empty.with_types(node_type("a"))
    assert (list(empty.types), list(one.types)) == ([], ["a"])


def test_a_type_of_the_same_name_is_replaced():
    registry = Registry().with_types(node_type("a")).with_types(node_type("a", version=2))
    assert registry.types["a"].version == 2


def test_a_registry_cannot_be_changed_in_place():
    with pytest.raises(TypeError):
        Registry().types["a"] = node_type("a")  # type: ignore[index]


def test_the_built_in_types():
    names = {"start", "end", "llm", "python", "transform", "template", "set", "condition", "router"}
    names |= {"http", "tool", "agent", "emit", "fail", "return", "foreach", "try", "subworkflow"}
    names |= {"human", "timer", "wait_event"}
    assert set(default_registry().types) == names


@pytest.mark.parametrize(
    ("more", "seconds"),
    [({}, 60), ({"work": Work.COMPUTING}, 30), ({"timeout_seconds": 5}, 5)],
)
def test_the_default_timeout_is_that_of_the_work(more: dict[str, Any], seconds: float):
    assert node_type("a", **more).default_timeout_seconds == seconds


def test_marked_functions_are_found_by_name():
    @function("greet")
    def hello() -> str:
        return "hello"

    assert functions_of(module(hello=hello, alias=hello, other=print)) == {"greet": hello}


def test_marking_changes_nothing_else():
    @function("greet")
    def hello() -> str:
        return "hello"

    assert hello() == "hello"


def test_a_name_stands_for_one_function():
    @function("greet")
    def one() -> None: ...

    @function("greet")
    def two() -> None: ...

    with pytest.raises(ValueError, match=r"'example' has two functions called 'greet'"):
        functions_of(module(one=one, two=two))


def test_how_the_strings_of_a_config_are_read():
    class Config(NodeConfig):
        text: str
        maybe: str | None
        expression: Expr
        literal: Literal
        nested: Annotated[dict[str, Any], Language.EXPRESSION]

    assert list(languages(Config)) == [
        ("text", Language.TEMPLATE, True),
        ("maybe", Language.TEMPLATE, False),
        ("expression", Language.EXPRESSION, False),
        ("literal", Language.LITERAL, True),
        ("nested", Language.EXPRESSION, False),
    ]


@pytest.mark.parametrize("name", ["", "  "])
def test_a_type_has_a_name(name: str):
    known = default_registry().types["transform"]
    with pytest.raises(NodeTypeError, match="a node type needs a name"):
        replace(known, name=name)


@pytest.mark.parametrize("name", ["review", "variables", "calls"])
def test_what_is_worked_out_from_a_config_is_a_function(name: str):
    with pytest.raises(NodeTypeError, match=f"'{name}' of the node type 'a' is a function"):
        node_type("a", **{name: ("total",)})
