"""What every way of bringing runs to workers promises: real queues, real processes.

A message is only a wake-up. So lost messages, messages that come twice, workers that are killed and
a queue that is away change nothing but how long it takes.
"""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from services.bootstrap import Services, open_records, open_services
from services.domain.runs import Run, RunStatus
from services.settings import Dispatch, Settings
from tests.support.brokers import Broker, RabbitBroker, RedisBroker, free_port
from tests.support.jobs import JOB, PORT, Call, Office, office
from tests.support.service import created, ended
from tests.support.workers import Worker, worker

REPO = Path(__file__).parents[2]
LEASE_SECONDS = 1.0
FUNCTIONS = "tests.support.jobs"

pytestmark = pytest.mark.timeout(180)


@dataclass(frozen=True)
class Subject:
    """A way of dispatching over one database and one queue."""

    database_url: str
    dispatch: Dispatch
    queue_url: str | None
    queue_name: str
    office: Office

    @property
    def settings(self) -> Settings:
        return Settings(
            _env_file=None,
            database_url=self.database_url,
            dispatch=self.dispatch,
            queue_url=self.queue_url,
            queue_name=self.queue_name,
            shutdown_grace_seconds=1.0,
            functions=(FUNCTIONS,),
        )

    @asynccontextmanager
    async def server(self) -> AsyncIterator[Services]:
        """A process that tells workers of runs and executes none."""
        in_process = self.dispatch is Dispatch.INPROCESS
        opened = open_records(self.settings) if in_process else open_services(self.settings)
        async with opened as services:
            yield services

    def worker(self, places: int = 2) -> AbstractAsyncContextManager[Worker]:
        """A worker process that executes so many runs at once."""
        return worker(self.environment(places))

    @property
    def broker(self) -> Broker | None:
        """Whose queue it is; None where there is none."""
        return {Dispatch.SAQ: RedisBroker(), Dispatch.CELERY: RabbitBroker()}.get(self.dispatch)

    def lose_all(self) -> None:
        """Lose the messages that are in the queue."""
        if self.broker is not None:
            self.broker.empty(self.queue_url or "", self.queue_name)

    def clean_up(self) -> None:
        """Leave nothing behind."""
        if self.broker is not None:
            self.broker.remove(self.queue_url or "", self.queue_name)

    def environment(self, places: int) -> dict[str, str]:
        settings = {
            "DATABASE_URL": self.database_url,
            "DISPATCH": self.dispatch.value,
            "QUEUE_NAME": self.queue_name,
            "FUNCTIONS": FUNCTIONS,
            "SAMPLES": "false",
            "LEASE_SECONDS": str(LEASE_SECONDS),
            "SHUTDOWN_GRACE_SECONDS": "0.2",
            "MAX_CONCURRENT_RUNS": str(places),
        }
        if self.queue_url is not None:
            settings["QUEUE_URL"] = self.queue_url
        named = {f"WORKFLOW_{name}": value for name, value in settings.items()}
        return {**named, PORT: str(self.office.port)}


@pytest.fixture(params=["inprocess", "saq", "celery"])
async def subject(request: pytest.FixtureRequest, postgres_url: str) -> AsyncIterator[Subject]:
    dispatch = Dispatch(request.param)
    queue = {Dispatch.SAQ: "redis_url", Dispatch.CELERY: "rabbitmq_url"}.get(dispatch)
    url = request.getfixturevalue(queue) if queue else None
    async with office() as opened:
        made = Subject(postgres_url, dispatch, url, f"test-{secrets.token_hex(8)}", opened)
        yield made
        made.clean_up()


async def executed(services: Services, number: int) -> list[str]:
    """The ids of new runs that are to be executed."""
    runs = [await created(services, JOB) for _ in range(number)]
    for run in runs:
        await services.runs.execute(run.id)
    return [run.id for run in runs]


async def all_ended(services: Services, run_ids: list[str]) -> list[Run]:
    return [await ended(services, run_id) for run_id in run_ids]


def by_run(calls: list[Call]) -> Counter[str]:
    return Counter(call.run_id for call in calls)


