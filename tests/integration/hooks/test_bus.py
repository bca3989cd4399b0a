"""Subscribers hear of events at their own pace, and are in nobody's way."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import structlog

from services.bootstrap import Services, open_services
from services.domain.events.frames import from_stored
from services.domain.events.runs import RunCreated
from services.domain.runs import RunStatus
from services.errors import SubscriberError
from services.hooks import Happening, Subscriber
from services.hooks.backlog import CAPACITY
from services.hooks.subscribers import installed_subscribers
from services.settings import Settings
from services.usecases.retries import Wish
from tests.support.service import completed, created, ended, run_of
from workflow_compiler import default_registry

QUICK = {
    "name": "quick",
    "nodes": [{"id": "one", "type": "transform", "config": {"expression": "1"}}],
    "edges": [],
}
FAILING = {
    "name": "failing",
    "nodes": [
        {"id": "one", "type": "transform", "config": {"expression": "1"}},
        {"id": "bad", "type": "fail", "config": {"type": "EXECUTION", "message": "no"}},
    ],
    "edges": [{"source": "one", "target": "bad"}],
}
MANY = {
    "name": "many",
    "nodes": [
        {"id": "all", "type": "foreach", "config": {"items": "input.items"}},
        {"id": "one", "type": "transform", "config": {"expression": "item"}, "parent": "all"},
    ],
    "edges": [],
}


@asynccontextmanager
async def serving(
    folder: Path, *subscribers: Subscriber, **settings: Any
) -> AsyncIterator[Services]:
    chosen = Settings(_env_file=None, database_url=f"sqlite:///{folder / 'test.db'}", **settings)
    async with open_services(chosen, default_registry(), subscribers=subscribers) as services:
        yield services


class Heard:
    """What a subscriber has heard."""

    def __init__(self) -> None:
        self.came: asyncio.Queue[Happening] = asyncio.Queue()

    async def __call__(self, happening: Happening) -> None:
        self.came.put_nowait(happening)

    async def next(self, number: int) -> list[Happening]:
        return [await self.came.get() for _ in range(number)]


def subscriber(hear: Any, *event_types: str, **options: Any) -> Subscriber:
    return Subscriber(name="test", hear=hear, event_types=event_types or ("*",), **options)


async def test_events_come_as_clients_get_them_and_say_which_workflow(tmp_path: Path) -> None:
    heard = Heard()
    async with serving(tmp_path, subscriber(heard)) as services:
        run = await created(services, QUICK)
        events = await completed(services, run)
        happenings = await heard.next(len(events))
    assert [(each.type, each.seq, each.data, each.node_id) for each in happenings] == [
        (event["type"], event["seq"], event["data"], event.get("node_id")) for event in events
    ]
    assert {(h.run_id, h.workflow_id, h.workflow, h.version) for h in happenings} == {
        (run.id, run.workflow_id, "quick", 1)
    }


async def test_a_filter_is_by_type_and_workflow(tmp_path: Path) -> None:
    by_type, by_workflow = Heard(), Heard()
    async with serving(
        tmp_path,
        subscriber(by_type, "workflow.node.*"),
        subscriber(by_workflow, "workflow.run.completed", workflows=frozenset({"many"})),
    ) as services:
        await run_of(services, QUICK)
        many = await run_of(services, MANY, {"items": []})
        (happening,) = await by_workflow.next(1)
        assert (happening.run_id, happening.type) == (many.id, "workflow.run.completed")
        nodes = await by_type.next(4)
        assert {each.type.rpartition(".")[0] for each in nodes} == {"workflow.node"}
    assert by_workflow.came.empty()


async def test_what_a_subscriber_raises_is_logged_and_troubles_nobody(tmp_path: Path) -> None:
    heard = Heard()

    async def broken(happening: Happening) -> None:
        if happening.seq == 1:
            raise asyncio.CancelledError
        raise ZeroDivisionError

    with structlog.testing.capture_logs() as logged:
        async with serving(tmp_path, subscriber(broken), subscriber(heard)) as services:
            run = await run_of(services, QUICK)
            happenings = await heard.next(5)
    assert run.status is RunStatus.COMPLETED
    failures = [(line["event"], line["run_id"], line["seq"]) for line in logged]
    assert failures[0] == ("subscriber.cancelled", run.id, 1)
    assert failures[1:] == [("subscriber.failed", run.id, each.seq) for each in happenings[1:]]
    assert {line["subscriber"] for line in logged} == {"test"}


async def test_who_hangs_waits_alone_and_catches_up_from_the_log(tmp_path: Path) -> None:
    called, let_go, slow, quick = asyncio.Event(), asyncio.Event(), Heard(), Heard()

    async def hang(happening: Happening) -> None:
        called.set()
        await let_go.wait()
        await slow(happening)

    with structlog.testing.capture_logs() as logged:
        async with serving(tmp_path, subscriber(hang), subscriber(quick)) as services:
            many = CAPACITY // 4
            runs = [await run_of(services, MANY, {"items": list(range(many))}) for _ in range(2)]
            events = [entry for run in runs async for entry in services.log.all(run.id)]
            assert len(events) > CAPACITY
            assert {run.status for run in runs} == {RunStatus.COMPLETED}
            await called.wait()
            in_time = await quick.next(len(events))
            assert slow.came.empty()
            let_go.set()
            late = await slow.next(len(events))
    assert by_run(late) == by_run(in_time)
    assert sorted(seq for seqs in by_run(late).values() for seq in seqs) == sorted(
        entry.seq or 0 for entry in events
    )
    assert [line["event"] for line in logged] == ["subscriber.behind"]


async def test_when_the_process_stops_there_is_time_for_the_rest_but_not_for_ever(
    tmp_path: Path,
) -> None:
    slow = Heard()

    async def ponder(happening: Happening) -> None:
        await asyncio.sleep(0)
        await slow(happening)

    async def hang(_happening: Happening) -> None:
        await asyncio.Event().wait()

    with structlog.testing.capture_logs() as logged:
        async with serving(
            tmp_path, subscriber(ponder), subscriber(hang), shutdown_grace_seconds=0.2
        ) as services:
            await run_of(services, QUICK)
        assert slow.came.qsize() == 5
    assert [line["event"] for line in logged] == ["subscriber.stopped"]


async def test_what_a_retried_run_has_kept_is_no_news(tmp_path: Path) -> None:
    heard = Heard()
    async with serving(tmp_path, subscriber(heard)) as services:
        webhook, _ = await services.webhooks.create("default", "http://127.0.0.1:9", ["*"])
        failed = await run_of(services, FAILING)
        retried = await services.retries.retry(failed.id, Wish())
        run = await ended(services, retried.id)
        log = [entry async for entry in services.log.all(run.id)]
        created_first = from_stored(log[0])
        assert isinstance(created_first, RunCreated)
        assert created_first.source is not None
        kept = created_first.source.kept
        assert kept > 0
        news = [1, *range(kept + 2, len(log) + 1)]
        length = len([entry async for entry in services.log.all(failed.id)])
        seqs = by_run(await heard.next(length + len(news)))
        page = await services.webhooks.deliveries("default", webhook.id, limit=200)
    assert seqs[run.id] == news
    assert sorted(each.seq for each in page.items if each.run_id == run.id) == news


def by_run(happenings: list[Happening]) -> dict[str, list[int]]:
    seqs: dict[str, list[int]] = defaultdict(list)
    for each in happenings:
        seqs[each.run_id].append(each.seq)
    return seqs


def test_a_subscriber_that_would_never_hear_anything_is_refused() -> None:
    with pytest.raises(SubscriberError, match=r"run\.completed"):
        subscriber(Heard(), "run.completed")


INSTALLED = """
from services.hooks import Subscriber

async def hear(happening):
    pass

good = Subscriber(name="audit", hear=hear, event_types=("workflow.run.*",))
bad = 7
"""


def install(folder: Path, monkeypatch: pytest.MonkeyPatch, **entries: str) -> None:
    """A package in a folder, as an installer leaves it there."""
    (folder / "acme_audit.py").write_text(INSTALLED)
    info = folder / "acme_audit-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-audit\nVersion: 1.0\n")
    lines = "\n".join(f"{name} = {value}" for name, value in entries.items())
    (info / "entry_points.txt").write_text(f"[workflow_compiler.subscribers]\n{lines}\n")
    monkeypatch.syspath_prepend(str(folder))


def test_subscribers_of_installed_packages_are_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, monkeypatch, audit="acme_audit:good")
    (found,) = installed_subscribers()
    assert (found.name, found.event_types) == ("audit", ("workflow.run.*",))


@pytest.mark.parametrize("value", ["acme_audit:bad", "acme_audit:none", "acme_nothing:x"])
def test_a_plug_in_that_is_none_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    install(tmp_path, monkeypatch, audit=value)
    with pytest.raises(SubscriberError, match=f"acme-audit: audit = {value}"):
        installed_subscribers()
