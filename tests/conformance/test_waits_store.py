"""What every database promises of tasks and signals: each is answered once, and none is lost."""

import asyncio
from datetime import timedelta

import pytest

from services.domain.events.runs import RunCancelled, RunCancelling, RunStarted, RunWaiting
from services.domain.events.vocabulary import NodeCancelled, NodeStarted
from services.domain.runs import Run
from services.domain.waits import SignalWait, Task, TaskStatus, VisitRef
from services.errors import RunIsOverError
from services.store.waits import Waits
from tests.support.stores import Store, open_store
from workflow_compiler.ports import SystemClock

LEASE = 30.0


async def visit(store: Store, node_id: str = "ask") -> VisitRef:
    run = await store.create(await store.publish())
    return VisitRef(run_id=run.id, node_id=node_id, path="", visit=1)


async def opened(store: Store, place: VisitRef, assignee: str | None = None) -> Task:
    return await store.waits.open_task(
        "default", place, prompt="Well?", form={}, assignee=assignee, due_at=None
    )


async def cancel(store: Store, run_id: str) -> None:
    now = SystemClock().now()
    events = [RunCancelling(reason="no need", at=now), RunCancelled(reason="no need", at=now)]
    await store.journal.record(run_id, None, events)


async def waiting_run(store: Store, due_in: float | None = None) -> Run:
    """A run that waits in the database and that nobody executes."""
    run = await store.create(await store.publish())
    await store.leases.wake(run.id)
    claim = await store.leases.claim(run.id, "me", LEASE)
    assert claim is not None
    now = SystemClock().now()
    due = None if due_in is None else now + timedelta(seconds=due_in)
    events = [RunStarted(attempt=1, at=now), RunWaiting(due_at=due, at=now)]
    await store.journal.record(run.id, claim.fence, events)
    await store.leases.release(run.id, claim.fence, due)
    return run


async def test_a_visit_has_one_task_however_often_it_asks(store: Store):
    place = await visit(store)
    tasks = await asyncio.gather(*(opened(store, place) for _ in range(5)))
    assert len({task.id for task in tasks}) == 1
    assert await store.waits.task("default", tasks[0].id) == tasks[0]
    assert await store.waits.task("other", tasks[0].id) is None


async def test_of_many_answers_one_counts(store: Store, url: str):
    task = await opened(store, await visit(store))
    async with open_store(url) as other:
        stores = [store.waits, other.waits] * 4
        outcomes = await asyncio.gather(
            *(waits.answer(task.id, n, f"{n}") for n, waits in enumerate(stores))
        )
    (counted,) = (outcome for outcome in outcomes if outcome is not None)
    found = await store.waits.task("default", task.id)
    assert found == counted
    assert (found.status, found.answered_by) == (TaskStatus.COMPLETED, str(found.answer))
    assert await store.waits.expire(task.id) is None


async def test_tasks_are_found_by_status_and_person(store: Store):
    tasks = [await opened(store, await visit(store), name) for name in ("ada", "bob", "ada")]
    await store.waits.answer(tasks[0].id, True, "ada")
    await cancel(store, tasks[1].run_id)

    async def found(**filters: object) -> list[str]:
        ids, cursor = [], None
        while True:
            page = await store.waits.tasks("default", cursor=cursor, limit=1, **filters)
            ids += [task.id for task in page.items]
            if (cursor := page.next_cursor) is None:
                return ids

    assert await found() == [task.id for task in reversed(tasks)]
    assert await found(assignee="ada") == [tasks[2].id, tasks[0].id]
    assert await found(status=TaskStatus.OPEN) == [tasks[2].id]
    assert await found(status=TaskStatus.CANCELLED) == [tasks[1].id]
    assert await found(run_id=tasks[1].run_id) == [tasks[1].id]


async def test_no_signal_is_lost_or_doubled_between_those_who_send_and_those_who_wait(
    store: Store, url: str
):
    places = [await visit(store, f"n{n}") for n in range(10)]
    waits = [
        SignalWait(project_id="default", name="paid", key="7", visit=place) for place in places
    ]
    async with open_store(url) as other:

        async def send(sender: Waits, payload: int) -> None:
            await sender.signal("default", "paid", "7", payload)

        async with asyncio.TaskGroup() as tasks:
            for number, wait in enumerate(waits):
                tasks.create_task(send([store.waits, other.waits][number % 2], number))
                tasks.create_task([other.waits, store.waits][number % 2].receive(wait))
        received = [await store.waits.receive(wait) for wait in waits]
    assert sorted(signal.payload for signal in received if signal is not None) == list(range(10))


