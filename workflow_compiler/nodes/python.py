"""`python`: calls a registered function by name."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from functools import partial
from typing import Any

from pydantic import Field, JsonValue

from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.expressions.names import suggest
from workflow_compiler.ports import Function, NodeContext, in_thread
from workflow_compiler.registry import Fault, Literal, NodeConfig, NodeType, Work


class PythonConfig(NodeConfig):
    """Config of `python`."""

    function: Literal = Field(description="The registered name of the function.")
    arguments: dict[str, JsonValue] = Field(
        default_factory=dict, description="Passed by keyword; strings may be templates."
    )


def python_type(functions: Mapping[str, Function]) -> NodeType:
    """The `python` node type over these functions."""
    takes_context = {
        name: "context" in inspect.signature(function).parameters
        for name, function in functions.items()
    }

    async def call(config: PythonConfig, context: NodeContext) -> Any:
        function = functions[config.function]
        arguments: dict[str, Any] = dict(config.arguments)
        if takes_context[config.function]:
            arguments["context"] = context
        _check_arguments(function, config.function, arguments)
        if inspect.iscoroutinefunction(function):
            return await function(**arguments)
        return await in_thread(function, arguments, context.report.left_thread)

    return NodeType(
        name="python",
        description="Calls a registered Python function with arguments by keyword.",
        config=PythonConfig,
        behaviour=call,
        work=Work.IO,
        sends=True,
        review=partial(_unknown, functions),
    )


def _unknown(functions: Mapping[str, Function], config: PythonConfig) -> tuple[Fault, ...]:
    if config.function in functions:
        return ()
    hint = suggest(config.function, functions) or "name its module in WORKFLOW_FUNCTIONS"
    message = f"no function is registered as {config.function!r}"
    return (Fault(code="unknown-function", message=message, pointer="/function", hint=hint),)


def _check_arguments(function: Function, name: str, arguments: Mapping[str, Any]) -> None:
    try:
        inspect.signature(function).bind(**arguments)
    except TypeError as error:
        message = f"function {name!r} cannot be called like this: {error}"
        raise NodeError(ErrorType.VALIDATION, message) from error
