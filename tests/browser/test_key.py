"""A server that wants keys, in a real browser: the page asks for one and keeps it to itself."""

from __future__ import annotations

from pathlib import Path

from playwright.async_api import Browser, expect

from api.app import create_app
from api.server import listen, serving
from services.domain.access import LOCAL, Scope
from tests.integration.api.site import GREETING
from tests.support.service import service


async def test_the_page_asks_for_a_key_and_opens_its_project(
    browser: Browser, tmp_path: Path
) -> None:
    async with service(tmp_path, shutdown_grace_seconds=0.0) as services:
        await services.projects.create(LOCAL, "billing")
        await services.workflows.publish("billing", GREETING)
        scopes = frozenset({Scope.RUN})
        _, key = await services.access.create_key(LOCAL, "page", "billing", scopes)
        async with serving(create_app(services), listen("127.0.0.1", 0)) as url:
            context = await browser.new_context(base_url=url)
            page = await context.new_page()
            asked: list[str] = []
            page.on("request", lambda request: asked.append(request.url))
            await page.goto("/")
            await page.get_by_label("API key").fill("wrong")
            await page.get_by_role("button", name="Open").click()
            fault = page.get_by_role("dialog").get_by_role("alert")
            await expect(fault).to_contain_text("does not know this key")
            await page.get_by_label("API key").fill(key)
            await page.get_by_role("button", name="Open").click()
            await expect(page.get_by_role("link", name="greeting")).to_be_visible()
            assert not [address for address in asked if key in address]
            other = await context.new_page()
            await other.goto("/")
            await expect(other.get_by_label("API key")).to_be_visible()
            await context.close()