async def test_signals_are_for_those_of_their_project_name_and_key(store: Store):
    place = await visit(store)
    for name, key in (("paid", "8"), ("sent", "7")):
        assert await store.waits.signal("default", name, key, "not this") is None
    wait = SignalWait(project_id="default", name="paid", key="7", visit=place)
    assert await store.waits.receive(wait) is None
    assert await store.waits.signal("default", "paid", "7", "this") == place
    got = await store.waits.receive(wait)
    assert got is not None
    assert got.payload == "this"


async def test_who_stops_waiting_gets_nothing_unless_it_had_come(store: Store):
    places = [await visit(store, name) for name in ("a", "b")]
    waits = [SignalWait(project_id="default", name="x", key="", visit=place) for place in places]
    for wait in waits:
        assert await store.waits.receive(wait) is None
    assert await store.waits.signal("default", "x", "", 1) == places[0]
    first = await store.waits.stop_waiting(places[0])
    assert first is not None
    assert first.payload == 1
    assert await store.waits.stop_waiting(places[1]) is None
    assert await store.waits.signal("default", "x", "", 2) is None


async def test_what_is_over_asks_nobody(store: Store):
    run = await store.create(await store.publish())
    claim, projection = await store.begin(run)
    places = [VisitRef(run_id=run.id, node_id=node, path="", visit=1) for node in ("a", "b", "c")]
    waits = [SignalWait(project_id="default", name="x", key="", visit=place) for place in places]
    tasks = [await opened(store, place) for place in places]
    for wait in waits:
        assert await store.waits.receive(wait) is None

    here = {"node_id": "a", "path": "", "visit": 1, "attempt": 1, "at": SystemClock().now()}
    events = [NodeStarted(**here, input={}), NodeCancelled(**here)]
    await store.journal.record(run.id, claim.fence, events, projection.apply(events))
    assert await store.waits.answer(tasks[0].id, True, "ada") is None
    assert await store.waits.signal("default", "x", "", 1) == places[1]
    assert await store.waits.answer(tasks[1].id, True, "ada") is not None

    ending = [RunCancelling(reason="no need", at=here["at"])]
    ending.append(RunCancelled(reason="no need", at=here["at"]))
    await store.journal.record(run.id, claim.fence, ending)
    assert await store.waits.answer(tasks[2].id, True, "ada") is None
    assert await store.waits.signal("default", "x", "", 2) is None
    statuses = [task.status for task in (await store.waits.tasks("default")).items]
    assert statuses == [TaskStatus.CANCELLED, TaskStatus.COMPLETED, TaskStatus.CANCELLED]


async def test_a_run_that_waits_is_nobodys_until_it_is_answered(store: Store):
    run = await waiting_run(store)
    assert await store.leases.due() == []
    assert await store.leases.claim(run.id, "hasty", LEASE) is None

    task = await opened(store, VisitRef(run_id=run.id, node_id="ask", path="", visit=1))
    await store.waits.answer(task.id, True, "ada")
    assert await store.leases.due() == [run.id]
    claim = await store.leases.claim(run.id, "me", LEASE)
    assert claim is not None
    assert not claim.is_takeover


async def test_an_answer_that_comes_before_the_run_is_given_up_is_not_lost(store: Store):
    run = await store.create(await store.publish())
    claim = await store.leases.claim(run.id, "me", LEASE)
    assert claim is not None
    task = await opened(store, VisitRef(run_id=run.id, node_id="ask", path="", visit=1))
    await store.waits.answer(task.id, True, "ada")
    renewal = await store.leases.renew(run.id, claim.fence, LEASE)
    assert renewal is not None
    assert renewal.is_woken
    now = SystemClock().now()
    events = [RunStarted(attempt=1, at=now), RunWaiting(due_at=None, at=now)]
    await store.journal.record(run.id, claim.fence, events)
    await store.leases.release(run.id, claim.fence)
    assert await store.leases.due() == [run.id]


async def test_a_run_is_due_at_its_moment(store: Store):
    later, soon = await waiting_run(store, 3_600), await waiting_run(store, -1)
    assert await store.leases.due() == [soon.id]
    assert await store.leases.claim(later.id, "hasty", LEASE) is None
    following = await store.leases.next_due()
    assert following is not None
    assert 3_500 < following <= 3_600


async def test_a_run_that_is_over_asks_for_nothing_any_more(store: Store):
    """As a process may try to do that has lost the run and does not know it yet."""
    place = await visit(store)
    wait = SignalWait(project_id="default", name="x", key="", visit=place)
    await cancel(store, place.run_id)

    with pytest.raises(RunIsOverError):
        await opened(store, place)
    with pytest.raises(RunIsOverError):
        await store.waits.receive(wait)

    assert (await store.waits.tasks("default")).items == ()
    assert await store.waits.signal("default", "x", "", 1) is None