async def test_workers_share_runs_and_one_goes_on_with_those_of_another(subject: Subject):
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(subject.server())
        one, other = [await stack.enter_async_context(subject.worker()) for _ in range(2)]
        run_ids = await executed(services, 5)
        calls = await subject.office.calls(4)
        assert Counter(call.pid for call in calls) == {one.pid: 2, other.pid: 2}
        assert subject.office.came.empty()

        one.kill()
        for call in calls:
            if call.pid == other.pid:
                call.let_go()
        rest = await subject.office.calls(2)
        for call in rest:
            call.let_go()
        rest += await subject.office.calls(1)
        rest[-1].let_go()
        assert {call.pid for call in rest} == {other.pid}

        runs = await all_ended(services, run_ids)
        assert {run.status for run in runs} == {RunStatus.COMPLETED}
        lost = {call.run_id for call in calls if call.pid == one.pid}
        assert {run.id for run in runs if run.attempt == 2} == lost
        assert by_run(rest) == Counter({*lost, *run_ids} - {c.run_id for c in calls} | lost)


async def test_messages_that_are_lost_or_come_twice_change_nothing(subject: Subject):
    lost = await sent(subject, 1)
    subject.lose_all()
    twice = await sent(subject, 2)
    await sent(subject, 0, *twice)
    async with subject.worker(places=1):
        calls = await subject.office.calls(1)
        later = await sent(subject, 2, calls[0].run_id)
        subject.lose_all()
        for _ in range(4):
            calls[-1].let_go()
            calls += await subject.office.calls(1)
            await sent(subject, 0, calls[-1].run_id)
        calls[-1].let_go()
        async with subject.server() as services:
            runs = await all_ended(services, [*lost, *twice, *later])
        last = await sent(subject, 1, *twice)
        calls += await subject.office.calls(1)
        calls[-1].let_go()
    assert by_run(calls) == Counter([*lost, *twice, *later, *last])
    assert {(run.status, run.attempt) for run in runs} == {(RunStatus.COMPLETED, 1)}


async def sent(subject: Subject, number: int, *known: str) -> list[str]:
    """New runs, when the queue has the messages about them and about others that it knows."""
    async with subject.server() as services:  # whoever leaves it has sent all messages
        for run_id in known:
            services.runs.dispatcher.send(run_id)
        return await executed(services, number)


async def test_a_worker_hears_of_cancels_and_leaves_in_good_order(subject: Subject):
    async with AsyncExitStack() as stack:
        services = await stack.enter_async_context(subject.server())
        executing = await stack.enter_async_context(subject.worker())
        run_ids = await executed(services, 2)
        calls = {call.run_id: call for call in await subject.office.calls(2)}

        await services.runs.cancel(run_ids[0], "enough")
        cancelled = await ended(services, run_ids[0])
        assert cancelled.status is RunStatus.CANCELLED
        await calls[run_ids[0]].gone.wait()

        assert await executing.stopped() == 0
        await calls[run_ids[1]].gone.wait()
        assert (await services.runs.get(run_ids[1])).status is RunStatus.RUNNING
        assert await services.runs.leases.due() == [run_ids[1]]
        assert subject.office.came.empty()


@pytest.mark.parametrize("dispatch", [Dispatch.SAQ, Dispatch.CELERY])
async def test_a_queue_that_is_away_costs_nothing_but_time(postgres_url: str, dispatch: Dispatch):
    scheme = {Dispatch.SAQ: "redis", Dispatch.CELERY: "amqp"}[dispatch]
    url = f"{scheme}://127.0.0.1:{free_port()}"
    async with AsyncExitStack() as stack:
        opened = await stack.enter_async_context(office())
        subject = Subject(postgres_url, dispatch, url, "nowhere", opened)
        services = await stack.enter_async_context(subject.server())
        executing = await stack.enter_async_context(subject.worker())
        run_ids = await executed(services, 2)
        for call in await opened.calls(2):
            call.let_go()
        runs = await all_ended(services, run_ids)
        assert {run.status for run in runs} == {RunStatus.COMPLETED}
        assert await executing.stopped() == 0


def test_the_command_is_there():
    """Everything else here is done by what it calls, in processes that begin quicker."""
    words = [sys.executable, "-m", "api.cli.main", "worker", "--help"]
    done = subprocess.run(words, cwd=REPO, check=True, capture_output=True, text=True)  # noqa: S603
    assert "Execute runs" in done.stdout
