import time

import pytest

from services.domain.events.vocabulary import Token
from services.live.elsewhere import MESSAGE_BYTES, WANTED_SECONDS, Elsewhere
from services.live.hub import Hub
from services.live.topics import of_run
from tests.unit.services.live.test_hub import AT


async def test_who_has_fallen_silent_is_told_nothing_more(monkeypatch: pytest.MonkeyPatch):
    here, there = Elsewhere(), Elsewhere()
    said: list[str] = []
    async with there.speaking(said.extend):
        there.begin(of_run("r"))
    for message in said:
        here.hear(message)

    assert here.wants("r", "p")
    assert not here.wants("s", "p")
    later = time.monotonic() + WANTED_SECONDS
    monkeypatch.setattr(time, "monotonic", lambda: later)
    assert not here.wants("r", "p")


async def test_a_message_that_does_not_fit_is_left_out():
    said: list[str] = []
    elsewhere = Elsewhere()
    elsewhere.hear("watched\nrun r")
    async with elsewhere.speaking(said.extend):
        said.clear()
        elsewhere.say("r", "p", [Token(at=AT, node_id="a" * MESSAGE_BYTES, visit=1, text="x")])
        assert said == []
        elsewhere.say("r", "p", [Token(at=AT, node_id="a", visit=1, text="\x00" * 2_500)])

    assert len(said) == 3
    assert all(len(message.encode()) <= MESSAGE_BYTES for message in said)


async def test_who_hears_again_asks_what_is_watched():
    here, there = Elsewhere(), Elsewhere()
    asked: list[str] = []
    told: list[str] = []
    hub = Hub(elsewhere=here)
    there.begin(of_run("r"))
    async with here.speaking(asked.extend), there.speaking(told.extend):
        asked.clear()
        told.clear()
        hub.lose_track()
        for message in asked:
            there.hear(message)
        for message in told:
            hub.hear(message)

    assert here.wants("r", "p")
