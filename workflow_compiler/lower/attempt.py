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
from workflow_compiler.registry.node_type import Behaviour


async def attempt(
    node: PlannedNode,
    config: NodeConfig,
    context: NodeContext,
    voice: Voice,
    left_seconds: float | None,
) -> Completed:
    """What the node's behaviour makes of a config, heard for as long as the attempt lasts.

    `left_seconds` is what is left on its timer, None where it has none.

    Raises:
        NodeTimeoutError: it took longer than its timer allows.
        NodeError: it tried to end the program or its task.
    """
    call: Behaviour = node.type.behaviour
    if node.timer_seconds is not None and left_seconds is not None:
        call = partial(_timed, call, node, left_seconds)
    if context.attempt > 1:
        call = partial(_marked, call)
    try:
        result = await call(own_copy(config), context)
    except (SystemExit, KeyboardInterrupt, GeneratorExit, CancelledError) as error:
        if isinstance(error, CancelledError) and is_being_cancelled():
            raise
        # What ends a program or a task ends a node here: asyncio would stop far more.
        raise NodeError(ErrorType.EXECUTION, f"the node raised {error!r}") from error
    finally:
        voice.silence()
    return result if isinstance(result, Completed) else Completed(output=result)


async def _timed(
    call: Behaviour, node: PlannedNode, left: float, config: NodeConfig, context: NodeContext
) -> Any:
    own = context.run.debugger.timer(left) if node.type.slots else None
    with own or context.run.clock.timeout(left):
        return await call(config, context)
    raise NodeTimeoutError(node.timer_seconds or left)


async def _marked(call: Behaviour, config: NodeConfig, context: NodeContext) -> Any:
    with marked(context.attempt):
        return await call(config, context)
