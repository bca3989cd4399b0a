"""One attempt of a visit: the behaviour is called once, under its timer and with its voice."""

from __future__ import annotations

from functools import partial
from typing import Any

from workflow_compiler.errors import ErrorType, NodeError, NodeTimeoutError
from workflow_compiler.lower.cancelling import CancelledError, is_being_cancelled
from workflow_compiler.lower.marking import marked
from workflow_compiler.lower.voice import Voice
from workflow_compiler.planning import PlannedNode
from workflow_compiler.ports import NodeContext
from workflow_compiler.registry import Completed, NodeConfig
from workflow_compiler.registry.config import own_copy


async def attempt(
    node: PlannedNode, config: NodeConfig, context: NodeContext, voice: Voice
) -> Completed:
    """What the node's behaviour makes of a config, heard for as long as the attempt lasts.

    Raises:
        NodeTimeoutError: it took longer than its timer allows.
        NodeError: it tried to end the program or its task.
    """
    call = node.type.behaviour if node.timer_seconds is None else partial(_timed, node)
    try:
        with marked(context.attempt):
            result = await call(own_copy(config), context)
    except (SystemExit, KeyboardInterrupt, GeneratorExit, CancelledError) as error:
        if isinstance(error, CancelledError) and is_being_cancelled():
            raise
        # What ends a program or a task ends a node here: asyncio would stop far more.
        raise NodeError(ErrorType.EXECUTION, f"the node raised {error!r}") from error
    finally:
        voice.silence()
    return result if isinstance(result, Completed) else Completed(output=result)


async def _timed(node: PlannedNode, config: NodeConfig, context: NodeContext) -> Any:
    with context.run.clock.timeout(node.timer_seconds or 0):
        return await node.type.behaviour(config, context)
    raise NodeTimeoutError(node.timer_seconds or 0)
