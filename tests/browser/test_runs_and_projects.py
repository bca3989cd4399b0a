"""The page in a real Chromium: runs are searched and filtered, and shown project by project."""

from __future__ import annotations

import re
from pathlib import Path

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from api.app import create_app
from api.server import listen, serving
from services.domain.access import LOCAL, Scope
from tests.integration.api.site import FAILING, GREETING, HOLDING, Site
from tests.support.service import created, service


async def test_what_is_searched_for_is_in_the_address_step_by_step(page: Page, site: Site) -> None:
    await _store_three_runs(site)
    rows = page.locator(".list > li")
    await page.goto("/runs")
    await expect(rows).to_have_count(3)
    await page.get_by_label("Show runs with status").select_option("Paused")
    await expect(page.get_by_text("No run matches this filter")).to_be_visible()
    await page.get_by_label("Show runs with status").select_option("Failed")
    await expect(rows).to_have_count(1)
    search = page.get_by_role("searchbox")
    await search.fill("printer")
    await page.wait_for_url(re.compile("status=failed&text=printer"))
    await expect(rows).to_contain_text(["on fire"])
    await page.get_by_label("Show runs since").select_option("The last day")
    await page.get_by_label("Show runs of workflow").select_option("greeting")
    await expect(rows).to_have_count(0)
    await page.reload()
    await expect(search).to_have_value("printer")
    await page.go_back()
    await rows.first.get_by_role("link").click()
    await expect(page.get_by_role("heading", name="failing")).to_be_visible()
    for _ in range(3):
        await page.go_back()
    await expect(search).to_have_value("")
    await expect(page.get_by_label("Show runs with status")).to_have_value("failed")
    await _leave_out_what_there_is_not(page)
    await expect(rows).to_have_count(3)


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


async def _store_three_runs(site: Site) -> None:
    await site.run(GREETING, {"name": "Ada"})
    await site.run(FAILING)
    await site.pending(HOLDING)


async def _leave_out_what_there_is_not(page: Page) -> None:
    await page.goto("/runs?status=done")
    await expect(page.get_by_text("There is no status “done”")).to_be_visible()
    await _expect_no_finding(page)
    await page.get_by_role("button", name="Leave it out").click()


async def _expect_no_finding(page: Page) -> None:
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        await page.reload()
        await page.wait_for_load_state("networkidle")
        found = await Axe().run(page)
        assert found.violations_count == 0, f"{scheme} {page.url}\n{found.generate_report()}"
