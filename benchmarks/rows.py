"""The rows of the table: what is measured against what, and the goal."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from functools import partial
from random import Random

from benchmarks.measure import Row, Work, compare, time_of
from benchmarks.shapes import (
    SLEEP,
    THREE,
    Graph,
    Shape,
    bare_chain,
    chain,
    diamond,
    doubtful_rows,
    grid,
    ladder,
    loop,
    rows_with_rungs,
    series_parallel,
    start,
)
from workflow_compiler import (
    CompileCache,
    CompiledWorkflow,
    RunContext,
    check,
    compile_workflow,
    fingerprint,
    parse,
    plan,
)
from workflow_compiler import default_registry as registry
from workflow_compiler.debugging import NoDebugger


async def compiled_graphs(repeats: int) -> AsyncIterator[Row]:
    """A compiled graph against the same graph written by hand, both with `ainvoke`."""
    for shape, goal in [*((shape, 1.15) for shape in THREE), (diamond(), 1.1)]:
        compiled = compile_workflow(parse(shape.document))
        by_hand = shape.by_hand()
        ours, base = await compare(
            partial(_compiled, compiled),
            partial(_by_hand, by_hand),
            repeats=repeats,
        )
        yield Row(
            name=f"run: {shape.name}",
            base="StateGraph by hand",
            ours_ms=ours,
            base_ms=base,
            goal=goal,
        )


async def floor(repeats: int) -> AsyncIterator[Row]:
    """What is left of a compiled graph when its nodes do nothing: what ours rests on."""
    bare = bare_chain(10)
    ours, base = await compare(
        lambda: bare.ainvoke({"input": {}, "vars": {}, "nodes": {}}),
        partial(_by_hand, chain(10).by_hand()),
        repeats=repeats,
    )
    yield Row(
        name="floor: chain of 10, nodes that do nothing",
        base="StateGraph by hand",
        ours_ms=ours,
        base_ms=base,
        goal=None,
    )


async def compiling(repeats: int) -> AsyncIterator[Row]:
    """Check, plan and lower against building and compiling the same graph by hand."""
    for length, goal in ((1_000, 1.0), (5_000, 1.0)):
        shape = chain(length)
        definition = parse(shape.document)
        ours, base = await compare(
            _async(partial(compile_workflow, definition)),
            _async(shape.by_hand),
            repeats=max(3, repeats // 10),
        )
        yield Row(
            name=f"compile: {shape.name}",
            base="StateGraph by hand",
            ours_ms=ours,
            base_ms=base,
            goal=goal,
        )


async def planning(repeats: int) -> AsyncIterator[Row]:
    """Plan workflows of which nearly every node is a join.

    The last one grows with the square of its length, whatever the compiler does: see its shape.
    """
    shapes = (
        ("ladder of 2,000", ladder(1_000), 5_000),
        ("two rows of 2,000 with rungs", rows_with_rungs(2_000), 5_000),
        ("grid of 100 x 100", grid(100), 5_000),
        ("two doubtful rows of 350", doubtful_rows(350), 5_000),
        ("two doubtful rows of 700", doubtful_rows(700), None),
    )
    for name, document, goal in shapes:
        definition = parse(document)
        yield Row(
            name=f"plan: {name}",
            base="",
            ours_ms=await time_of(
                _async(partial(plan, definition)),
                repeats=max(3, repeats // 20),
            ),
            base_ms=None,
            goal=goal,
            unit="ms",
        )


async def makespan(repeats: int) -> AsyncIterator[Row]:
    """Random series-parallel workflows of sleeping nodes against their critical paths."""
    rng = Random(7)
    known = registry().with_types(SLEEP)
    ours = base = 0.0
    for _ in range(max(3, repeats // 10)):
        drawn = series_parallel(rng, 24)
        compiled = compile_workflow(parse(drawn.document, known), known)
        ours += await time_of(
            partial(compiled.graph.ainvoke, compiled.initial_state({})), repeats=1
        )
        base += drawn.critical_seconds * 1000
    yield Row(
        name="makespan: 24 sleeping nodes",
        base="critical path",
        ours_ms=ours,
        base_ms=base,
        goal=1.1,
    )


async def growth(repeats: int) -> AsyncIterator[Row]:
    """What a visit costs in large workflows and long loops against a small one."""
    small = await _visit_ms(chain(100), 100, max(3, repeats // 4))
    for shape, visits in ((chain(1_000), 1_000), (chain(5_000), 5_000), (loop(5_000), 10_001)):
        large = await _visit_ms(shape, visits, 3)
        yield Row(
            name=f"growth: a visit of {shape.name}",
            base="a visit of a chain of 100",
            ours_ms=large,
            base_ms=small,
            goal=1.5,
        )


async def _visit_ms(shape: Shape, visits: int, repeats: int) -> float:
    compiled = compile_workflow(parse(shape.document))
    whole = await time_of(
        lambda: compiled.graph.ainvoke(compiled.initial_state({})), repeats=repeats
    )
    return whole / visits


async def checking(repeats: int) -> AsyncIterator[Row]:
    """The checks alone on the largest workflow that is allowed."""
    definition = parse(chain(10_000).document)
    milliseconds = await time_of(_async(lambda: check(definition)), repeats=max(3, repeats // 20))
    yield Row(
        name="check: chain of 10,000",
        base="",
        ours_ms=milliseconds,
        base_ms=None,
        goal=2_000,
        unit="ms",
    )


async def cache_hits(repeats: int) -> AsyncIterator[Row]:
    """Getting a compiled graph of 1,000 nodes from the cache against compiling it."""
    definition = parse(chain(1_000).document)
    cache, key = CompileCache(), fingerprint(definition, registry())
    cache.get(key, lambda: compile_workflow(definition))
    ours, base = await compare(
        _async(lambda: cache.get(key, lambda: compile_workflow(definition))),
        _async(lambda: compile_workflow(definition)),
        repeats=max(3, repeats // 10),
    )
    yield Row(name="cache hit", base="compile", ours_ms=ours, base_ms=base, goal=0.001)


async def debugging(repeats: int) -> AsyncIterator[Row]:
    """A run that could be debugged and is not, against one that nobody could debug."""
    compiled, context = compile_workflow(parse(chain(100).document)), RunContext()
    ours, base = await compare(
        partial(_compiled, compiled, replace(context, debugger=_NotAsked())),
        partial(_compiled, compiled, context),
        repeats=repeats,
    )
    yield Row(
        name="a debugger that nobody asks: chain of 100",
        base="without one",
        ours_ms=ours,
        base_ms=base,
        goal=1.05,
    )


class _NotAsked:
    """Looks whether it is on as that of the service does."""

    _debugging: object | None = None
    _is_held = False
    timer = NoDebugger.timer
    before = NoDebugger.before
    after = NoDebugger.after
    failed = NoDebugger.failed

    @property
    def is_on(self) -> bool:
        return self._debugging is not None or self._is_held


async def _compiled(compiled: CompiledWorkflow, context: RunContext | None = None) -> None:
    await compiled.graph.ainvoke(compiled.initial_state({}), context=context)


async def _by_hand(graph: Graph) -> None:
    await graph.ainvoke(start(), {"recursion_limit": 100_000})


def _async(function: Callable[[], object]) -> Work:
    async def call() -> object:
        return function()

    return call
