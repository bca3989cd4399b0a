"""Forks: new runs that leave another one at any moment of its log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import Services
from services.domain.debug.commands import Edit
from services.domain.debug.forking import Ahead
from services.domain.events.runs import RunCreated, SourceKind
from services.domain.events.stops import Breakpoint, Place, Target
from services.domain.events.vocabulary import Log, NodeCompleted
from services.domain.reruns.going_on import From
from services.domain.runs import Run, RunStatus
from services.errors import ForkError, IncompatibleVersionError
from services.usecases.debug_wishes import DebugRequest
from services.usecases.forks import Fork, ForkWish
from services.usecases.retries import Wish
from tests.integration.engine.test_debugging import FORK, Calls, begun, chain, node, stops
from tests.support.service import ended, log_of, run_of, service

READING = chain(
    "a",
    node("b", arguments={"value": "{{ a.output }}{{ vars.mark }}"}),
    node("c", arguments={"value": "{{ b.output }}"}),
    variables={"mark": {"default": "-"}},
)


async def forked(services: Services, run: Run, **wish: Any) -> tuple[Fork, Run]:
    """A fork, and its run after it has ended."""
    fork = await services.forks.fork(run.id, ForkWish(**wish))
    over = await ended(services, fork.run.id)
    await log_of(services, over)
    return fork, over


def output(value: Any) -> Edit:
    return Edit(target=Target.OUTPUT, value=value)


async def test_a_fork_is_right_from_every_entry_of_a_log(tmp_path: Path) -> None:
    """A choice and a loop of items: what had ended by then is not done again, all else is."""
    calls = Calls()
    each = {"id": "each", "type": "foreach", "config": {"items": "[1, 2]", "mode": "sequential"}}
    document = {
        "name": "every",
        "nodes": [
            node("a"),
            {"id": "if", "type": "condition", "config": {"expression": "a.output == 'a'"}},
            each,
            node("in", parent="each", arguments={"value": "{{ item }}"}),
            node("no"),
            {"id": "end", "type": "transform", "config": {"expression": "each.output"}},
        ],
        "edges": [
            {"source": "a", "target": "if"},
            {"source": "if", "target": "each", "sourceHandle": "true"},
            {"source": "if", "target": "no", "sourceHandle": "false"},
            {"source": "each", "target": "end"},
            {"source": "no", "target": "end"},
        ],
    }
    async with service(tmp_path, calls.functions) as services:
        run = await run_of(services, document)
        log = await log_of(services, run)
        for seq in range(1, len(log) + 1):
            ends = [event for event in log[:seq] if isinstance(event, NodeCompleted)]
            done = sum(event.node_id in {"a", "in"} for event in ends)
            calls.count.clear()
            fork, over = await forked(services, run, seq=seq)
            assert (over.status, over.output) == (RunStatus.COMPLETED, run.output)
            assert calls.count.total() == 3 - done, seq
            assert len(fork.repeats) == 3 - done
            source = (await log_of(services, over))[0]
            assert isinstance(source, RunCreated)
            assert source.source is not None
            assert (source.source.kind, source.source.seq) == (SourceKind.FORK, seq)


async def test_an_edit_counts_when_its_visit_begins(tmp_path: Path) -> None:
    calls = Calls()
    async with service(tmp_path, calls.functions) as services:
        run = await run_of(services, READING)
        calls.count.clear()
        begin = From(node_id="b")

        skipped = Ahead(node_id="b", edits=(output("given"),))
        fork, over = await forked(services, run, begin=begin, edits=(skipped,))
        assert over.output == {"c": "given"}
        assert calls.count == {"c": 1}
        assert [repeat.place.node_id for repeat in fork.repeats] == ["c"]

        given = {"function": "work", "arguments": {"name": "b", "value": "other"}}
        edit = Ahead(node_id="b", edits=(Edit(target=Target.INPUT, value=given),))
        _, over = await forked(services, run, begin=begin, edits=(edit,))
        assert over.output == {"c": "other"}

        mark = Edit(target=Target.VARIABLE, name="mark", value="+")
        _, over = await forked(services, run, seq=1, edits=(Ahead(node_id="b", edits=(mark,)),))
        assert (over.output, over.variables) == ({"c": "a+"}, {"mark": "+"})


async def test_an_edit_ahead_stays_with_what_goes_on_from_the_fork(tmp_path: Path) -> None:
    """A node that is edited ahead has not begun early: what it follows may begin anew."""
    calls = Calls()
    async with service(tmp_path, calls.functions) as services:
        run = await run_of(services, READING)
        ahead = Ahead(node_id="c", edits=(output("c by hand"),))
        _, first = await forked(services, run, seq=1, edits=(ahead,))
        calls.count.clear()
        again = await services.retries.retry(first.id, Wish(begin=From(node_id="b")))
        over = await ended(services, again.id)
        assert calls.count == {"b": 1, "c": 1}, "c followed b, so it was dropped with its edit"
        assert over.output == {"c": "a-"}
        _, second = await forked(services, first, begin=From(node_id="c"))
        assert second.output == {"c": "c by hand"}, "at that moment it was to come"


async def test_side_effects_are_named_and_can_be_pinned(tmp_path: Path) -> None:
    calls = Calls()
    async with service(tmp_path, calls.functions) as services:
        run = await run_of(services, READING)
        calls.count.clear()
        fork, over = await forked(services, run, seq=1, pin_side_effects=True)
        assert [(r.place.node_id, r.is_pinned) for r in fork.repeats] == [
            ("a", True),
            ("b", True),
            ("c", True),
        ]
        assert (over.output, calls.count) == (run.output, {})
        fork, over = await forked(
            services, run, begin=From(node_id="b"), debug=DebugRequest(pins_from=run.id)
        )
        assert [(r.place, r.is_pinned) for r in fork.repeats] == [
            (Place(node_id="b"), True),
            (Place(node_id="c"), True),
        ]
        assert calls.count == {}


async def test_a_run_that_goes_on_is_forked_where_it_stands(tmp_path: Path) -> None:
    calls = Calls()
    async with service(tmp_path, calls.functions) as services:
        run = await begun(services, FORK, Breakpoint(id="x", node_id="left"))
        await stops(services, run, "left")
        async with services.runs.watch(run.id) as frames:
            async for frame in frames:
                if frame.type == "node.completed" and '"node_id":"right"' in frame.text:
                    break
        _, over = await forked(services, run)
        assert over.status is RunStatus.COMPLETED
        assert calls.count == {"a": 1, "left": 1, "right": 1, "end": 1}
        assert not (await services.runs.get(run.id)).is_over
        await stops(services, run, "left")


async def test_a_fork_stops_at_its_first_node_if_that_is_wanted(tmp_path: Path) -> None:
    calls = Calls()
    async with service(tmp_path, calls.functions) as services:
        run = await run_of(services, READING)
        wish = ForkWish(begin=From(node_id="b"), debug=DebugRequest(is_stepping=True))
        fork = await services.forks.fork(run.id, wish)
        (stop,) = (await stops(services, fork.run, "b")).values()
        assert stop.input["arguments"] == {"name": "b", "value": "a-"}
        await services.debugging.go_on(fork.run.id)
        assert (await ended(services, fork.run.id)).output == run.output


async def test_a_fork_goes_on_with_a_version_that_fits_and_no_other(tmp_path: Path) -> None:
    calls = Calls()
    async with service(tmp_path, calls.functions) as services:
        run = await run_of(services, chain("a", "b"))
        await services.workflows.publish("default", chain("a", node("b", arguments={"value": 2})))
        _, over = await forked(services, run, begin=From(node_id="b"), version=2)
        assert over.output == {"b": 2}
        await services.workflows.publish("default", chain("other", "b"))
        with pytest.raises(IncompatibleVersionError):
            await services.forks.fork(run.id, ForkWish(begin=From(node_id="b"), version=3))


async def test_a_fork_of_one_item_begins_that_item_anew(tmp_path: Path) -> None:
    calls = Calls()
    each = {"id": "each", "type": "foreach", "config": {"items": "[1, 2, 3]", "mode": "sequential"}}
    document = chain(each, node("in", parent="each", arguments={"value": "{{ item }}"}))
    async with service(tmp_path, calls.functions) as services:
        run = await run_of(services, document)
        calls.count.clear()
        begin = From(node_id="in", path="each[1]")
        ahead = Ahead(node_id="in", path="each[1]", edits=(output("by hand"),))
        fork, over = await forked(services, run, begin=begin, edits=(ahead,))
        assert over.output == {"each": [1, "by hand", 3]}
        assert [repeat.place.path for repeat in fork.repeats] == ["each[2]"]
        assert calls.count == {"in": 1}


async def test_an_edit_of_a_visit_that_never_comes_is_refused_or_reported(tmp_path: Path) -> None:
    each = {"id": "each", "type": "foreach", "config": {"items": "[1, 2]"}}
    inner = {"id": "in", "type": "transform", "config": {"expression": "item"}, "parent": "each"}
    async with service(tmp_path) as services:
        run = await run_of(services, chain(each, inner))
        for path, visit in (("", None), ("other[0]", None), ("each[0].in", None), ("each[0]", 2)):
            wrong = Ahead(node_id="in", path=path, visit=visit, edits=(output(0),))
            with pytest.raises(ForkError):
                await services.forks.fork(run.id, ForkWish(seq=1, edits=(wrong,)))
        beyond = Ahead(node_id="in", path="each[7]", edits=(output(0),))
        used = Ahead(node_id="in", path="each[1]", edits=(output(0),))
        _, over = await forked(services, run, seq=1, edits=(beyond, used))
        assert over.output == {"each": [1, 0]}
        said = [event for event in await log_of(services, over) if isinstance(event, Log)]
        assert [(event.level, event.path) for event in said] == [("warning", "each[7]")]
