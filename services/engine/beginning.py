"""Where an execution of a run begins: at its start, or where the log says that it was left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.domain.events.frames import from_stored
from services.domain.events.runs import Resumption, RunResumed, RunStarted
from services.domain.history import MAX_CRASHES, Past
from services.domain.runs import RunStatus
from services.domain.visits import NodeState
from services.engine.deadline import deadline_of
from services.engine.environment import Beginning, Environment
from services.errors import UnreadableEventError
from services.store.leases import Claim
from workflow_compiler import NodeError, Plan
from workflow_compiler.errors import ErrorType

_SUSPECTS: Final = 5
_IN_VAIN: Final = f"{MAX_CRASHES} processes in a row were lost at the same place of this run"


async def beginning_of(claim: Claim, plan: Plan, environment: Environment) -> Beginning:
    """What an execution of a claimed run begins with.

    Raises:
        NodeError: DEADLINE, it is too late; CHECKPOINT_CORRUPT, the log is not what this version
            writes; CRASH_LOOP, it would be in vain once more.
    """
    past = Past(plan)
    open_visits: tuple[NodeState, ...] = ()
    run = claim.run
    if run.attempt > 0 or run.source_run_id is not None or run.debugging is not None:
        await _read(past, claim, environment)
        open_visits = tuple(await environment.runs.open_visits(claim.run.id))
    event = await _event(claim, environment)
    past.take([event])
    return Beginning(
        event=event,
        history=past.history(),
        waits=past.waits,
        answered=past.answered,
        told=past.told,
        variables=past.variables,
        deadline=deadline_of(claim, plan.limits),
        open_visits=open_visits,
        edits=past.edits,
    )


async def _read(past: Past, claim: Claim, environment: Environment) -> None:
    """Take in the log, which begins with events of another run where the run goes on from one."""
    try:
        async for entry in environment.log.all(claim.run.id):
            past.take([from_stored(entry)])
    except UnreadableEventError as error:
        raise NodeError(ErrorType.CHECKPOINT_CORRUPT, str(error)) from error
    if claim.is_takeover and past.crashes + 1 >= MAX_CRASHES:
        open_visits = await environment.runs.open_visits(claim.run.id)
        raise NodeError(ErrorType.CRASH_LOOP, f"{_IN_VAIN}: {_suspects(open_visits)}")


def _suspects(open_visits: Sequence[NodeState]) -> str:
    """The nodes at work when a process was lost; it may be gone before it could say of one."""
    names = sorted({visit.node_id for visit in open_visits})
    if not names:
        return "no node had begun as far as the log knows"
    more = ", …" if len(names) > _SUSPECTS else ""
    return f"{', '.join(map(repr, names[:_SUSPECTS]))}{more} had begun"


async def _event(claim: Claim, environment: Environment) -> RunStarted | RunResumed:
    if claim.run.attempt > 0:
        return RunResumed(attempt=_attempt(claim), reason=_reason(claim), at=claim.at)
    variables = await environment.threads.inherited(claim.run)
    return RunStarted(attempt=_attempt(claim), variables=variables, at=claim.at)


def _attempt(claim: Claim) -> int:
    """Which attempt this is: another one only where the process of the one before was lost."""
    before = claim.run.attempt
    return before + 1 if claim.is_takeover or before == 0 else before


def _reason(claim: Claim) -> Resumption:
    if claim.is_takeover:
        return Resumption.LOST
    match claim.run.status:
        case RunStatus.WAITING:
            return Resumption.DUE
        case RunStatus.PAUSED:
            return Resumption.UNPAUSED
        case _:
            return Resumption.RELEASED
