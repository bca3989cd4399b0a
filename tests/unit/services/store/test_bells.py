"""Processes that share a file hear one another, and nobody hears himself or the dead."""

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.store.bells import Bells

BYTES_IN_A_PIPE = 65_536


async def test_others_are_heard_and_not_oneself(tmp_path: Path):
    one, two = Bells(tmp_path / "bells"), Bells(tmp_path / "bells")
    heard: asyncio.Queue[str] = asyncio.Queue()
    one.ring()  # nobody has ever listened
    with one.heard_by(lambda: heard.put_nowait("one")):
        with two.heard_by(lambda: heard.put_nowait("two")):
            one.ring()
            assert await heard.get() == "two"
        two.ring()
        assert await heard.get() == "one"
    assert heard.empty()
    assert list((tmp_path / "bells").iterdir()) == []


async def test_many_rings_are_as_good_as_one_and_never_block(tmp_path: Path):
    one, two = Bells(tmp_path), Bells(tmp_path)
    heard = asyncio.Event()
    with two.heard_by(heard.set):
        for _ in range(BYTES_IN_A_PIPE + 1):
            one.ring()
        await heard.wait()


def test_the_pipe_of_a_dead_process_is_removed(tmp_path: Path):
    os.mkfifo(tmp_path / "dead")
    Bells(tmp_path).ring()
    assert list(tmp_path.iterdir()) == []


@contextmanager
def no_more_files() -> Iterator[None]:
    """The process may not open another file meanwhile."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def test_who_cannot_ring_neither_fails_nor_silences_others(tmp_path: Path):
    one, two = Bells(tmp_path), Bells(tmp_path)
    heard = asyncio.Event()
    with two.heard_by(heard.set):
        with no_more_files():
            one.ring()
        one.ring()
        await heard.wait()


async def test_where_no_pipe_can_be_nothing_is_heard(tmp_path: Path):
    (tmp_path / "bells").write_text("a file, not a folder")
    bells = Bells(tmp_path / "bells")
    with bells.heard_by(lambda: None):
        bells.ring()
