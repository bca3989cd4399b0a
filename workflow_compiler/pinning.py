"""Node types that ask for a pin before they do their work.

Graphs that were compiled from these serve runs with pins. All others are compiled from the types as
they are, and pay nothing for it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from workflow_compiler.errors import NodeError
from workflow_compiler.pins import Pin
from workflow_compiler.ports import NodeContext
from workflow_compiler.registry import Completed, NodeType, Registry, Work


def is_pinned(node_type: NodeType) -> bool:
    """Whether visits of this type come to something else than what their input says."""
    return node_type.work is not Work.COMPUTING and not node_type.slots


def pinnable(registry: Registry) -> Registry:
    """The same types; those that touch the world ask the pins of the run's context first."""
    return registry.with_types(*(_asking(t) for t in registry.types.values() if is_pinned(t)))


def _asking(node_type: NodeType) -> NodeType:
    async def behaviour(config: Any, context: NodeContext) -> Any:
        pin = context.run.pins.of(context.node_id, context.path, context.visit)
        if pin is None:
            return await node_type.behaviour(config, context)
        return _attempt(pin, context.failures)

    return replace(node_type, behaviour=behaviour)


def _attempt(pin: Pin, failures: int) -> Completed:
    """What the attempt after so many failures comes to.

    Raises:
        NodeError: it fails, as it did.
    """
    if failures < len(pin.failures) or pin.fails:
        failure = pin.failures[min(failures, len(pin.failures) - 1)]
        raise NodeError(failure.type, failure.message)
    return Completed(output=pin.output, writes=pin.writes, handle=pin.handle)
