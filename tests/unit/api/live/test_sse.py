import pytest

from api.live.sse import words
from api.live.told import Head, Resync, Told
from services.domain.events.frames import Frame


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        (Frame(7, "log", '{"seq":7}', "r"), 'id: 7\ndata: {"seq":7}\n\n'),
        (Frame(None, "node.token", "{}", "r"), "data: {}\n\n"),
        (Head(3), 'retry: 1000\nevent: subscribed\ndata: {"head_seq":3}\n\n'),
        (Resync(None), 'event: resync\ndata: {"from": null}\n\n'),
    ],
)
def test_what_is_told_is_spelt_as_the_standard_says(item: Told, expected: str):
    assert words(item) == expected
