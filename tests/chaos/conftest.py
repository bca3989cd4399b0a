"""Where storms are had, and how runs end without one."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.chaos.driver import undisturbed
from tests.chaos.invariants import Result
from tests.chaos.places import OpenPlace, on_a_file, on_a_server
from tests.support import postgres


@pytest.fixture(scope="session")
def own_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """A server that storms may restart, of this process only: its folder and its URL."""
    folder = tmp_path_factory.mktemp("server")
    yield folder, postgres.start(folder).url
    postgres.stop(folder)


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[tuple[str, int], Result]:
    """How runs end that nothing disturbs."""
    return asyncio.run(undisturbed(tmp_path_factory.mktemp("calm")))


@pytest.fixture(params=["sqlite", "postgres"])
def open_place(request: pytest.FixtureRequest) -> OpenPlace:
    """Makes a new database for so many workers, of each kind in turn."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        return lambda _workers: on_a_file(url)
    folder, server_url = request.getfixturevalue("own_server")
    return lambda workers: on_a_server(folder, server_url, workers)
