"""What the compiler takes for granted in well-made workflows is what the reference does."""

from random import Random

import pytest

from tests.property.reference import TooLongError
from tests.property.structured import Blocks
from tests.property.test_semantics import outcomes, visits_of
from workflow_compiler import compile_workflow, default_registry, parse
from workflow_compiler.checks import Subject


async def test_visits_agree_with_the_reference():
    assert sum([await agrees(seed) for seed in range(60)]) > 40


@pytest.mark.slow
@pytest.mark.parametrize("first_seed", range(1_000, 5_000, 250))
async def test_visits_agree_with_the_reference_in_a_storm(first_seed: int):
    for seed in range(first_seed, first_seed + 250):
        await agrees(seed)


async def agrees(seed: int) -> bool:
    """Whether the run of this seed is short enough to be compared; it comes to the same end."""
    drawn = Blocks(Random(seed)).drawn()
    try:
        wanted = outcomes(drawn, seed)
    except TooLongError:
        return False
    assert len(wanted) == 1, f"seed {seed}"
    assert await visits_of(compile_workflow(parse(drawn.document))) == wanted[0], f"seed {seed}"
    return True


def test_all_of_their_nodes_are_calm():
    subjects = [
        Subject(parse(Blocks(Random(seed)).drawn().document), default_registry())
        for seed in range(50)
    ]
    assert sum(bool(subject.loops) for subject in subjects) > 25
    assert all(len(subject.certain.calm) == subject.graph.size for subject in subjects)
