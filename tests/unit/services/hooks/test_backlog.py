from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from services.domain.events.frames import Frame
from services.hooks.backlog import Backlog, Live, Stored


def frames(first: int, number: int) -> list[Frame]:
    return [Frame(seq, "log", "{}", "a") for seq in range(first, first + number)]


def taken(waiting: Live | Stored) -> list[int]:
    match waiting:
        case Live(frame=frame):
            return [frame.seq or 0]
        case Stored(ranges=ranges):
            return [seq for wanted in ranges for seq in wanted]


ACTS = st.lists(st.tuples(st.sampled_from("abcd"), st.integers(0, 6)) | st.none(), max_size=60)


@given(ACTS)
def test_each_event_comes_out_once_and_in_order_whatever_the_pace(
    acts: list[tuple[str, int] | None],
) -> None:
    backlog = Backlog(capacity=5)
    given_to: dict[str, int] = defaultdict(int)
    heard: dict[str, list[int]] = defaultdict(list)
    for act in [*acts, *[None] * 400]:
        if act is not None:
            run_id, number = act
            assert backlog.add(run_id, frames(given_to[run_id] + 1, number)) == []
            given_to[run_id] += number
        elif backlog:
            waiting = backlog.next()
            heard[waiting.run_id] += taken(waiting)
    assert {run_id: list(range(1, last + 1)) for run_id, last in given_to.items() if last} == heard


def test_gaps_of_other_writers_are_left_out() -> None:
    backlog = Backlog(capacity=1)
    backlog.add("a", [*frames(1, 2), *frames(5, 1)])
    assert backlog.next() == Stored("a", (range(1, 3), range(5, 6)))


def test_beyond_its_bound_it_gives_up_what_it_knows_longest_and_says_so() -> None:
    backlog = Backlog(capacity=0, runs=2)
    lost = [each for run_id in "abc" for each in backlog.add(run_id, frames(1, 2))]
    assert lost == [Stored("a", (range(1, 3),))]
    assert [backlog.next().run_id for _ in range(2)] == ["b", "c"]
    assert not backlog


def test_what_no_log_has_is_only_kept_live() -> None:
    backlog = Backlog(capacity=1)
    backlog.add("a", [Frame(None, "node.token", "{}", "a"), *frames(1, 1)])
    assert backlog.next() == Stored("a", (range(1, 2),))
