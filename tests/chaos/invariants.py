"""What must hold of every run, whatever happened to the processes that executed it.

Every check names what is broken, so that one storm tells all that it found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

from sqlalchemy import Select, Table, select

from services.domain.events.base import NodeEvent
from services.domain.events.frames import LAST_TYPES, from_stored
from services.domain.events.runs import Resumption, RunResumed, RunStarted
from services.domain.events.vocabulary import (
    EdgeDecided,
    NodeAttemptFailed,
    NodeCancelled,
    NodeCompleted,
    NodeFailed,
    NodeSkipped,
    NodeStarted,
    RunEvent,
)
from services.domain.events.waits import (
    NodeWaiting,
    SignalReceived,
    TaskCompleted,
    TaskCreated,
    TimerFired,
)
from services.domain.history import MAX_CRASHES
from services.domain.projection import OPEN, fold
from services.domain.runs import TERMINAL, Run, RunStatus
from services.domain.visits import NodeState
from services.domain.waits import TaskStatus
from services.store.tables import workflow_runs, workflow_signal_waits, workflow_tasks
from tests.chaos.workload import Effect
from tests.support.service import as_accepted
from tests.support.stores import Store
from workflow_compiler.errors import ErrorType
from workflow_compiler.history import VisitKey

_ENDS = NodeCompleted | NodeFailed | NodeCancelled | NodeSkipped
_ONCE = (*_ENDS.__args__, TaskCreated, TaskCompleted, TimerFired, SignalReceived, NodeWaiting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A run as the database has it: its row, its visits, its whole log."""

    run: Run
    states: Mapping[VisitKey, NodeState]
    seqs: Sequence[int]
    events: Sequence[RunEvent]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a run ends that nothing disturbs."""

    status: RunStatus
    output: object
    error: str | None

    @classmethod
    def of(cls, run: Run) -> Result:
        """How a run ended; without the ids in it, which are different in every run."""
        return cls(
            status=run.status, output=run.output, error=run.error.message if run.error else None
        )


async def story_of(store: Store, run_id: str) -> Story:
    """All that the database knows of a run."""
    run = await store.runs.get(run_id)
    assert run is not None, f"run {run_id} is gone"
    entries = [entry async for entry in store.log.all(run_id)]
    return Story(
        run=run,
        states={state.key: state for state in await store.all_states(run_id)},
        seqs=[entry.seq or 0 for entry in entries],
        events=[from_stored(entry) for entry in entries],
    )


def broken_in(story: Story, effects: Iterable[Effect]) -> list[str]:
    """What does not hold of one run; `effects` are those of its nodes."""
    return [
        f"{story.run.id}: {problem}"
        for problem in (
            *_broken_order(story),
            *_broken_fold(story),
            *_said_twice(story),
            *_falling_attempts(story),
            *_done_in_vain(story, effects),
            *_broken_end(story),
        )
    ]


def _broken_order(story: Story) -> Iterator[str]:
    """The log has every seq once, and at most one terminal event, which is the last."""
    if list(story.seqs) != list(range(1, len(story.seqs) + 1)):
        yield f"the seqs of its log are {story.seqs}"
    last = [number for number, event in enumerate(story.events, 1) if event.type in LAST_TYPES]
    if last != [len(story.events)] * story.run.is_over:
        yield f"it is {story.run.status}, and the terminal events of its log are {last}"


def _broken_fold(story: Story) -> Iterator[str]:
    """The rows are what the log tells."""
    run, states = fold(as_accepted(story.run), story.events)
    if run != story.run:
        yield f"its row is {story.run}, and its log tells {run}"
    for key in states.keys() | story.states.keys():
        if states.get(key) != story.states.get(key):
            yield f"visit {key} is {story.states.get(key)}, and the log tells {states.get(key)}"


def _said_twice(story: Story) -> Iterator[str]:
    """Nothing that happens once to a visit is recorded twice, and no visit ends in two ways."""
    said: Counter[tuple[object, ...]] = Counter()
    for event in story.events:
        match event:
            case EdgeDecided():
                said["edge.decided", event.edge_id, *_key(event)] += 1
            case NodeEvent() if isinstance(event, _ONCE):
                what = "end" if isinstance(event, _ENDS) else event.type
                said[what, *_key(event)] += 1
            case _:
                pass
    yield from (f"{what} is recorded {count} times" for what, count in said.items() if count > 1)


def _falling_attempts(story: Story) -> Iterator[str]:
    """An execution is another attempt where a process was lost; a visit begins as a later one."""
    executions = list(_executions(story.events))
    attempts = [event.attempt for event in executions]
    lost = accumulate(map(_is_after_a_loss, executions), initial=0)
    if attempts != [1 + losses for losses in list(lost)[1:]]:
        yield f"its executions are the attempts {attempts}"
    if attempts and story.run.attempt != attempts[-1]:
        yield f"its row says attempt {story.run.attempt}, its log {attempts[-1]}"
    begun: defaultdict[VisitKey, list[int]] = defaultdict(list)
    for event in story.events:
        if isinstance(event, NodeStarted):
            begun[_key(event)].append(event.attempt)
    for key, tries in begun.items():
        if any(later <= earlier for earlier, later in pairwise(tries)):
            yield f"visit {key} began as the attempts {tries}"


def _done_in_vain(story: Story, effects: Iterable[Effect]) -> Iterator[str]:
    """An attempt takes effect once in every execution of the run until its end is in the log.

    An execution that lost the run may go on for a moment and take effect late: it began before that
    end as well. What it tried in vain is known by the number of failures that it had behind it.
    """
    done = Counter(((e.node_id, e.path, e.visit), e.failures) for e in effects)
    for (key, failures), count in done.items():
        allowed = _chances(story, key, failures)
        if count > allowed:
            yield (
                f"visit {key} took effect {count} times after {failures} failures,"
                f" in {allowed} executions before that was over"
            )


def _chances(story: Story, key: VisitKey, failures: int) -> int:
    """How many executions began before a visit had ended, or had failed once more than that."""
    chances = failed = 0
    for event in story.events:
        match event:
            case RunStarted() | RunResumed():
                chances += 1
            case NodeAttemptFailed() if _key(event) == key:
                failed += 1
            case NodeCompleted() | NodeFailed() | NodeCancelled() if _key(event) == key:
                return chances
            case _:
                pass
        if failed > failures:
            return chances
    return chances


def _broken_end(story: Story) -> Iterator[str]:
    """What is over leaves nothing open, and only a run that lost too many processes gives up."""
    if story.run.is_over:
        for key, state in story.states.items():
            if state.status in OPEN:
                yield f"it is {story.run.status}, and visit {key} is still {state.status}"
    if has_crash_loop(story.run):
        crashes = _crashes(story.events)
        is_of_a_node = story.run.error is not None and story.run.error.node_id is not None
        if not is_of_a_node and crashes + 1 < MAX_CRASHES:
            yield f"it gave up after {crashes} crashes in a row"


def has_crash_loop(run: Run) -> bool:
    """Whether the run, or one that a node of it asked for, lost its process again and again."""
    return run.error is not None and run.error.type == ErrorType.CRASH_LOOP


def _crashes(events: Iterable[RunEvent]) -> int:
    """How often in a row the run was lost without any progress, at the end of its log."""
    crashes = 0
    for event in events:
        match event:
            case RunResumed(reason=Resumption.LOST):
                crashes += 1
            case (
                NodeCompleted()
                | NodeFailed()
                | NodeAttemptFailed()
                | NodeWaiting()
                | TaskCompleted()
                | TimerFired()
                | SignalReceived()
            ):
                crashes = 0
            case _:
                pass
    return crashes


def fired_early(story: Story) -> Iterator[str]:
    """Timers that fired before their moment, by the clocks of those who wrote the log."""
    due = {_key(event): event.due_at for event in story.events if isinstance(event, NodeWaiting)}
    for event in story.events:
        if isinstance(event, TimerFired):
            until = due.get(_key(event))
            if until is not None and event.at < until:
                yield f"{story.run.id}: timer {_key(event)} fired {until - event.at} too early"


async def left_behind(store: Store) -> list[str]:
    """What hangs on runs that are over, and runs that wait for nothing that has a name."""
    tasks = await _of_runs(
        store,
        select(workflow_tasks.c.run_id, workflow_runs.c.status).where(
            workflow_tasks.c.status == TaskStatus.OPEN
        ),
        workflow_tasks,
    )
    waits = await _of_runs(
        store,
        select(workflow_signal_waits.c.run_id, workflow_runs.c.status),
        workflow_signal_waits,
    )
    asking = {run_id for run_id, _ in (*tasks, *waits)}
    return [
        *(f"{run_id} is {s} and asks with a task" for run_id, s in tasks if s in TERMINAL),
        *(f"{run_id} is {s} and waits for a signal" for run_id, s in waits if s in TERMINAL),
        *await _forgotten(store, asking),
        *await _orphans(store),
    ]


async def _forgotten(store: Store, asking: set[str]) -> list[str]:
    """Runs that are not over, though nobody has to do anything for them."""
    row = workflow_runs.c
    alive = select(row.id, row.status, row.wake_at, row.owner).where(row.status.not_in(TERMINAL))
    return [
        f"{found.id} is {found.status} (owner {found.owner}, due {found.wake_at}), for no reason"
        for found in await store.database.rows(alive)
        if found.status != RunStatus.WAITING or (found.id not in asking and found.wake_at is None)
    ]


async def _orphans(store: Store) -> list[str]:
    """Sub-runs that outlived the run that asked for them, and visits that asked for two."""
    child, parent = workflow_runs.alias("child"), workflow_runs.alias("parent")
    place = ("parent_run_id", "parent_node_id", "parent_path", "parent_visit")
    pairs = select(
        child.c.id, child.c.status, parent.c.status.label("above"), *(child.c[p] for p in place)
    ).join(parent, parent.c.id == child.c.parent_run_id)
    found = await store.database.rows(pairs)
    children = Counter(tuple(row)[3:] for row in found)
    return [
        *(
            f"{row.id} is {row.status}, the run that asked for it is {row.above}"
            for row in found
            if row.above in TERMINAL and row.status not in TERMINAL
        ),
        *(f"{asked} has {count} sub-runs" for asked, count in children.items() if count > 1),
    ]


async def _of_runs(
    store: Store, query: Select[tuple[str, str]], table: Table
) -> list[tuple[str, str]]:
    joined = query.join(workflow_runs, workflow_runs.c.id == table.c.run_id)
    return [(row.run_id, row.status) for row in await store.database.rows(joined)]


def _executions(events: Iterable[RunEvent]) -> Iterator[RunStarted | RunResumed]:
    return (event for event in events if isinstance(event, RunStarted | RunResumed))


def _is_after_a_loss(event: RunStarted | RunResumed) -> bool:
    return isinstance(event, RunResumed) and event.reason is Resumption.LOST


def _key(event: NodeEvent) -> VisitKey:
    return event.node_id, event.path, event.visit
