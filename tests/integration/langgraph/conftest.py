from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from langgraph_sdk import get_client

from tests.integration.api.site import FAILING, HOLDING, Site, open_site
from tests.integration.langgraph.workflows import ASKING, ASKING_TWO, CHAT, PARENT, Client


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    """A server that knows the workflows, and lets go of a run as soon as it only waits."""
    async with open_site(tmp_path, wait_linger_seconds=0.0) as opened:
        for definition in (CHAT, ASKING, ASKING_TWO, PARENT, HOLDING, FAILING):
            await opened.stored(definition)
        yield opened


@pytest.fixture
async def client(site: Site) -> AsyncIterator[Client]:
    """LangGraph's own client, as it is."""
    async with get_client(url=f"{site.url}/langgraph") as opened:
        yield opened


@pytest.fixture
async def thread(client: Client) -> str:
    return str((await client.threads.create())["thread_id"])
