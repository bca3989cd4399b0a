"""The state machine of a run, against everything that may be asked of it, and lost processes."""

from __future__ import annotations

import asyncio
import sqlite3
import tempfile
from collections import Counter
from contextlib import AsyncExitStack, closing, suppress
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from services.bootstrap import Services, open_services
from services.domain.events.vocabulary import NodeCompleted
from services.domain.runs import Run, RunStatus
from services.domain.waits import TaskStatus
from services.errors import ConflictError
from services.settings import Settings
from tests.support.service import created, ended, log_of
from workflow_compiler import default_registry

ENDS = {"run.completed", "run.failed", "run.cancelled"}
ITEMS = 2
DOCUMENT: dict[str, Any] = {
    "name": "all",
    "nodes": [
        {"id": "a", "type": "python", "config": {"function": "turn"}},
        {"id": "ask", "type": "human", "config": {"prompt": "?", "form": {}}},
        {"id": "loop", "type": "foreach", "config": {"items": "[1, 2]"}},
        {"id": "in", "type": "python", "config": {"function": "turn"}, "parent": "loop"},
        {"id": "sub", "type": "subworkflow", "config": {"workflow": "inner"}},
        {"id": "end", "type": "python", "config": {"function": "turn"}},
    ],
    "edges": [
        {"source": "a", "target": "ask"},
        {"source": "a", "target": "loop"},
        {"source": "ask", "target": "sub"},
        {"source": "loop", "target": "end"},
        {"source": "sub", "target": "end"},
    ],
}
INNER = {
    "name": "inner",
    "nodes": [
        {"id": "b", "type": "python", "config": {"function": "turn"}},
        {"id": "inner_ask", "type": "human", "config": {"prompt": "?", "form": {}}},
    ],
    "edges": [{"source": "b", "target": "inner_ask"}],
}
COMPLETED = Counter({"a": 1, "ask": 1, "in": ITEMS, "loop": 1, "sub": 1, "end": 1})


async def turn() -> int:
    """Let everybody else have a turn, too."""
    await asyncio.sleep(0)
    return 1


class Control(RuleBasedStateMachine):
    """One run, whatever happens to it; at last it is brought to its end."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.processes = AsyncExitStack()
        self.living = AsyncExitStack()
        self.folder = tempfile.TemporaryDirectory()
        self.services: Services
        self.run: Run
        self.crashes = 0

    def do(self, work: Any) -> Any:
        return self.runner.run(work)

    async def start_process(self) -> None:
        url = f"sqlite:///{Path(self.folder.name) / 'run.db'}"
        chosen = Settings(
            database_url=url,
            max_concurrent_runs=1,
            wait_linger_seconds=0,
            shutdown_grace_seconds=0,
        )
        registry = default_registry({"turn": turn})
        self.living = AsyncExitStack()
        self.services = await self.living.enter_async_context(open_services(chosen, registry))

    @initialize()
    def accept(self) -> None:
        async def accepted() -> Run:
            await self.start_process()
            await self.services.workflows.publish("default", INNER)
            return await created(self.services, DOCUMENT)

        self.run = self.do(accepted())

    @rule()
    def execute(self) -> None:
        self.ask(self.services.runs.execute)

    @rule()
    def pause(self) -> None:
        self.ask(self.services.runs.pause)

    @rule()
    def resume(self) -> None:
        self.ask(self.services.runs.resume)

    @rule()
    def go_on_for_a_moment(self) -> None:
        self.do(asyncio.sleep(0.02))

    @rule()
    def answer(self) -> None:
        self.do(self.answer_all())

    @rule()
    def restart(self) -> None:
        """The process leaves in good order, and another one begins."""

        async def restarted() -> None:
            await self.living.aclose()
            await self.start_process()

        self.do(restarted())

    @rule()
    def crash(self) -> None:
        """The process is not heard of any more, and its leases end, though it may not know."""
        if self.crashes == 2:
            return  # a third one in a row is the end of the run, and has a test of its own

        async def replaced() -> None:
            await self.expire_leases()
            self.processes.push_async_exit(self.living)
            await self.start_process()

        self.crashes += 1
        self.do(replaced())

    @rule()
    def cancel(self) -> None:
        self.ask(lambda run_id: self.services.runs.cancel(run_id, "enough"))

    @invariant()
    def rows_are_the_fold_of_the_log(self) -> None:
        if not hasattr(self, "run"):
            return
        try:
            self.do(log_of(self.services, self.run))
        except AssertionError:  # the run went on between the two looks
            self.do(asyncio.sleep(0.3))
            self.do(log_of(self.services, self.run))

    def ask(self, what: Any) -> None:
        async def asked() -> None:
            with suppress(ConflictError):
                await what(self.run.id)

        self.do(asked())

    async def expire_leases(self) -> None:
        """By the clock of the database, all leases are over."""
        path = Path(self.folder.name) / "run.db"
        with closing(sqlite3.connect(path, timeout=30)) as database, database:
            database.execute(
                "UPDATE workflow_runs SET lease_until = '2000-01-01 00:00:00.000000'"
                " WHERE lease_until IS NOT NULL"
            )

    async def answer_all(self) -> None:
        page = await self.services.waits.tasks("default", status=TaskStatus.OPEN)
        for task in page.items:
            with suppress(ConflictError):
                await self.services.waits.complete("default", task.id, {}, by="ada")

    async def brought_to_its_end(self) -> Run:
        """Whatever was asked before, the run is let go and gets its answers."""
        for what in (self.services.runs.execute, self.services.runs.resume):
            with suppress(ConflictError):
                await what(self.run.id)
        async with asyncio.timeout(60):
            watching = asyncio.ensure_future(ended(self.services, self.run.id))
            while not watching.done():
                await self.answer_all()
                await asyncio.wait([watching], timeout=0.05)
        return watching.result()

    def teardown(self) -> None:
        try:
            if hasattr(self, "run"):
                self.check(self.do(self.brought_to_its_end()))
        finally:
            self.do(self.living.aclose())
            self.do(self.processes.aclose())
            self.runner.close()
            self.folder.cleanup()

    def check(self, run: Run) -> None:
        events = self.do(log_of(self.services, run))
        assert [event.type for event in events if event.type in ENDS] == [f"run.{run.status}"]
        done = Counter(event.node_id for event in events if isinstance(event, NodeCompleted))
        if run.status is RunStatus.COMPLETED:
            assert done == COMPLETED
        else:
            assert run.status is RunStatus.CANCELLED, run.error
            assert done <= COMPLETED


TestControl = Control.TestCase
TestControl.settings = settings(
    max_examples=12,
    stateful_step_count=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
