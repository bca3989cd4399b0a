"""`transform`, `template`, `set`: shape data without touching the world."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from workflow_compiler.ports import NodeContext
from workflow_compiler.registry import Completed, Expr, NodeConfig, NodeType, Work
from workflow_compiler.registry.config import Language


class TransformConfig(NodeConfig):
    """Config of `transform`."""

    expression: Expr = Field(description="The node's output is the value of this expression.")


async def _transform(config: TransformConfig, context: NodeContext) -> Any:
    del context
    return config.expression


TRANSFORM = NodeType(
    name="transform",
    description="Computes a value with an expression.",
    config=TransformConfig,
    behaviour=_transform,
    work=Work.COMPUTING,
)


class TemplateConfig(NodeConfig):
    """Config of `template`."""

    template: str = Field(description="Text with {{ holes }}.")


async def _template(config: TemplateConfig, context: NodeContext) -> dict[str, str]:
    del context
    return {"text": config.template}


TEMPLATE = NodeType(
    name="template",
    description="Writes a text with values filled in; output {text}.",
    config=TemplateConfig,
    behaviour=_template,
    work=Work.COMPUTING,
)


class SetConfig(NodeConfig):
    """Config of `set`."""

    values: Annotated[dict[str, Any], Language.EXPRESSION] = Field(
        description="Variables to write, each with an expression."
    )


async def _set(config: SetConfig, context: NodeContext) -> Completed:
    del context
    return Completed(output=config.values, variables=config.values)


def _written(config: SetConfig) -> tuple[str, ...]:
    return tuple(config.values)


SET = NodeType(
    name="set",
    description="Writes variables, through their reducers.",
    config=SetConfig,
    behaviour=_set,
    work=Work.COMPUTING,
    variables=_written,
)
