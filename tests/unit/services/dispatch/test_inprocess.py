import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from services.dispatch.inprocess import LOOK_LIMIT, Bounds, InProcessDispatcher

LONG = 3_600.0


class Work:
    """Runs that last until somebody lets them go, as the dispatcher executes them."""

    def __init__(self) -> None:
        self.begun: asyncio.Queue[str] = asyncio.Queue()
        self.ended: Counter[str] = Counter()
        self.cancelled: dict[str, str] = {}
        self.released: list[str] = []
        self.looked: list[str] = []
        self.heard = asyncio.Semaphore(0)
        self.held: dict[str, bool] = {}
        self._gates: dict[str, asyncio.Event] = {}

    async def execute(self, run_id: str) -> bool:
        self.begun.put_nowait(run_id)
        if run_id == "broken":
            raise ZeroDivisionError
        await self._gate(run_id).wait()
        self.ended[run_id] += 1
        return False

    def look(self, run_id: str) -> bool:
        self.looked.append(run_id)
        return run_id in self._gates and run_id not in self.ended

    async def hear(self) -> None:
        self.heard.release()

    def cancel(self, run_id: str, reason: str) -> None:
        self.cancelled[run_id] = reason
        self.finish(run_id)

    def hold(self, run_id: str, *, is_held: bool) -> None:
        self.held[run_id] = is_held

    def release(self, run_id: str) -> None:
        self.released.append(run_id)
        self.finish(run_id)

    def finish(self, run_id: str) -> None:
        self._gate(run_id).set()

    def _gate(self, run_id: str) -> asyncio.Event:
        return self._gates.setdefault(run_id, asyncio.Event())


class DueRuns:
    """What a sweep finds, sweep by sweep; an exception is raised; nothing after that."""

    def __init__(self, *found: list[str] | Exception) -> None:
        self._found = list(found)
        self.swept = asyncio.Semaphore(0)

    async def due(self, limit: int) -> list[str]:
        assert limit == LOOK_LIMIT
        self.swept.release()
        found = self._found.pop(0) if self._found else []
        if isinstance(found, Exception):
            raise found
        return found

    async def next_due(self) -> float | None:
        return None

    async def project_of(self, run_id: str) -> str | None:
        return run_id.partition(":")[0]


@asynccontextmanager
async def dispatching(
    work: Work,
    due: DueRuns | None = None,
    *,
    runs_at_once: int = 2,
    grace_seconds: float = LONG,
    sweep_seconds: float = LONG,
) -> AsyncIterator[InProcessDispatcher]:
    bounds = Bounds(
        runs_at_once=runs_at_once, grace_seconds=grace_seconds, sweep_seconds=sweep_seconds
    )
    async with InProcessDispatcher(work, due or DueRuns(), bounds) as dispatcher:
        yield dispatcher


async def begun(work: Work, number: int) -> list[str]:
    return [await work.begun.get() for _ in range(number)]


async def test_only_so_many_run_at_once_and_the_rest_in_order():
    work = Work()
    async with dispatching(work) as dispatcher:
        for run_id in "abcd":
            dispatcher.send(run_id)
        assert await begun(work, 2) == ["a", "b"]
        assert work.begun.empty()
        work.finish("a")
        assert await begun(work, 1) == ["c"]
        for run_id in "bcd":
            work.finish(run_id)
        assert await begun(work, 1) == ["d"]


async def test_a_run_that_is_on_its_way_is_not_sent_twice():
    work = Work()
    async with dispatching(work, runs_at_once=1) as dispatcher:
        for run_id in ("a", "b", "a", "b"):
            dispatcher.send(run_id)
        work.finish("a")
        work.finish("b")
        assert await begun(work, 2) == ["a", "b"]
    assert work.ended == {"a": 1, "b": 1}


async def test_what_runs_may_finish_when_the_process_stops():
    work = Work()
    async with dispatching(work) as dispatcher:
        dispatcher.send("a")
        assert await begun(work, 1) == ["a"]
        asyncio.get_running_loop().call_soon(work.finish, "a")
    assert (work.ended, work.cancelled) == ({"a": 1}, {})


