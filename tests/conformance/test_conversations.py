"""Threads that are opened before their first run, written to between runs, and forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from services.domain.runs import Run
from services.domain.threads import Joining, Multitask, rolling_back
from services.domain.waits import SignalWait, VisitRef
from services.errors import (
    RunIsNotOverError,
    ThreadBusyError,
    ThreadExistsError,
    ThreadNotFoundError,
)
from services.store.interrupts import OpenInterrupts
from services.store.projects import Projects
from services.store.thread_records import ThreadRecords
from services.usecases.conversations import ConversationUseCases
from tests.conformance.test_threads import ended, joined, read, started
from tests.support.stores import Store, open_store
from workflow_compiler.definition import Variable

NOTES = {"notes": Variable(reducer="append")}


@pytest.fixture
def conversations(store: Store) -> ConversationUseCases:
    return conversations_of(store)


def conversations_of(store: Store) -> ConversationUseCases:
    return ConversationUseCases(
        threads=store.threads,
        records=ThreadRecords(store.database),
        runs=store.runs,
        clock=store.clock,
        ids=store.ids,
    )


async def inherited(store: Store, run: Run) -> Any:
    return await store.threads.inherited(run)


async def test_the_first_run_of_an_opened_thread_begins_with_its_variables(
    store: Store, conversations: ConversationUseCases
) -> None:
    version = await store.publish()
    await conversations.open("default", "talk", {"of": "ada"}, {"notes": [1]})
    run = await joined(store, version, "talk")
    assert (run.thread_id, run.turn) == ("talk", 1)
    assert await inherited(store, run) == {"notes": [1]}
    assert (await store.threads.get("default", "talk")).active_run_id == run.id


async def test_a_thread_belongs_to_one_project_and_is_opened_once(
    store: Store, conversations: ConversationUseCases
) -> None:
    await Projects(store.database, store.clock).add("other", "Other")
    await conversations.open("other", "talk", {})
    with pytest.raises(ThreadExistsError):
        await conversations.open("other", "talk", {})
    with pytest.raises(ThreadNotFoundError):
        await joined(store, await store.publish(), "talk")
    with pytest.raises(ThreadNotFoundError):
        await conversations.current("default", "talk")
    run = await store.create(await store.publish("b"))
    with pytest.raises(ThreadExistsError):
        await conversations.open("default", run.thread_id, {})


async def test_what_is_written_between_two_runs_comes_after_the_first(
    store: Store, conversations: ConversationUseCases
) -> None:
    version = await store.publish()
    first = await ended(store, await store.create(version), {"notes": [1]})
    await conversations.write("default", first.id, [("notes", 2)], NOTES)
    second = await joined(store, version, first.id)
    assert await inherited(store, second) == {"notes": [1, 2]}
    with pytest.raises(ThreadBusyError):
        await conversations.write("default", first.id, [("notes", 3)], NOTES)
    await ended(store, second, {"notes": [1, 2, "second"]})
    third = await joined(store, version, first.id)
    assert await inherited(store, third) == {"notes": [1, 2, "second"]}


async def test_of_two_who_change_a_thread_at_once_neither_is_lost(store: Store, url: str) -> None:
    run = await ended(store, await store.create(await store.publish()), {"notes": []})
    async with open_store(url) as other:
        several = [conversations_of(each) for each in (store, other) * 10]
        await asyncio.gather(
            *(each.describe("default", run.id, {str(n): n}) for n, each in enumerate(several)),
            *(
                each.write("default", run.id, [("notes", n)], NOTES)
                for n, each in enumerate(several)
            ),
        )
    record = await conversations_of(store).record("default", run.id)
    assert record.metadata == {str(n): n for n in range(20)}
    assert record.variables is not None
    assert sorted(record.variables["notes"]) == list(range(20))


async def test_what_was_written_stays_when_the_run_before_it_is_forgotten(
    store: Store, conversations: ConversationUseCases
) -> None:
    version = await store.publish()
    first = await ended(store, await store.create(version), {"notes": [1]})
    second = await ended(store, await joined(store, version, first.id), {"notes": [1, 2]})
    await conversations.write("default", first.id, [("notes", 3)], NOTES)
    await conversations.delete_run(second)
    assert await inherited(store, await joined(store, version, first.id)) == {"notes": [1, 2, 3]}


async def test_a_thread_is_written_to_after_its_last_run_was_rolled_back(
    store: Store, conversations: ConversationUseCases
) -> None:
    version = await store.publish()
    first = await ended(store, await store.create(version), {"notes": [1]})
    second = await joined(store, version, first.id)
    await store.journal.ask(second.id, rolling_back("not like that", store.clock.now()))
    await conversations.write("default", first.id, [("notes", 2)], NOTES)
    assert await inherited(store, await joined(store, version, first.id)) == {"notes": [1, 2]}


async def test_the_current_run_is_the_one_whose_turn_it_is(
    store: Store, conversations: ConversationUseCases
) -> None:
    version = await store.publish()
    await conversations.open("default", "talk", {})
    assert await conversations.current("default", "talk") is None
    runs = [await joined(store, version, "talk", Multitask.ENQUEUE) for _ in range(3)]
    for run in runs:
        current = await conversations.current("default", "talk")
        assert current is not None
        assert current.id == run.id
        await ended(store, run)
    last = await conversations.current("default", "talk")
    assert last is not None
    assert last.id == runs[-1].id


async def test_a_thread_is_forgotten_with_all_its_runs(
    store: Store, conversations: ConversationUseCases
) -> None:
    version = await store.publish()
    await conversations.open("default", "talk", {})
    run = await joined(store, version, "talk")
    with pytest.raises(RunIsNotOverError):
        await conversations.delete("default", "talk")
    await ended(store, run)
    await conversations.delete("default", "talk")
    assert await store.runs.get(run.id) is None
    with pytest.raises(ThreadNotFoundError):
        await conversations.record("default", "talk")


async def test_a_forgotten_run_leaves_its_variables(
    store: Store, conversations: ConversationUseCases
) -> None:
    version = await store.publish()
    first = await ended(store, await store.create(version), {"notes": [1]})
    second = await ended(store, await joined(store, version, first.id), {"notes": [1, 2]})
    await conversations.delete_run(first)
    await conversations.delete_run(second)
    third = await joined(store, version, first.id)
    assert await inherited(store, third) == {"notes": [1, 2]}
    assert third.turn == 3


async def test_what_clients_said_is_kept_with_their_runs(
    store: Store, conversations: ConversationUseCases
) -> None:
    run = await ended(store, await store.create(await store.publish()))
    await conversations.records.keep_request(run.id, {"metadata": {"of": "ada"}})
    kept = await conversations.records.requests([run.id, "none"])
    assert kept == {run.id: {"metadata": {"of": "ada"}}}
    await conversations.delete_run(run)
    assert await conversations.records.requests([run.id]) == {}


async def test_records_come_page_by_page(conversations: ConversationUseCases) -> None:
    for name in "abcde":
        await conversations.open("default", name, {})
    found, cursor = [], None
    while True:
        page = await conversations.records.page("default", cursor=cursor, limit=2)
        found += [record.id for record in page.items]
        if (cursor := page.next_cursor) is None:
            break
    assert found == ["e", "d", "c", "b", "a"]


async def test_a_newcomer_may_treat_runs_at_rest_in_another_way(store: Store) -> None:
    run = Run(id="r", project_id="p", workflow_id="w", version=1, created_at=store.clock.now())
    joining = Joining(thread_id="t", multitask=Multitask.REJECT, at_rest=Multitask.INTERRUPT)
    ways = {status: joining.towards(replace(run, status=status)) for status in type(run.status)}
    displaced = [status for status, way in ways.items() if way is Multitask.INTERRUPT]
    assert displaced == ["waiting", "paused"]


async def test_a_delayed_run_is_due_later_and_nobody_begins_it_early(store: Store) -> None:
    version = await store.publish()
    first = await store.create(version)
    claim = await started(store, first)
    late = await store.leases.wake((await store.create(version)).id, after_seconds=3_600)
    assert late is not None
    assert await store.leases.due() == []
    seconds = await store.leases.next_due()
    assert seconds is not None
    await store.leases.release(first.id, claim.fence)
    assert await store.leases.due() == [first.id]
    assert (await read(store, late)).status == "pending"


async def test_a_signal_can_be_given_to_one_visit(store: Store) -> None:
    interrupts = OpenInterrupts(store.database, store.clock, store.ids)
    waits = []
    for _ in range(2):
        run = await store.create(await store.publish())
        visit = VisitRef(run_id=run.id, node_id="hear", path="", visit=1)
        waits.append(SignalWait(project_id="default", name="paid", key="7", visit=visit))
        assert await store.waits.receive(waits[-1]) is None
    (open_one,) = await interrupts.of(waits[1].visit.run_id)
    assert open_one.source == waits[1]
    assert await interrupts.give(waits[1], {"euros": 5})
    assert not await interrupts.give(waits[1], {"euros": 6})
    received = await store.waits.receive(waits[1])
    assert received is not None
    assert received.payload == {"euros": 5}
    assert await store.waits.receive(waits[0]) is None
