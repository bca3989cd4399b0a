"""`foreach`: a container whose body runs once per item of a list."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import Field

from workflow_compiler.errors import BodyFailedError, ErrorType, NodeError
from workflow_compiler.expressions.values import kind_of
from workflow_compiler.ports import Bodies, Body, NodeContext
from workflow_compiler.registry import Completed, Expr, NodeConfig, NodeType, Work
from workflow_compiler.registry.config import Language
from workflow_compiler.registry.node_type import Slot

BODY = "body"


class Mode(StrEnum):
    """How the items follow each other."""

    SEQUENTIAL = "sequential"
    PARALLEL = "parallel"


class OnItemError(StrEnum):
    """What becomes of the others when the body of one item fails."""

    FAIL = "fail"
    COLLECT = "collect"


class ForeachConfig(NodeConfig):
    """Config of `foreach`."""

    items: Expr = Field(description="A list; its body runs once for each of its items.")
    mode: Annotated[Mode, Language.LITERAL] = Field(
        Mode.SEQUENTIAL, description="One item after the other, or several at once."
    )
    max_parallel: Annotated[int, Language.LITERAL] = Field(
        5, ge=1, le=1_000, description="So many items at once, where the mode is 'parallel'."
    )
    on_item_error: Annotated[OnItemError, Language.LITERAL] = Field(
        OnItemError.FAIL,
        description="'fail' stops all at the first item that fails; 'collect' goes on, with"
        " {error} in its place.",
    )


async def _foreach(config: ForeachConfig, context: NodeContext) -> Completed:
    if not isinstance(config.items, list):
        message = f"'items' must be a list, not {kind_of(config.items)}"
        raise NodeError(ErrorType.VALIDATION, message)
    recover = _collect if config.on_item_error is OnItemError.COLLECT else _refuse
    if config.mode is Mode.PARALLEL:
        names = (_names(index, item) for index, item in enumerate(config.items))
        found = await context.bodies.run_each(BODY, names, config.max_parallel, recover)
    else:
        found = await _one_by_one(config.items, context.bodies, recover)
    writes = tuple(write for body in found for write in body.writes)
    return Completed(output=[body.output for body in found], writes=writes)


async def _one_by_one(
    items: list[Any], bodies: Bodies, recover: Callable[[BodyFailedError], Body]
) -> list[Body]:
    """Each item sees what those before it wrote into variables."""
    found: list[Body] = []
    for index, item in enumerate(items):
        try:
            body = await bodies.run(BODY, _names(index, item), item=index)
        except BodyFailedError as error:
            body = recover(error)
        bodies = bodies.having(body.writes)
        found.append(body)
    return found


def _names(index: int, item: Any) -> Mapping[str, Any]:
    return {"item": item, "index": index}


def _collect(error: BodyFailedError) -> Body:
    return Body(output={"error": error.origin.said})


def _refuse(error: BodyFailedError) -> Body:
    raise error


FOREACH = NodeType(
    name="foreach",
    description="Runs its body once per item of a list; output: the results, in item order.",
    config=ForeachConfig,
    behaviour=_foreach,
    work=Work.WAITING,
    slots=(Slot(name=BODY, names=("item", "index"), required=True, apart=True),),
)