async def test_what_is_too_slow_for_that_is_released_and_what_waits_never_begins():
    work = Work()
    async with dispatching(work, runs_at_once=1, grace_seconds=0) as dispatcher:
        dispatcher.send("a")
        dispatcher.send("b")
        assert await begun(work, 1) == ["a"]

    assert "a" in work.released
    assert work.ended == {"a": 1}
    dispatcher.send("late")
    assert work.begun.empty()


async def test_a_sweep_finds_runs_that_wait():
    work = Work()
    due = DueRuns(["a"], ["a", "b"])
    async with dispatching(work, due, sweep_seconds=0.001):
        assert await begun(work, 2) == ["a", "b"]
        work.finish("a")
        work.finish("b")
    assert work.ended == {"a": 1, "b": 1}


async def test_what_one_look_leaves_is_looked_for_when_there_are_places_again():
    work, runs = Work(), [str(number) for number in range(LOOK_LIMIT)]
    due = DueRuns(runs, ["another"])
    async with dispatching(work, due):
        for expected in (*runs, "another"):
            assert await begun(work, 1) == [expected]
            work.finish(expected)
        await due.swept.acquire()
        await due.swept.acquire()
    assert due.swept.locked()  # what was less than a look takes was all


async def test_a_sweep_without_a_database_is_made_again():
    work = Work()
    due = DueRuns(OSError("away"), ["a"])
    with structlog.testing.capture_logs() as logged:
        async with dispatching(work, due, sweep_seconds=0.001):
            assert await begun(work, 1) == ["a"]
            work.finish("a")
    assert [line["event"] for line in logged] == ["sweep.broken"]


async def test_a_broken_run_breaks_no_other():
    work = Work()
    with structlog.testing.capture_logs() as logged:
        async with dispatching(work, runs_at_once=1) as dispatcher:
            dispatcher.send("broken")
            dispatcher.send("a")
            assert await begun(work, 2) == ["broken", "a"]
            work.finish("a")
    assert work.ended == {"a": 1}
    assert [(line["event"], line["run_id"]) for line in logged] == [("run.broken", "broken")]


async def test_a_cancel_goes_to_whoever_executes():
    work = Work()
    async with dispatching(work) as dispatcher:
        dispatcher.send("a")
        await work.begun.get()
        dispatcher.cancel("a", "enough")
    assert work.cancelled == {"a": "enough"}


async def test_who_takes_runs_from_a_queue_waits_for_a_place():
    work = Work()
    async with dispatching(work, runs_at_once=1) as dispatcher:
        await dispatcher.accept("a")
        assert await begun(work, 1) == ["a"]
        waiting = asyncio.ensure_future(dispatcher.accept("b"))
        await asyncio.sleep(0)
        assert not waiting.done()
        work.finish("a")
        await waiting
        assert await begun(work, 1) == ["b"]
        work.finish("b")


async def test_what_is_asked_elsewhere_is_looked_at_when_it_is_told():
    work, due = Work(), DueRuns([], ["asked"])
    async with dispatching(work, due) as dispatcher:
        await due.swept.acquire()
        await work.heard.acquire()
        dispatcher.look()
        await work.heard.acquire()
        assert await begun(work, 1) == ["asked"]
        work.finish("asked")


async def test_it_has_room_as_long_as_a_run_would_begin_at_once():
    work = Work()
    async with dispatching(work, runs_at_once=1) as dispatcher:
        had_room = dispatcher.has_room
        dispatcher.send("a")
        await begun(work, 1)
        assert (had_room, dispatcher.has_room) == (True, False)
        work.finish("a")


async def test_a_hold_goes_to_whoever_executes():
    work = Work()
    async with dispatching(work) as dispatcher:
        dispatcher.hold("a", is_held=True)
    assert work.held == {"a": True}
