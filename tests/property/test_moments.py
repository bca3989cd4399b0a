"""How a run stood, told from its log alone, is how it stood while it was executed."""

from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest

from services.domain.debug.moment import Moment, Unfolding
from services.domain.events.runs import RunStarted
from services.domain.events.vocabulary import RunEvent
from services.domain.projection import OPEN, fold
from services.domain.runs import Run
from services.domain.translation.translate import Translator
from tests.property.nested import draw_nested
from tests.property.test_replay import document
from tests.unit.workflow_compiler.running import PatientClock, run
from workflow_compiler import Plan
from workflow_compiler.definition import Join
from workflow_compiler.errors import StepLimitError
from workflow_compiler.trace import BodyClosed, BodyOpened, Record

Place = tuple[str, str, str]
"""A token: path, source, target."""

ACCEPTED = Run(
    id="run",
    project_id="p",
    workflow_id="w",
    version=1,
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
)


class Play:
    """An execution, its translator, and what is made of its log, step by step."""

    def __init__(self, plan: Plan, records: list[Record]) -> None:
        self.plan, self.records = plan, records
        self.translator = Translator(plan, {})
        self.log: list[RunEvent] = [RunStarted(attempt=1, at=ACCEPTED.created_at)]
        self.unfolding = Unfolding(plan, ACCEPTED)
        self.unfolding.take(self.log)

    def step(self, record: Record) -> Moment:
        events: list[Any] = list(self.translator.hear(record))
        self.log += events
        self.unfolding.take(events)
        return self.unfolding.moment()

    def real_tokens(self) -> set[Place]:
        games = self.translator._places._tokens.items()
        return {self.place(path, edge) for path, game in games for edge in game.waiting()}

    def place(self, path: str, edge: int) -> Place:
        source, target = self.plan.graph.edges[edge]
        return path, self.plan.nodes[source].id if source >= 0 else "", self.plan.nodes[target].id

    def is_certain(self, place: Place) -> bool:
        """What a join of kind `any` swallows, the translator does not see."""
        _, _, target = place
        return next(n.join for n in self.plan.nodes if n.id == target) is not Join.ANY


def check(play: Play, record: Record, moment: Moment) -> None:
    """The moment agrees with the execution, with the fold of the log, and with itself."""
    if isinstance(record, BodyOpened | BodyClosed):
        return
    known = {"", *(body.path for body in moment.bodies)}
    told = {(t.path, t.source or "", t.target) for t in moment.tokens}
    real = {place for place in play.real_tokens() if place[0] in known}
    assert set(filter(play.is_certain, told)) == set(filter(play.is_certain, real))
    _, states = fold(ACCEPTED, play.log)
    latest = {(v.state.node_id, v.state.path): v.state for v in moment.nodes if v.state.visit}
    opened = {state.key for state in states.values() if state.status in OPEN}
    assert {v.state.key for v in moment.nodes if v.is_open} == opened
    assert all(states[state.key] == state for state in latest.values())
    assert all(join.holds and join.awaits for join in moment.joins)


async def moments_of(document: dict[str, Any]) -> tuple[Play, Any] | None:
    try:
        outcome = await run(document, clock=PatientClock())
    except StepLimitError:
        return None
    play = Play(outcome.workflow.plan, outcome.records)
    for record in outcome.records:
        check(play, record, play.step(record))
    return play, outcome


@pytest.mark.parametrize("first", [0, pytest.param(30, marks=pytest.mark.slow)])
async def test_every_moment_of_a_run_is_as_it_was(first: int):
    for seed in range(first, first + 30):
        if (played := await moments_of(document(seed))) is None:
            continue
        play, outcome = played
        if outcome.error is None:
            assert play.unfolding.moment().variables == {"seen": None} | outcome.state["vars"]


@pytest.mark.parametrize("first", [0, pytest.param(15, marks=pytest.mark.slow)])
async def test_every_moment_of_a_nested_run_is_as_it_was(first: int):
    for seed in range(first, first + 15):
        await moments_of(draw_nested(Random(seed)).document)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(300, 900, 100))
async def test_every_moment_of_a_run_is_as_it_was_in_a_storm(first: int):
    disagreeing = 0
    for seed in range(first, first + 100):
        try:
            await moments_of(document(seed))
        except AssertionError:
            disagreeing += 1
    # A token may come to a join in the moment in which it begins: whether it took that one too is
    # nothing that the log tells.
    assert disagreeing <= 2
