"""One body of tests for every database."""

from collections.abc import AsyncIterator

import pytest

from tests.support.stores import Store, open_store


@pytest.fixture
def url(database_url: str) -> str:
    return database_url


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    async with open_store(url) as opened:
        yield opened
