"""Runs that go on from another one: what they keep, what they do again, what they refuse."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import Services
from services.domain.events.base import NodeEvent
from services.domain.events.runs import RunCreated, RunStarted, Source, SourceKind
from services.domain.events.vocabulary import EdgeDecided, NodeCompleted, RunEvent
from services.domain.events.waits import TaskCompleted
from services.domain.reruns.going_on import From
from services.domain.runs import Run, RunStatus
from services.domain.selecting import RunSelection
from services.domain.visits import NodeState, NodeStatus
from services.domain.waits import TaskStatus
from services.errors import (
    IdempotencyError,
    InputError,
    NotVisitedError,
    RunIsCompletedError,
    RunIsNotOverError,
)
from services.usecases.retries import Wish
from tests.support.service import created, ended, log_of, run_of, service, states_of
from tests.unit.workflow_compiler.running import Document, edge, node, path, workflow
from workflow_compiler.errors import ErrorType, NodeError

AS_IT_WAS = Wish()


@dataclass
class Hands:
    """Functions of nodes: they count their calls, and fail or wait while they are told to."""

    calls: Counter[str] = field(default_factory=Counter)
    broken: set[str] = field(default_factory=set)
    reached: asyncio.Event = field(default_factory=asyncio.Event)

    async def work(self, name: str, value: Any = None) -> Any:
        self.calls[name] += 1
        if name in self.broken:
            raise NodeError(ErrorType.EXECUTION, f"{name} is broken")
        return value

    async def hang(self, name: str) -> str:
        self.calls[name] += 1
        if name in self.broken:
            self.reached.set()
            await asyncio.Event().wait()
        return name


def work(node_id: str, **more: Any) -> Document:
    """A node that counts its calls under its id."""
    value = more.pop("value", f"{node_id}")
    name = more.pop("named", node_id)
    return node(
        node_id, "python", function="work", arguments={"name": name, "value": value}, **more
    )


def hang(node_id: str, **more: Any) -> Document:
    return node(node_id, "python", function="hang", arguments={"name": node_id}, **more)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
async def services(tmp_path: Path, hands: Hands) -> AsyncIterator[Services]:
    functions = {"work": hands.work, "hang": hands.hang}
    async with service(tmp_path, functions, shutdown_grace_seconds=0) as opened:
        yield opened


async def retried(services: Services, run: Run, wish: Wish = AS_IT_WAS) -> Run:
    """The run that goes on from this one, at its end."""
    return await ended(services, (await services.retries.retry(run.id, wish)).id)


def again(node_id: str, **where: Any) -> Wish:
    return Wish(begin=From(node_id=node_id, **where))


async def visits_of(services: Services, run: Run) -> dict[tuple[str, str, int], NodeState]:
    page = await services.runs.nodes(run.id)
    return {state.key: state for state in page.items if state.visit}


CHAIN = workflow(work("a"), work("b"), work("c"), edges=path("a", "b", "c"))


async def test_a_failed_run_is_retried_from_where_it_failed(
    services: Services, hands: Hands
) -> None:
    hands.broken = {"b"}
    failed = await run_of(services, CHAIN)
    hands.broken.clear()

    run = await retried(services, failed)

    assert (run.status, run.output) == (RunStatus.COMPLETED, {"c": "c"})
    assert hands.calls == {"a": 1, "b": 2, "c": 1}
    assert run.source_run_id == failed.id
    assert (await services.runs.get(failed.id)).status is RunStatus.FAILED
    assert [found.id for found in await services.retries.of(failed.id)] == [run.id]


async def test_its_log_begins_with_what_it_keeps(services: Services, hands: Hands) -> None:
    hands.broken = {"b"}
    failed = await run_of(services, CHAIN)
    hands.broken.clear()

    run = await retried(services, failed)

    before, after = await log_of(services, failed), await log_of(services, run)
    first = after[0]
    assert isinstance(first, RunCreated)
    assert first.source == Source(run_id=failed.id, kind=SourceKind.RETRY, kept=2)
    assert after[1:3] == [event for event in before if of_node(event, "a")]
    assert isinstance(after[3], RunStarted)
    states, were = await visits_of(services, run), await visits_of(services, failed)
    assert states["a", "", 1] == were["a", "", 1]
    assert run.progress == 1.0


def of_node(event: RunEvent, node_id: str) -> bool:
    return isinstance(event, NodeEvent) and event.node_id == node_id


async def test_a_cancelled_run_goes_on(services: Services, hands: Hands) -> None:
    document = workflow(work("a"), hang("b"), work("c"), edges=path("a", "b", "c"))
    hands.broken = {"b"}
    run = await created(services, document)
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        await hands.reached.wait()
        await services.runs.cancel(run.id, "enough")
        async for _ in frames:
            pass
    hands.broken.clear()

    run = await retried(services, run)

    assert run.status is RunStatus.COMPLETED
    assert hands.calls == {"a": 1, "b": 2, "c": 1}


async def test_a_run_that_never_began_is_retried_as_a_whole(
    services: Services, hands: Hands
) -> None:
    run = await created(services, CHAIN)
    await services.runs.cancel(run.id, "too early")

    run = await retried(services, run)

    assert run.status is RunStatus.COMPLETED
    assert hands.calls == {"a": 1, "b": 1, "c": 1}


@pytest.mark.parametrize("mode", ["sequential", "parallel"])
async def test_only_the_failed_items_run_again(services: Services, hands: Hands, mode: str) -> None:
    each = node("each", "foreach", items="['x', 'y', 'z']", mode=mode, max_parallel=1)
    first = work("first", parent="each", named="first {{ item }}")
    second = work("second", parent="each", named="second {{ item }}", value="{{ item }}")
    document = workflow(
        each, first, second, work("end"), edges=(*path("first", "second"), edge("each", "end"))
    )
    hands.broken = {"second y"}
    failed = await run_of(services, document)
    assert failed.status is RunStatus.FAILED
    hands.broken.clear()

    run = await retried(services, failed)

    assert run.status is RunStatus.COMPLETED
    assert hands.calls == {
        **{f"{which} {item}": 1 for which in ("first", "second") for item in "xyz"},
        "second y": 2,
        "end": 1,
    }
    assert (await visits_of(services, run))["each", "", 1].output == ["x", "y", "z"]
    await log_of(services, run)


async def test_an_item_that_ended_can_be_chosen(services: Services, hands: Hands) -> None:
    each = node("each", "foreach", items="['x', 'y', 'z']", mode="parallel")
    first = work("first", parent="each", named="first {{ item }}")
    second = work("second", parent="each", named="second {{ item }}", value="{{ item }}")
    document = workflow(
        each, first, second, work("end"), edges=(*path("first", "second"), edge("each", "end"))
    )
    done = await run_of(services, document)

    run = await retried(services, done, again("first", path="each[1]"))

    assert run.status is RunStatus.COMPLETED
    assert hands.calls == {
        **{f"{which} {item}": 1 for which in ("first", "second") for item in "xz"},
        "first y": 2,
        "second y": 2,
        "end": 2,
    }
    await retried(services, done, again("second"))
    assert [hands.calls[f"second {item}"] for item in "xyz"] == [2, 3, 2]
    assert [hands.calls[f"first {item}"] for item in "xyz"] == [1, 2, 1]


def guarded(error_scope: str = "propagate") -> Document:
    return workflow(
        node("safe", "try", error_scope=error_scope),
        work("risk", parent="safe", slot="try"),
        work("mend", parent="safe", slot="catch"),
        work("tidy", parent="safe", slot="finally"),
        work("end"),
        edges=path("safe", "end"),
    )


async def test_a_failure_that_was_passed_on_is_tried_again_without_its_catch(
    services: Services, hands: Hands
) -> None:
    hands.broken = {"risk"}
    failed = await run_of(services, guarded())
    hands.broken.clear()

    run = await retried(services, failed)

    assert run.status is RunStatus.COMPLETED
    assert hands.calls == {"risk": 2, "mend": 1, "tidy": 2, "end": 1}
    assert (await states_of(services, run))["mend", 0].status is NodeStatus.SKIPPED


async def test_a_failure_that_was_handled_stays(services: Services, hands: Hands) -> None:
    hands.broken = {"risk", "end"}
    failed = await run_of(services, guarded("continue"))
    hands.broken.clear()

    run = await retried(services, failed)

    assert run.status is RunStatus.COMPLETED
    assert hands.calls == {"risk": 1, "mend": 1, "tidy": 1, "end": 2}
    await retried(services, run, again("mend"))
    assert hands.calls == {"risk": 1, "mend": 2, "tidy": 2, "end": 3}


async def test_a_turn_of_a_loop_begins_anew(services: Services, hands: Hands) -> None:
    document = workflow(
        work("begin"),
        work("turn", named="turn {{ turn.visit }}"),
        work("check"),
        work("end"),
        edges=(
            *path("begin", "turn", "check"),
            edge("check", "turn", condition="check.visit < 3"),
            edge("check", "end", default=True),
        ),
    )
    hands.broken = {"turn 2"}
    failed = await run_of(services, document)
    hands.broken.clear()

    run = await retried(services, failed)
    assert hands.calls == {"begin": 1, "turn 1": 1, "turn 2": 2, "turn 3": 1, "check": 3, "end": 1}

    last = await retried(services, run, again("turn"))
    assert hands.calls == {"begin": 1, "turn 1": 1, "turn 2": 2, "turn 3": 2, "check": 4, "end": 2}
    await retried(services, last, again("turn", visit=2))
    assert hands.calls == {"begin": 1, "turn 1": 1, "turn 2": 3, "turn 3": 3, "check": 6, "end": 3}


async def test_a_failed_sub_run_is_started_anew_and_an_ended_one_is_not(
    services: Services, hands: Hands
) -> None:
    for name in ("fine", "poor"):
        inner = workflow(work(name)) | {"name": name}
        await services.workflows.publish("default", inner)
    document = workflow(
        node("one", "subworkflow", workflow="fine"),
        node("two", "subworkflow", workflow="poor"),
        edges=path("one", "two"),
    )
    hands.broken = {"poor"}
    failed = await run_of(services, document)
    hands.broken.clear()

    run = await retried(services, failed)

    assert (run.status, run.output) == (RunStatus.COMPLETED, {"two": {"poor": "poor"}})
    assert hands.calls == {"fine": 1, "poor": 2}
    children = (await services.runs.page("default", RunSelection(parent_run_id=run.id))).items
    assert [child.parent_node_id for child in children] == ["two"]


async def test_a_finished_run_begins_anew_at_a_node_with_another_input(
    services: Services, hands: Hands
) -> None:
    document = workflow(
        work("a", value="{{ input.n }}"),
        work("b", value="{{ input.n }}"),
        node("sum", expression="a.output + b.output"),
        edges=path("a", "b", "sum"),
        input_schema={"type": "object", "properties": {"n": {"type": "integer"}}},
    )
    done = await run_of(services, document, {"n": 1})
    begin = From(node_id="b")

    run = await retried(services, done, Wish(begin=begin, run_input={"n": 10}))

    assert (run.status, run.output, run.input) == (RunStatus.COMPLETED, {"sum": 11}, {"n": 10})
    assert hands.calls == {"a": 1, "b": 2}
    with pytest.raises(InputError):
        await services.retries.retry(done.id, Wish(begin=begin, run_input={"n": "ten"}))


async def test_other_ways_may_be_taken_this_time(services: Services, hands: Hands) -> None:
    document = workflow(
        node("way", "condition", expression="input.left"),
        work("left"),
        work("right"),
        work("end"),
        edges=(
            edge("way", "left", sourceHandle="true"),
            edge("way", "right", sourceHandle="false"),
            edge("left", "end"),
            edge("right", "end"),
        ),
    )
    done = await run_of(services, document, {"left": True})

    run = await retried(services, done, Wish(begin=From(node_id="way"), run_input={"left": False}))

    assert hands.calls == {"left": 1, "right": 1, "end": 2}
    states = await states_of(services, run)
    assert (states["left", 0].status, states["right", 1].status) == ("skipped", "completed")
    decided = [event for event in await log_of(services, run) if isinstance(event, EdgeDecided)]
    assert [(event.target, event.taken) for event in decided] == [("left", False), ("right", True)]


async def test_a_run_costs_what_it_did_itself(services: Services) -> None:
    model = {"model": "scripted"}
    document = workflow(
        node("one", "llm", prompt="Say hello", **model),
        node("two", "llm", prompt="Again", **model),
        edges=path("one", "two"),
    )
    done = await run_of(services, document)
    (spent_on_two,) = [
        event.usage
        for event in await log_of(services, done)
        if isinstance(event, NodeCompleted) and event.node_id == "two"
    ]

    run = await retried(services, done, again("two"))

    assert done.usage is not None
    assert spent_on_two is not None
    assert run.usage == spent_on_two
    assert run.usage.total_tokens < done.usage.total_tokens
    assert (await states_of(services, run))["one", 1].usage is not None


async def test_an_answer_is_kept_and_a_question_is_asked_anew(
    services: Services, hands: Hands
) -> None:
    document = workflow(
        node("ask", "human", prompt="May I?"), work("then"), edges=path("ask", "then")
    )
    hands.broken = {"then"}
    failed = await created(services, document)
    await services.runs.execute(failed.id)
    await answered(services, failed)
    failed = await ended(services, failed.id)
    hands.broken.clear()

    run = await retried(services, failed)
    assert run.status is RunStatus.COMPLETED
    assert sum(isinstance(event, TaskCompleted) for event in await log_of(services, run)) == 1

    asking = await services.retries.retry(run.id, again("ask"))
    await answered(services, asking)
    asked = await ended(services, asking.id)
    assert asked.status is RunStatus.COMPLETED
    assert hands.calls == {"then": 3}


async def answered(services: Services, run: Run) -> None:
    """Answer the task of a run as soon as it is there."""
    async with services.runs.watch(run.id) as frames:
        async for frame in frames:
            if frame.type == "node.waiting":
                break
    page = await services.waits.tasks("default", run_id=run.id, status=TaskStatus.OPEN)
    (task,) = page.items
    await services.waits.complete("default", task.id, {}, "ada")


async def test_what_goes_on_from_another_run_can_be_retried_in_turn(
    services: Services, hands: Hands
) -> None:
    hands.broken = {"b", "c"}
    failed = await run_of(services, CHAIN)
    hands.broken = {"c"}
    failed_later = await retried(services, failed)
    hands.broken.clear()

    run = await retried(services, failed_later)

    assert run.status is RunStatus.COMPLETED
    assert hands.calls == {"a": 1, "b": 2, "c": 2}
    assert run.source_run_id == failed_later.id


async def test_what_cannot_be_retried_is_refused(services: Services, hands: Hands) -> None:
    pending = await created(services, CHAIN)
    with pytest.raises(RunIsNotOverError):
        await services.retries.retry(pending.id, AS_IT_WAS)

    done = await run_of(services, CHAIN)
    with pytest.raises(RunIsCompletedError, match="from_node"):
        await services.retries.retry(done.id, AS_IT_WAS)
    with pytest.raises(NotVisitedError, match="'a', 'b', 'c'"):
        await services.retries.retry(done.id, again("d"))
    with pytest.raises(NotVisitedError, match="visit 2"):
        await services.retries.retry(done.id, again("a", visit=2))
    assert hands.calls == {"a": 1, "b": 1, "c": 1}


async def test_fifty_equal_retries_make_one_run(services: Services, hands: Hands) -> None:
    hands.broken = {"b"}
    failed = await run_of(services, CHAIN)
    hands.broken.clear()

    runs = await asyncio.gather(
        *(services.retries.retry(failed.id, AS_IT_WAS, idempotency_key="once") for _ in range(50))
    )

    assert len({run.id for run in runs}) == 1
    await ended(services, runs[0].id)
    assert hands.calls == {"a": 1, "b": 2, "c": 1}
    assert len(await services.retries.of(failed.id)) == 1
    for other in (again("b"), Wish(run_input={"n": 1})):
        with pytest.raises(IdempotencyError):
            await services.retries.retry(failed.id, other, idempotency_key="once")


async def test_what_only_ran_beside_it_stays(services: Services, hands: Hands) -> None:
    document = workflow(
        *(work(name) for name in ("fork", "left", "right", "after", "join")),
        edges=(
            *path("fork", "left", "after", "join"),
            *path("fork", "right", "join"),
        ),
    )
    done = await run_of(services, document)

    await retried(services, done, again("left"))

    assert hands.calls == {"fork": 1, "left": 2, "right": 1, "after": 2, "join": 2}


async def test_what_read_a_variable_that_is_written_again_follows(
    services: Services, hands: Hands
) -> None:
    document = workflow(
        node("each", "foreach", items="[1, 2, 3]"),
        node("add", "set", parent="each", values={"total": "item"}),
        work("see", parent="each", named="see {{ item }}", value="{{ vars.total }}"),
        work("blind", parent="each", named="blind {{ item }}"),
        edges=path("add", "see") + path("add", "blind"),
        variables={"total": {"reducer": "add"}},
    )
    done = await run_of(services, document)

    await retried(services, done, again("add", path="each[1]"))

    assert [hands.calls[f"see {item}"] for item in (1, 2, 3)] == [1, 2, 2]
    assert [hands.calls[f"blind {item}"] for item in (1, 2, 3)] == [1, 2, 1]


async def test_a_kept_run_is_told_as_one_story_to_who_watches(services: Services) -> None:
    done = await run_of(services, CHAIN)
    run = await services.retries.retry(done.id, again("c"))
    async with services.runs.watch(run.id) as frames:
        seen = [frame.seq async for frame in frames]
    assert seen == list(range(1, len(seen) + 1))
