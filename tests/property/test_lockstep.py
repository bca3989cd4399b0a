"""Joins fire exactly when the rules say so: not a superstep too early, not one too late."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import replace
from random import Random
from typing import TypeAlias

import anyio
import pytest

from tests.property.definitions import Drawn, Kind, Vertex, Way, draw, draw_any, draw_wild
from tests.property.lockstep import Part, Referee, Step, UntimelyError, steps
from tests.property.nested import Scope as Body
from tests.property.nested import draw_nested
from tests.property.reference import Net, TooLongError
from tests.property.structured import Blocks
from tests.unit.workflow_compiler.running import Outcome, PatientClock, run
from workflow_compiler import (
    CompiledWorkflow,
    DefinitionError,
    NodeContext,
    Plan,
    Registry,
    compile_workflow,
    default_registry,
    parse,
)
from workflow_compiler.definition import Join
from workflow_compiler.registry import NodeConfig, NodeType, Work
from workflow_compiler.topology import JoinRule, Pace, regions
from workflow_compiler.trace import (
    BodyClosed,
    BodyEnd,
    BodyOpened,
    Record,
    VisitCompleted,
    VisitFailed,
    VisitStarted,
)

Draw: TypeAlias = Callable[[Random], Drawn]


def draw_blocks(rng: Random) -> Drawn:
    return Blocks(rng).drawn(depth=3)


def draw_patient(rng: Random) -> Drawn:
    """A wild one whose joins wait for all.

    An `any` join in a loop is armed again or not, as things end together or one by one. Parts have
    an order of their own, so there the two are hard to tell apart from outside.
    """
    drawn = draw_wild(rng)
    return replace(drawn, vertices=tuple(replace(v, join=Join.ALL) for v in drawn.vertices))


DRAWS: list[Draw] = [draw, draw_wild, draw_blocks]
PARTED: list[Draw] = [draw, draw_any, draw_patient, draw_blocks]


def net_of(drawn: Drawn) -> Net:
    anys = {vertex.id for vertex in drawn.vertices if vertex.join == "any"}
    ends = [(way.source, way.target) for way in drawn.ways]
    return Net([vertex.id for vertex in drawn.vertices], ends, drawn.roots, anys)


def compiled(drawn: Drawn, registry: Registry | None = None) -> CompiledWorkflow | None:
    """None for one that the checks refuse: wild ones may turn for ever."""
    try:
        return compile_workflow(parse(drawn.document), registry)
    except DefinitionError:
        return None


async def steps_of(workflow: CompiledWorkflow) -> list[Step]:
    """The nodes that were visited in each superstep."""
    found: list[Step] = []
    before: dict[str, int] = {}
    start = workflow.initial_state({})
    async for state in workflow.graph.astream(start, stream_mode="values"):
        visits = {node_id: record["visit"] for node_id, record in state["nodes"].items()}
        found.append(frozenset(n for n, visit in visits.items() if before.get(n) != visit))
        before = visits
    return found[1:]


async def compare_steps(drawn: Drawn, seed: int) -> bool:
    """Whether there was something to compare; it agreed."""
    workflow = compiled(drawn)
    if workflow is None:
        return False
    try:
        wanted = list(steps(net_of(drawn), drawn.decide))
    except TooLongError:
        return False
    assert len(workflow.plan.levels) == 1
    assert await steps_of(workflow) == wanted, f"seed {seed}"
    return True


@pytest.mark.parametrize("draw_one", DRAWS)
async def test_every_superstep_is_that_of_the_reference(draw_one: Draw):
    compared = [await compare_steps(draw_one(Random(seed)), seed) for seed in range(100)]
    assert sum(compared) > 55


@pytest.mark.slow
@pytest.mark.parametrize("draw_one", DRAWS)
@pytest.mark.parametrize("first_seed", range(1_000, 5_000, 500))
async def test_every_superstep_is_that_of_the_reference_in_a_storm(draw_one: Draw, first_seed: int):
    for seed in range(first_seed, first_seed + 500):
        await compare_steps(draw_one(Random(seed)), seed)


async def test_a_join_behind_a_loop_with_two_exits_fires_as_soon_as_the_rule_lets_it():
    """What still turns in the loop can come by either exit, so nobody waits for it."""
    ways = [
        Way("s", "a"),
        Way("a", "b"),
        Way("a", "c"),
        Way("b", "a", Kind.CONDITION, 3, (1, 2)),
        Way("b", "z", Kind.DEFAULT),
        Way("c", "a", Kind.CONDITION, 2, (1,)),
        Way("c", "d", Kind.DEFAULT),
        Way("d", "z"),
    ]
    drawn = Drawn(tuple(map(Vertex, "sabcdz")), tuple(ways))
    workflow = compiled(drawn)
    assert workflow is not None
    found = await steps_of(workflow)
    assert found == list(steps(net_of(drawn), drawn.decide))
    assert next(step for step in found if "z" in step) == {"b", "c", "z"}


def slow_registry(rng: Random) -> Registry:
    """The built-in types; `transform` and `set` wait for the world, sometimes long."""
    known = default_registry()
    return known.with_types(*(slowed(known.types[name], rng) for name in ("transform", "set")))


def slowed(known: NodeType, rng: Random) -> NodeType:
    async def slow(config: NodeConfig, context: NodeContext) -> object:
        for _ in range(rng.choice([0, 1, 3, 30, 80])):
            await anyio.lowlevel.checkpoint()
        return await known.behaviour(config, context)

    return replace(known, work=Work.IO, behaviour=slow)


def parts_of(plan: Plan, scope: int = 0) -> dict[int, Part]:
    """The parts of a scope by the numbers of their levels; the scope itself is 0."""
    body = plan.bodies[scope]
    inside = {m.level: level.number for level in plan.levels for m in level.members}
    parts = {}
    for level in plan.levels:
        if level.nodes <= plan.scopes[scope].nodes:
            nodes = frozenset(plan.nodes[node].id for node in level.nodes)
            own = frozenset(plan.nodes[m.node].id for m in level.members if m.node is not None)
            above = inside.get(level.number)
            number = 0 if level.number == body else level.number
            free = level.pace is Pace.TOKENS
            parts[number] = Part(nodes, own, 0 if above == body else above, free)
    return parts


def follow(referee: Referee, records: Iterable[Record]) -> None:
    for record in records:
        match record:
            case VisitStarted():
                referee.begin(record.node_id)
            case VisitCompleted() | VisitFailed():
                referee.end(record.node_id)
            case _:
                pass


async def compare_parts(drawn: Drawn, seed: int) -> int:
    """How many parts the run had; each did what the referee says."""
    workflow = compiled(drawn)
    if workflow is None:
        return 0
    try:
        list(steps(net_of(drawn), drawn.decide))  # is it short enough?
        outcome = await run(drawn.document, registry=slow_registry(Random(seed)))
        parts = parts_of(outcome.workflow.plan)
        referee = Referee(net_of(drawn), drawn.decide, parts)
        follow(referee, outcome.records)
    except TooLongError:
        return 0
    referee.close()
    return len(parts)


@pytest.mark.parametrize("segment", [regions.SEGMENT, 2])
@pytest.mark.parametrize("draw_one", PARTED)
async def test_with_regions_every_part_keeps_its_own_steps(
    draw_one: Draw, segment: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(regions, "SEGMENT", segment)
    parts = [await compare_parts(draw_one(Random(seed)), seed) for seed in range(70)]
    assert sum(count > 1 for count in parts) > 8


@pytest.mark.slow
@pytest.mark.parametrize("draw_one", PARTED)
@pytest.mark.parametrize("first_seed", range(1_000, 4_000, 500))
async def test_with_regions_every_part_keeps_its_own_steps_in_a_storm(
    draw_one: Draw, first_seed: int
):
    for seed in range(first_seed, first_seed + 500):
        await compare_parts(draw_one(Random(seed)), seed)


async def test_every_body_of_a_container_keeps_its_own_steps():
    assert sum([await compare_bodies(seed) for seed in range(50)]) > 30


async def compare_bodies(seed: int) -> int:
    """How many bodies were over; in each, and outside, all began when it had to."""
    nested = draw_nested(Random(seed))
    outcome = await run(nested.document, clock=PatientClock())
    opened = {record.body: record for record in outcome.all(BodyOpened)}
    ends = {record.body: record.end for record in outcome.all(BodyClosed)}
    for path, record in opened.items():
        body = body_of(nested.top, record.node_id, record.slot)
        assert body is not None
        records = [record for record in outcome.records if record.path == path]
        referee = referee_of(outcome, body, records, record)
        follow(referee, until_it_fails(records, body))
        if ends[path] is BodyEnd.COMPLETED:
            referee.close()
    return sum(end is BodyEnd.COMPLETED for end in ends.values())


def referee_of(
    outcome: Outcome, body: Body, records: Sequence[Record], opened: BodyOpened
) -> Referee:
    plan = outcome.workflow.plan
    failed = {(r.node_id, r.visit) for r in records if isinstance(r, VisitFailed)}
    index = index_in(opened.body) if body.names.index else 0

    def decide(node_id: str, visit: int) -> list[int]:
        number = visit + index
        return body.taken(node_id, number, failed=(node_id, visit) in failed)

    numbers = (n for n, scope in enumerate(plan.scopes) if scope.container is not None)
    scope = next(
        n
        for n in numbers
        if plan.nodes[plan.scopes[n].container or 0].id == opened.node_id
        and plan.scopes[n].slot == opened.slot
    )
    return Referee(net_of(body.drawn), decide, parts_of(plan, scope))


def index_in(path: str) -> int:
    """The index of the innermost item around a body."""
    return int(path.rsplit("[", 1)[1].split("]", maxsplit=1)[0])


def until_it_fails(records: Iterable[Record], body: Body) -> Iterable[Record]:
    """What comes before a node fails for good, or returns: then the rest is stopped."""
    for record in records:
        if isinstance(record, VisitFailed) and not record.decisions:
            return
        if isinstance(record, VisitCompleted) and record.node_id in body.returns:
            return
        yield record


def body_of(scope: Body, container: str, slot: str) -> Body | None:
    for node_id, found in scope.containers.items():
        if node_id == container:
            return found.slots[slot]
        for inner in found.slots.values():
            if (deeper := body_of(inner, container, slot)) is not None:
                return deeper
    return None


EAGER = "fires on any token"
PATIENT = "waits until there is no other token at all"


@pytest.mark.parametrize("manner", [EAGER, PATIENT])
async def test_the_comparison_sees_a_join_that_keeps_no_time(
    manner: str, monkeypatch: pytest.MonkeyPatch
):
    def fires(rule: JoinRule, tokens: Collection[int], _: object = None) -> bool:
        held = set(tokens) & set(rule.incoming)
        return bool(held) and (manner == EAGER or set(tokens) == held)

    monkeypatch.setattr(JoinRule, "fires", fires)
    with pytest.raises(UntimelyError):
        await compare_many(compare_parts)
    with pytest.raises(AssertionError, match="seed"):
        await compare_many(compare_steps)


async def compare_many(compare: Callable[[Drawn, int], Awaitable[int]]) -> None:
    for seed in range(100):
        await compare(draw(Random(seed)), seed)
