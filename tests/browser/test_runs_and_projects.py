"""The page in a real Chromium: what there is, project by project."""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from api.app import create_app
from api.server import listen, serving
from services.domain.access import LOCAL, Scope
from tests.integration.api.site import GREETING
from tests.support.service import created, service


async def test_a_key_for_all_projects_opens_each(browser: Browser, tmp_path: Path) -> None:
    async with service(tmp_path, shutdown_grace_seconds=0.0) as services:
        await services.projects.create(LOCAL, "billing", "Billing")
        published = await services.workflows.publish("billing", GREETING)
        run = await services.runs.create("billing", published.version.workflow_id, {})
        await created(services, GREETING | {"name": "welcome"})
        _, key = await services.access.create_key(LOCAL, "page", None, frozenset({Scope.RUN}))
        async with serving(create_app(services), listen("127.0.0.1", 0)) as url:
            context = await browser.new_context(base_url=url)
            page = await context.new_page()
            await page.goto("/")
            await page.get_by_label("API key").fill(key)
            await page.get_by_role("button", name="Open").click()
            await expect(page.get_by_role("link", name="welcome").first).to_be_visible()
            await page.get_by_label("Project").select_option("Billing")
            await expect(page.get_by_role("link", name="greeting").first).to_be_visible()
            await expect(page.get_by_role("link", name="welcome")).to_have_count(0)
            await page.goto("/runs")
            await expect(page.locator(".list > li")).to_contain_text(["greeting"])
            await _expect_no_finding(page)
            await page.get_by_label("Project").select_option("default")
            await expect(page.locator(".list > li")).to_contain_text(["welcome"])
            await page.goto(f"/runs/{run.id}")
            await expect(page.locator('[data-node-id="greet"]')).to_be_visible()
            await expect(page.get_by_label("Project")).to_have_value("billing")
            await context.close()


async def _expect_no_finding(page: Page) -> None:
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{scheme} {page.url}\n{found.generate_report()}"
