"""A node reads as `skipped` as soon as no token can reach it, and not before."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from random import Random
from typing import TypeAlias

import networkx as nx
import pytest

from tests.property.definitions import Drawn, draw, draw_any, draw_wild
from tests.property.reference import Game, TooLongError
from tests.property.test_lockstep import compiled, draw_blocks, net_of, slow_registry
from tests.unit.workflow_compiler.running import Document, Outcome, run
from workflow_compiler import DefinitionError
from workflow_compiler.definition import Join
from workflow_compiler.errors import StepLimitError
from workflow_compiler.trace import VisitCompleted

Draw: TypeAlias = Callable[[Random], Drawn]
Read: TypeAlias = dict[tuple[str, int], Mapping[str, str]]
"""What each visit reads of the nodes that nobody has visited yet."""

UNVISITED = {"pending", "skipped"}


def upstream(drawn: Drawn) -> dict[str, list[str]]:
    """The nodes that each node may read."""
    graph = nx.DiGraph([(way.source, way.target) for way in drawn.ways])
    graph.add_nodes_from(vertex.id for vertex in drawn.vertices)
    return {node: sorted(nx.ancestors(graph, node)) for node in graph}


def curious(drawn: Drawn) -> Document:
    """The same workflow, in which every node gives out the statuses of all nodes before it."""
    document, before = drawn.document, upstream(drawn)
    for node in document["nodes"]:
        parts = (f"'{other}': {other}.status" for other in before[node["id"]])
        own = node["config"]["expression"]
        node["config"]["expression"] = f"{{{', '.join(parts)}}} if [{own}] else null"
    return document


def read_in(outcome: Outcome) -> Read:
    ends = outcome.all(VisitCompleted)
    return {(end.node_id, end.visit): only_unvisited(end.output) for end in ends}


def only_unvisited(statuses: Mapping[str, str]) -> Mapping[str, str]:
    return {node: status for node, status in statuses.items() if status in UNVISITED}


def wanted(drawn: Drawn, limit: int = 200) -> Read:
    """The same by the reference, of every visit: as things stand when its superstep begins.

    Raises:
        TooLongError: more than `limit` visits.
    """
    net, before, found = net_of(drawn), upstream(drawn), Read()
    game = Game(net)
    while firing := game.firing():
        dead = game.dead()
        for node in firing:
            found[node, game.visits[node] + 1] = {
                other: "skipped" if other in dead else "pending"
                for other in before[node]
                if not game.visits[other]
            }
        for node in firing:
            game.fire(node)
        game.finish_together({node: drawn.decide(node, game.visits[node]) for node in firing})
        if game.visits.total() > limit:
            raise TooLongError
    return found


async def compare(drawn: Drawn, seed: int) -> int:
    """How many skipped nodes were read; all visits read what the reference says."""
    if compiled(drawn) is None:
        return 0
    try:
        right = wanted(drawn)
    except TooLongError:
        return 0
    found = read_in(await run(curious(drawn)))
    assert found == {visit: right[visit] for visit in found}, seed
    return sum(status == "skipped" for read in found.values() for status in read.values())


@pytest.mark.parametrize("draw_one", [draw, draw_any, draw_wild, draw_blocks])
async def test_every_visit_reads_what_stands_when_its_superstep_begins(draw_one: Draw):
    skipped = [await compare(draw_one(Random(seed)), seed) for seed in range(40)]
    assert sum(map(bool, skipped)) > 4


@pytest.mark.slow
@pytest.mark.parametrize("draw_one", [draw, draw_any, draw_wild, draw_blocks])
@pytest.mark.parametrize("first_seed", range(1_000, 4_000, 500))
async def test_every_visit_reads_what_stands_in_a_storm(draw_one: Draw, first_seed: int):
    for seed in range(first_seed, first_seed + 500):
        await compare(draw_one(Random(seed)), seed)


async def read_slowly(drawn: Drawn, rng: Random) -> Read | None:
    """With regions and races in it; what is called skipped is never visited."""
    try:
        outcome = await run(curious(drawn), registry=slow_registry(rng))
    except (DefinitionError, StepLimitError):
        return None
    found = read_in(outcome)
    for read in found.values():
        skipped = {node for node, status in read.items() if status == "skipped"}
        assert skipped.isdisjoint(outcome.visits)
    return found


@pytest.mark.parametrize("draw_one", [draw, draw_any, draw_blocks])
async def test_what_is_called_skipped_is_never_visited(draw_one: Draw):
    found = [await read_slowly(draw_one(Random(seed)), Random(seed)) for seed in range(40)]
    skips = sum("skipped" in read.values() for reads in found if reads for read in reads.values())
    assert skips > 20


@pytest.mark.parametrize("seed", range(15))
async def test_how_long_nodes_take_changes_nothing_where_there_is_no_race(seed: int):
    drawn = draw(Random(seed))
    patient = replace(drawn, vertices=tuple(replace(v, join=Join.ALL) for v in drawn.vertices))
    first, again = [await read_slowly(patient, Random(speed)) for speed in (1, 2)]
    assert first == again
