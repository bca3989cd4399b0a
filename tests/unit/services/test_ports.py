from datetime import UTC, datetime, timedelta
from uuid import RFC_4122, UUID

from services.ports import TimeOrderedIds


class StandingClock:
    def __init__(self) -> None:
        self.at = datetime(2026, 5, 1, tzinfo=UTC)

    def now(self) -> datetime:
        return self.at


def test_ids_are_uuids_of_version_7_with_the_time_in_front():
    clock = StandingClock()
    made = UUID(TimeOrderedIds(clock).new())

    assert (made.version, made.variant) == (7, RFC_4122)
    assert made.int >> 80 == clock.at.timestamp() * 1000


def test_ids_rise_within_a_millisecond_and_when_the_clock_goes_back():
    clock = StandingClock()
    ids = TimeOrderedIds(clock)
    made = [ids.new() for _ in range(1000)]
    clock.at -= timedelta(hours=1)
    made += [ids.new() for _ in range(1000)]

    assert made == sorted(set(made))
