"""When an attempt is stopped, and when the next one begins."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from workflow_compiler.planning import PlannedNode
from workflow_compiler.ports import RunContext
from workflow_compiler.registry import Work
from workflow_compiler.trace import Failure


def left_seconds(node: PlannedNode, since: datetime | None, context: RunContext) -> float | None:
    """What is left on the timer of an attempt that began at `since`, None for one that begins."""
    timer = node.timer_seconds
    if timer is None or since is None:
        return timer
    return max(0.0, timer - (context.clock.now() - since).total_seconds())


def bounded(node: PlannedNode, left: float | None, context: RunContext) -> RunContext:
    """The context of an attempt: what waits in it is to know when its timer will stop it.

    The timers of containers around it are the debugger's, which may have them stand still.
    """
    if left is None or node.type.work is not Work.WAITING or node.type.slots:
        return context
    return replace(context, until=context.clock.now() + timedelta(seconds=left))


def delay_after(
    node: PlannedNode, failure: Failure, failures: int, context: RunContext
) -> float | None:
    """Seconds until the next attempt after so many failures; None when there is none."""
    retry = node.retry
    if failures >= retry.max_attempts or failure.type not in retry.on:
        return None
    delay = retry.initial_interval_seconds * retry.backoff ** (failures - 1)
    delay = min(delay, retry.max_interval_seconds)
    return delay * (1 + retry.jitter * context.random.uniform(-1, 1))
