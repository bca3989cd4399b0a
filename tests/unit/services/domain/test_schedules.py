"""When schedules begin runs, in time zones whose clocks go forward and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.schedules import Timetable
from services.errors import ScheduleError

BERLIN = "Europe/Berlin"
"""Clocks go from 2:00 to 3:00 on 29 March 2026, and from 3:00 to 2:00 on 25 October 2026."""


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def following(cron: str, after: str, number: int = 1, time_zone: str = BERLIN) -> list[datetime]:
    timetable, found = Timetable(cron=cron, time_zone=time_zone), [moment(after)]
    while len(found) <= number:
        following = timetable.after(found[-1])
        assert following is not None
        found.append(following)
    return found[1:]


def test_the_fields_are_read_in_the_time_zone() -> None:
    assert following("30 6 * * MON-FRI", "2026-11-20T12:00+01:00", time_zone="UTC") == [
        moment("2026-11-23T06:30+00:00")
    ]
    assert following("30 6 * * *", "2026-11-20T12:00+01:00") == [moment("2026-11-21T06:30+01:00")]


def test_a_moment_that_does_not_exist_comes_as_soon_as_there_is_a_time_again() -> None:
    assert following("30 2 * * *", "2026-03-28T12:00+01:00", 2) == [
        moment("2026-03-29T03:00+02:00"),
        moment("2026-03-30T02:30+02:00"),
    ]


def test_a_moment_that_comes_twice_counts_once() -> None:
    assert following("30 2 * * *", "2026-10-24T12:00+02:00", 2) == [
        moment("2026-10-25T02:30+02:00"),
        moment("2026-10-26T02:30+01:00"),
    ]
    again = following("30 2 * * *", "2026-10-25T02:10+01:00")  # in the second two o'clock
    assert again == [moment("2026-10-26T02:30+01:00")]


def test_what_comes_every_hour_follows_the_hours_that_pass() -> None:
    forward = following("0 * * * *", "2026-03-29T00:30+01:00", 3)
    back = following("0 * * * *", "2026-10-25T00:30+02:00", 4)
    for moments in (forward, back):
        assert {b - a for a, b in pairwise(moments)} == {timedelta(hours=1)}


@pytest.mark.parametrize(
    ("cron", "time_zone", "pointer"),
    [
        ("61 * * * *", "UTC", "/cron"),
        ("* * * *", "UTC", "/cron"),
        ("* * * * * *", "UTC", "/cron"),
        ("@daily", "UTC", "/cron"),
        ("* * */20 * 1L", "UTC", "/cron"),
        ("0 0 30 2 *", "UTC", "/cron"),
        ("0 0 * * *", "Mars/Olympus", "/time_zone"),
        ("0 0 * * *", "", "/time_zone"),
        ("0 0 * * *", "../../etc/passwd", "/time_zone"),
        ("0 0 * * *", "Europe", "/time_zone"),
    ],
)
def test_what_names_no_moment_is_refused_with_its_place(
    cron: str, time_zone: str, pointer: str
) -> None:
    with pytest.raises(ScheduleError) as refused:
        Timetable(cron=cron, time_zone=time_zone).checked(moment("2026-01-01T00:00+00:00"))
    assert [problem.pointer for problem in refused.value.problems] == [pointer]


def test_of_missed_moments_the_newest_counts() -> None:
    hourly = Timetable(cron="0 * * * *", time_zone=BERLIN)
    due, now = moment("2026-01-01T00:00+00:00"), moment("2026-11-21T12:34:56+00:00")
    assert hourly.newest(due, now) == moment("2026-11-21T12:00+00:00")
    assert hourly.newest(due, due) == due
    on_time = moment("2026-11-21T12:00+00:00")
    assert hourly.newest(due, on_time) == on_time


CRONS = ("*/7 * * * *", "30 2 * * *", "0 */6 * * *", "15 3 1 * *", "0 0 * * SUN")
ZONES = (BERLIN, "America/New_York", "Australia/Lord_Howe", "UTC")


@given(
    st.sampled_from(CRONS),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - aware below
    st.integers(0, 20),
    st.floats(0, 1),
)
def test_the_newest_is_what_counting_forward_finds(
    cron: str, time_zone: str, start: datetime, number: int, share: float
) -> None:
    timetable = Timetable(cron=cron, time_zone=time_zone)
    before = start.replace(tzinfo=UTC)
    due, *others = following(cron, before.isoformat(), number + 2, time_zone)
    assert before < due < others[0]
    assert others == sorted(set(others))
    now = others[number - 1] if number else due
    later = now + (others[number] - now) * share * 0.999
    assert timetable.newest(due, later) == now
