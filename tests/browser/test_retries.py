"""Retries on the page: a click goes on in a new run, which says where it comes from."""

from __future__ import annotations

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.integration.api.site import FAILING, GREETING, Site


async def test_a_failed_run_is_retried_by_a_click(page: Page, site: Site) -> None:
    failed = await site.run(FAILING)
    await page.goto(f"/runs/{failed['id']}")

    await page.get_by_role("button", name="Retry", exact=True).click()

    await expect(page.get_by_text("A retry of run")).to_be_visible()
    await expect(page.locator(".work-state")).to_contain_text("Failed")
    await page.get_by_role("link", name=failed["id"]).click()
    await expect(page.get_by_role("heading", name="Went on in")).to_be_visible()


async def test_a_visit_is_run_again_with_all_that_follows(page: Page, site: Site) -> None:
    done = await site.run(GREETING, {"name": "Ada"})
    await page.goto(f"/runs/{done['id']}?node=shout")

    await page.get_by_role("button", name="Re-run from here").click()

    await expect(page.get_by_text("A re-run of run")).to_be_visible()
    await expect(page.locator(".work-state")).to_contain_text("Completed")
    await page.locator('[data-node-id="greet"]').click()
    await expect(page.get_by_text("Kept from run")).to_be_visible()
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
