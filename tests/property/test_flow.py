"""What the checks take for granted about the flow of data holds in runs."""

from random import Random

import pytest

from tests.property.definitions import draw
from tests.unit.workflow_compiler.running import run
from workflow_compiler import default_registry, parse
from workflow_compiler.checks import Subject
from workflow_compiler.checks.flow import surely_completed
from workflow_compiler.trace import VisitCompleted, VisitFailed, VisitStarted

ENDLESS = 370
"""The workflow of this seed goes round for ever."""


@pytest.mark.parametrize(
    "first_seed",
    [0, 50, *(pytest.param(first, marks=pytest.mark.slow) for first in range(100, 400, 50))],
)
async def test_what_surely_completed_before_a_node_has(first_seed: int):
    for seed in set(range(first_seed, first_seed + 50)) - {ENDLESS}:
        await holds(seed)


async def holds(seed: int) -> None:
    definition = parse(draw(Random(seed)).document)
    subject = Subject(definition, default_registry())
    before, completed = surely_completed(subject), set[int]()
    outcome = await run(draw(Random(seed)).document)
    for record in outcome.records:
        number = subject.index[record.node_id]
        match record:
            case VisitStarted():
                wanted = {n for n in range(subject.graph.size) if before[number] >> n & 1}
                assert wanted <= completed, f"seed {seed}: {record.node_id}"
            case VisitCompleted():
                completed.add(number)
            case VisitFailed():
                completed.discard(number)
            case _:
                pass
