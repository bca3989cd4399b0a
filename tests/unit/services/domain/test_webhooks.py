import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.webhooks import (
    MAX_ATTEMPTS,
    Again,
    Answer,
    Delivered,
    GivenUp,
    judge,
    unknown_types,
    wants,
    why_no_address,
)


@given(st.integers(200, 299), st.integers(1, MAX_ATTEMPTS), st.floats(0, 1))
def test_an_answer_of_the_two_hundreds_ends_it(status: int, attempt: int, chance: float) -> None:
    assert judge(Answer(status=status), attempt, MAX_ATTEMPTS, chance) == Delivered()


@given(st.integers(1, MAX_ATTEMPTS))
def test_a_receiver_that_is_gone_is_believed_at_once(attempt: int) -> None:
    assert judge(Answer(status=410), attempt, MAX_ATTEMPTS, 0.5) == GivenUp(is_gone=True)


@given(st.none() | st.sampled_from([100, 301, 400, 404, 429, 500, 503]), st.integers(0, 50))
def test_all_else_is_tried_again_for_about_a_day(status: int | None, before: int) -> None:
    last = before + MAX_ATTEMPTS
    verdicts = [
        judge(Answer(status=status), attempt, last, 0.5) for attempt in range(before + 1, last + 1)
    ]
    pauses = [verdict.seconds for verdict in verdicts if isinstance(verdict, Again)]
    assert pauses == [5, 25, 125, 625, 3_125, 15_625, 78_125]
    assert 24 < sum(pauses) / 3_600 < 30
    assert verdicts[-1] == GivenUp(is_gone=False)


@given(st.floats(0, 1), st.integers(1, MAX_ATTEMPTS - 1))
def test_chance_spreads_the_attempts(chance: float, attempt: int) -> None:
    verdict = judge(Answer(status=None), attempt, MAX_ATTEMPTS, chance)
    assert isinstance(verdict, Again)
    assert 0.8 * 5**attempt <= verdict.seconds <= 1.2 * 5**attempt * 1.0001


def test_types_are_wanted_one_by_one_or_in_families() -> None:
    assert wants(["workflow.run.failed", "workflow.run.completed"], "run.completed")
    assert wants(["*"], "log")
    assert wants(["workflow.node.*"], "node.started")
    assert not wants(["workflow.node.*", "workflow.run.completed"], "run.failed")
    assert not wants([], "run.failed")
    wrong = ["run.completed", "workflow.nodes.*", "workflow", "", "workflow.node.token"]
    assert unknown_types(["*", "workflow.*", "workflow.log", *wrong]) == wrong


@pytest.mark.parametrize("url", ["http://a", "https://a.example/x?y=1", "http://[::1]:80/"])
def test_an_address_is_one(url: str) -> None:
    assert why_no_address(url) is None


@pytest.mark.parametrize(
    "url",
    ["", "a", "/x", "ftp://a", "http://", "http://u:p@a", "http://u@a", "http://a:x", "http://[x"],
)
def test_what_is_none_is_told_why(url: str) -> None:
    assert why_no_address(url)
