from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from filelock import FileLock
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.integration.api.site import Site, open_site
from tests.support.chromium import arguments, chromium

LONGEST_MS = 60_000
"""How long a page may take on a machine that is busy with tests: what never comes fails anyway."""

expect.set_options(timeout=LONGEST_MS)

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One browser is for all tests of a process, and lives in one loop: so do they."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session")
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    with FileLock(tmp_path_factory.getbasetemp().parent / "chromium.lock"):
        path = chromium()
    async with async_playwright() as playwright:
        opened = await playwright.chromium.launch(executable_path=path, args=arguments())
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="session")
async def page(browser: Browser, site: Site) -> AsyncIterator[Page]:
    """A page of its own in the one browser; its every error fails the test."""
    errors: list[str] = []
    context = await browser.new_context(base_url=site.url, viewport={"width": 1280, "height": 800})
    opened = await context.new_page()
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.on("console", lambda line: errors.append(line.text) if line.type == "error" else None)
    opened.set_default_timeout(LONGEST_MS)
    yield opened
    await context.close()
    assert errors == []
