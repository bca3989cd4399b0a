"""The transaction that writes what happened: the logs, and the rows that the logs fold to.

It serves the batches of many runs at once with one statement per table. First it reads the rows of
these runs and locks them, then it decides with `services.domain.runs.apply` what each batch makes
of its run, and then it writes. The lock makes three things one: the guard (is it still this fence,
does the event still fit the status), the numbers of the log (next_seq, so there is no gap however
many processes append), and the fold.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from services.domain.events.frames import StoredEvent, to_frame, to_stored
from services.domain.events.runs import RunCancelling, RunMigrated
from services.domain.runs import TERMINAL, Run, RunStatus, TransitionError, apply
from services.domain.visits import NodeStatus
from services.domain.waits import VisitRef
from services.errors import ConflictError, LeaseLostError, RunIsOverError, RunNotFoundError
from services.store.batches import Ask, Batch, Recorded, Refusal
from services.store.entries import add_events, save_states
from services.store.notifications import ask, notify
from services.store.outbox import HAS_WEBHOOKS, offer
from services.store.rows import RUN_COLUMNS, row_of_state, rows_of_events, usage_of
from services.store.tables import workflow_runs
from services.store.turns import followers
from services.store.unasked import ask_no_more
from services.store.wakes import wake


@dataclass(frozen=True, slots=True)
class _Head:
    """Where a run stands while its row is locked; without its input, which no event needs."""

    run: Run
    fence: int
    cancel_reason: str | None
    is_owned: bool
    has_webhooks: bool


def append(connection: Connection, wanted: Sequence[Batch | Ask]) -> list[Recorded | Refusal]:
    """Write what is wanted; what is refused leaves no trace and hinders nothing else."""
    heads = _lock(connection, {each.run_id for each in wanted})
    outcomes: list[Recorded | Refusal] = []
    written: list[Batch] = []
    entries: list[dict[str, Any]] = []
    for each in wanted:
        try:
            head = heads.get(each.run_id)
            batch = _decided(head, each) if isinstance(each, Ask) else each
            heads[batch.run_id], placed = _admit(head, batch)
        except (RunNotFoundError, LeaseLostError, ConflictError, TransitionError) as refusal:
            outcomes.append(refusal)
        else:
            written.append(batch)
            entries += rows_of_events(batch.run_id, placed)
            outcomes.append(_recorded(heads[batch.run_id], placed))
    _write(connection, heads, written, entries)
    offer(connection, _heard_projects(heads), entries)
    notify(connection, _new_seqs(entries))
    return _with_followers(connection, outcomes)


def _with_followers(
    connection: Connection, outcomes: list[Recorded | Refusal]
) -> list[Recorded | Refusal]:
    over = [o.run_id for o in outcomes if isinstance(o, Recorded) and o.status in TERMINAL]
    if following := followers(connection, over):
        ask(connection)
    return [
        replace(outcome, follower=following[outcome.run_id])
        if isinstance(outcome, Recorded) and outcome.run_id in following
        else outcome
        for outcome in outcomes
    ]


_UNBEGUN = frozenset({RunStatus.PENDING, RunStatus.PAUSED})

_STOPPED = frozenset({NodeStatus.FAILED, NodeStatus.CANCELLED})

_BULKY = frozenset({"input", "output", "error", "variables"})
_HEAD_COLUMNS = (
    *(column for column in RUN_COLUMNS if column.name not in _BULKY),
    workflow_runs.c.fence,
    workflow_runs.c.lease_until,
    workflow_runs.c.cancel_reason,
    HAS_WEBHOOKS,
)
_LOCK = (
    select(*_HEAD_COLUMNS)
    .where(workflow_runs.c.id.in_(bindparam("runs", expanding=True)))
    .order_by(workflow_runs.c.id)  # every process locks in the same order
    .with_for_update(of=workflow_runs)
)

_CHANGING = (
    "status",
    "output",
    "error",
    "attempt",
    "settled_count",
    "usage",
    "variables",
    "debugging",
    "is_rolled_back",
    "started_at",
    "finished_at",
    "is_held",
    "next_seq",
)
_ADVANCE = (
    update(workflow_runs)
    .where(workflow_runs.c.id == bindparam("run"))
    .values({name: bindparam(name) for name in (*_CHANGING, "cancel_reason")})
)

_MIGRATE = (
    update(workflow_runs)
    .where(workflow_runs.c.id == bindparam("run"))
    .values(version=bindparam("new_version"), node_count=bindparam("new_count"))
)


def _lock(connection: Connection, run_ids: Iterable[str]) -> dict[str, _Head]:
    rows = connection.execute(_LOCK, {"runs": sorted(run_ids)})
    return {row.id: _head(row._asdict()) for row in rows}


def _head(row: dict[str, Any]) -> _Head:
    fence, lease, reason = (row.pop(name) for name in ("fence", "lease_until", "cancel_reason"))
    has_webhooks = row.pop("has_webhooks")
    run = Run(**row | {"status": RunStatus(row["status"]), "usage": usage_of(row["usage"])})
    return _Head(run, fence, reason, lease is not None, has_webhooks)


def _decided(head: _Head | None, wanted: Ask) -> Batch:
    """What becomes of a run of which somebody wants something."""
    if head is None:
        raise RunNotFoundError(wanted.run_id)
    decision = wanted.decide(head.run, head.is_owned)
    return Batch(
        run_id=wanted.run_id,
        fence=None,
        events=decision.events,
        stored=tuple(to_stored(event) for event in decision.events),
        states=(),
        is_held=decision.is_held,
        is_due=decision.is_due,
    )


def _admit(head: _Head | None, batch: Batch) -> tuple[_Head, tuple[StoredEvent, ...]]:
    """What the batch makes of its run, and its events with their places in the log."""
    if head is None:
        raise RunNotFoundError(batch.run_id)
    if batch.fence not in {None, head.fence}:
        raise LeaseLostError(batch.run_id)
    run = _advance(head.run, batch)
    placed = tuple(entry.placed(seq) for seq, entry in enumerate(batch.stored, run.next_seq))
    reasons = [event.reason for event in batch.events if isinstance(event, RunCancelling)]
    last_reason = [head.cancel_reason, *reasons][-1]
    run = replace(run, next_seq=run.next_seq + len(placed), is_held=_is_held(run, batch))
    return replace(head, run=run, cancel_reason=last_reason), placed


def _migrates(batch: Batch) -> bool:
    return any(isinstance(event, RunMigrated) for event in batch.events)


def _is_held(run: Run, batch: Batch) -> bool:
    if run.is_over:
        return False
    return run.is_held if batch.is_held is None else batch.is_held


def _recorded(head: _Head, placed: Sequence[StoredEvent]) -> Recorded:
    run = head.run
    return Recorded(
        run_id=run.id,
        project_id=run.project_id,
        status=run.status,
        frames=tuple(to_frame(run.id, entry) for entry in placed),
        event_count=run.event_count,
        is_owned=head.is_owned,
        is_held=run.is_held,
        cancel_reason=head.cancel_reason,
        commands=run.debugging.commands if run.debugging is not None else 0,
    )


def _advance(before: Run, batch: Batch) -> Run:
    """The run after the batch, if all of it may happen."""
    run = before
    for event in batch.events:
        if run.is_over:
            raise RunIsOverError(run.id, run.status)
        run = apply(run, event)
    if batch.fence is None and run.is_over and before.status not in _UNBEGUN:
        # Work may still be going on: only its owner can say that it has stopped.
        raise TransitionError(run.id, before.status, run.status)
    return run


def _write(
    connection: Connection,
    heads: Mapping[str, _Head],
    batches: Sequence[Batch],
    entries: Sequence[Mapping[str, Any]],
) -> None:
    if not batches:
        return
    changed = sorted({batch.run_id for batch in batches})
    connection.execute(_ADVANCE, [_head_row(heads[run_id]) for run_id in changed])
    for batch in filter(_migrates, batches):
        run = heads[batch.run_id].run
        values = {"run": run.id, "new_version": run.version, "new_count": run.node_count}
        connection.execute(_MIGRATE, values)
    add_events(connection, entries)
    # The last state of a visit wins: PostgreSQL takes a key once per statement.
    states = {(b.run_id, *s.key): row_of_state(b.run_id, s) for b in batches for s in b.states}
    save_states(connection, list(states.values()))
    over = [run_id for run_id in changed if heads[run_id].run.is_over]
    ask_no_more(connection, over, [visit for batch in batches for visit in _stopped(batch)])
    for batch in batches:
        if batch.is_due:
            wake(connection, batch.run_id)
    if any(batch.fence is None for batch in batches):
        ask(connection)


def _stopped(batch: Batch) -> Iterator[VisitRef]:
    """The visits of a batch that may have ended while they waited for something."""
    for state in batch.states:
        if state.status in _STOPPED:
            yield VisitRef(
                run_id=batch.run_id, node_id=state.node_id, path=state.path, visit=state.visit
            )


def _head_row(head: _Head) -> dict[str, Any]:
    row = {name: getattr(head.run, name) for name in _CHANGING}
    return row | {"run": head.run.id, "cancel_reason": head.cancel_reason}


def _heard_projects(heads: Mapping[str, _Head]) -> dict[str, str]:
    """The projects of the runs of whose events somebody outside is told."""
    return {head.run.id: head.run.project_id for head in heads.values() if head.has_webhooks}


def _new_seqs(entries: Iterable[Mapping[str, Any]]) -> dict[str, tuple[int, int]]:
    """The first and the last new seq of the log of each run."""
    grown: dict[str, tuple[int, int]] = {}
    for entry in entries:
        first, _ = grown.get(entry["run_id"], (entry["seq"], None))
        grown[entry["run_id"]] = (first, entry["seq"])
    return grown
