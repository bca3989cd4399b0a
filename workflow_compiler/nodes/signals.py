"""`emit`, `fail` and `return`: nodes that only say something."""

from __future__ import annotations

from typing import Annotated, NoReturn

from pydantic import Field, JsonValue

from workflow_compiler.errors import ErrorType, NodeError
from workflow_compiler.ports import NodeContext
from workflow_compiler.registry import Completed, Expr, NodeConfig, NodeType, Work
from workflow_compiler.registry.config import Language


class EmitConfig(NodeConfig):
    """Config of `emit`."""

    name: str = Field(min_length=1, max_length=200, description="What the event is called.")
    data: JsonValue = Field(None, description="What it carries; it is the node's output too.")


async def _emit(config: EmitConfig, context: NodeContext) -> JsonValue:
    context.report.emit(config.name, config.data)
    return config.data


EMIT = NodeType(
    name="emit",
    description="Tells whoever watches the run something: an event of type 'custom'.",
    config=EmitConfig,
    behaviour=_emit,
    work=Work.COMPUTING,
)


class FailConfig(NodeConfig):
    """Config of `fail`."""

    type: Annotated[ErrorType, Language.LITERAL] = Field(
        ErrorType.EXECUTION, description="The type of the error."
    )
    message: str = Field(description="What went wrong, for the people who read the run.")


async def _fail(config: FailConfig, context: NodeContext) -> NoReturn:
    del context
    raise NodeError(config.type, config.message)


FAIL = NodeType(
    name="fail",
    description="Fails with an error of one's own; ends the run unless an error edge takes over.",
    config=FailConfig,
    behaviour=_fail,
    work=Work.COMPUTING,
    retried=False,
)


class ReturnConfig(NodeConfig):
    """Config of `return`."""

    value: Expr = Field(None, description="An expression; its value is the output of the run.")


async def _return(config: ReturnConfig, context: NodeContext) -> Completed:
    del context
    return Completed(output=config.value, ends_run=True)


RETURN = NodeType(
    name="return",
    description="Ends the run early and well, from wherever it is; output: that of the run.",
    config=ReturnConfig,
    behaviour=_return,
    work=Work.COMPUTING,
)
