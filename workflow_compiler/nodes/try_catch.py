"""`try`: a container with a part that may fail, one for the error, and one that always runs."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from workflow_compiler.errors import BodyFailedError, RunReturned
from workflow_compiler.ports import Bodies, Body, NodeContext
from workflow_compiler.registry import Completed, NodeConfig, NodeType, Work
from workflow_compiler.registry.config import Language
from workflow_compiler.registry.node_type import Slot

TRY, CATCH, FINALLY = "try", "catch", "finally"


class ErrorScope(StrEnum):
    """Whether an error is over when `catch` and `finally` have run."""

    PROPAGATE = "propagate"
    CONTINUE = "continue"


class TryConfig(NodeConfig):
    """Config of `try`."""

    error_scope: Annotated[ErrorScope, Language.LITERAL] = Field(
        ErrorScope.PROPAGATE,
        description="'continue': an error of 'try' is over when 'catch' has run, and the output is"
        " that of 'catch'. 'propagate': the container fails with it all the same.",
    )


@dataclass(frozen=True, slots=True)
class _Tried:
    """What came of `try` and `catch`: a body, and the error that is left, if any."""

    body: Body
    error: BodyFailedError | None = None


async def _try(config: TryConfig, context: NodeContext) -> Completed:
    bodies = context.bodies
    try:
        tried = await _tried(config, bodies)
    except RunReturned:
        await bodies.run(FINALLY)
        raise
    last = await bodies.having(tried.body.writes).run(FINALLY)
    if tried.error is not None:
        raise tried.error
    return Completed(output=tried.body.output, writes=tried.body.writes + last.writes)


async def _tried(config: TryConfig, bodies: Bodies) -> _Tried:
    try:
        return _Tried(await bodies.run(TRY))
    except BodyFailedError as error:
        return await _caught(config, bodies, error)


async def _caught(config: TryConfig, bodies: Bodies, error: BodyFailedError) -> _Tried:
    try:
        body = await bodies.run(CATCH, {"error": error.origin.said})
    except BodyFailedError as worse:
        return _Tried(Body(output=None), worse)
    return _Tried(body, None if config.error_scope is ErrorScope.CONTINUE else error)


TRY_CATCH = NodeType(
    name="try",
    description="Runs 'try'; if that fails, 'catch' with the error; and 'finally' in any case.",
    config=TryConfig,
    behaviour=_try,
    work=Work.WAITING,
    slots=(
        Slot(name=TRY, required=True),
        Slot(name=CATCH, names=("error",)),
        Slot(name=FINALLY),
    ),
)
