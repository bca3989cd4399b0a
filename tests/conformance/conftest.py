"""One body of tests for every database: another one is another line in `BACKENDS`."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.support.stores import Store, open_store

BACKENDS: dict[str, Callable[[Path], str]] = {
    "sqlite": lambda folder: f"sqlite:///{folder / 'workflow.db'}",
}


@pytest.fixture(params=BACKENDS)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    return BACKENDS[request.param](tmp_path)


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with open_store(url) as opened:
        yield opened
