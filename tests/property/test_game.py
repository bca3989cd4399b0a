"""A level without supersteps lets the same parts fire as the reference, whatever ends first."""

from collections.abc import Callable
from random import Random
from typing import TypeAlias

import pytest

from tests.property.definitions import Drawn, draw, draw_any, draw_wild
from tests.property.reference import Game
from tests.property.test_lockstep import compiled, draw_blocks, net_of
from workflow_compiler import Plan
from workflow_compiler.topology import Board, TokenGame, Tokens

Draw: TypeAlias = Callable[[Random], Drawn]


def board_of(plan: Plan) -> Board:
    parts = [frozenset({node.number}) for node in plan.nodes]
    return Board(plan.graph, plan.joins, parts, plan.graph.entries)


def follow(drawn: Drawn, rng: Random, limit: int = 150) -> int:
    """How many nodes died, each of them as soon as no token could come to it any more."""
    if (workflow := compiled(drawn)) is None:
        return 0
    plan, game = workflow.plan, Game(net_of(drawn))
    ids = [node.id for node in plan.nodes]
    tokens, dead = Tokens(plan.graph, plan.scopes[0], plan.swallowers), set[str]()
    while (choices := game.choices()) and game.visits.total() < limit:
        node = rng.choice(choices)
        if node in game.busy:
            taken = drawn.decide(node, game.visits[node])
            game.finish(node, taken)
            dead |= {ids[number] for number in tokens.finish(ids.index(node), taken)}
        else:
            game.fire(node)
            tokens.start(ids.index(node), game.busy[node])
        assert dead <= game.dead()
        if node not in game.busy:
            assert dead == game.dead()
    return len(dead)


def play(drawn: Drawn, rng: Random, limit: int = 150) -> int:
    """How many visits were made, by both games alike."""
    if (workflow := compiled(drawn)) is None:
        return 0
    ids = [node.id for node in workflow.plan.nodes]
    ours, game = TokenGame(board_of(workflow.plan)), Game(net_of(drawn))
    while game.visits.total() < limit:
        ready = {node for node in game.firing() if node not in game.busy}
        assert {ids[part] for part in ours.ready()} == ready
        if not (choices := sorted({*ready, *game.busy})):
            break
        node = rng.choice(choices)
        if node in game.busy:
            taken = drawn.decide(node, game.visits[node])
            game.finish(node, taken)
            assert ours.finish(ids.index(node), taken) == []
        else:
            game.fire(node)
            assert set(ours.fire(ids.index(node))) == game.busy[node]
    return game.visits.total()


@pytest.mark.parametrize("draw_one", [draw, draw_any, draw_blocks])
def test_the_same_parts_may_fire_at_any_moment(draw_one: Draw):
    visits = [play(draw_one(Random(seed)), Random(seed)) for seed in range(120)]
    assert sum(count > 3 for count in visits) > 80


@pytest.mark.parametrize("draw_one", [draw, draw_any, draw_wild, draw_blocks])
def test_a_node_is_dead_as_soon_as_no_token_can_come_to_it(draw_one: Draw):
    dead = [follow(draw_one(Random(seed)), Random(seed)) for seed in range(100)]
    assert sum(map(bool, dead)) > 20


@pytest.mark.slow
@pytest.mark.parametrize("draw_one", [draw, draw_any, draw_wild, draw_blocks])
@pytest.mark.parametrize("first_seed", range(1_000, 11_000, 1_000))
def test_the_same_parts_may_fire_at_any_moment_in_a_storm(draw_one: Draw, first_seed: int):
    for seed in range(first_seed, first_seed + 1_000):
        play(draw_one(Random(seed)), Random(seed))
        follow(draw_one(Random(seed)), Random(seed))
