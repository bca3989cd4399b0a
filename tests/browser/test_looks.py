"""The page in a real Chromium: a run at any moment, and two runs beside each other."""

from __future__ import annotations

import re
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, expect

from tests.integration.api.site import Site

SCORING: dict[str, Any] = {
    "name": "scoring",
    "nodes": [
        {"id": "score", "type": "transform", "config": {"expression": "input.score"}},
        {"id": "good", "type": "template", "config": {"template": "good"}},
        {"id": "bad", "type": "template", "config": {"template": "bad"}},
    ],
    "edges": [
        {"source": "score", "target": "good", "condition": "score.output > 5"},
        {"source": "score", "target": "bad", "default": True},
    ],
}


async def test_a_run_is_compared_with_another_one_of_its_workflow(page: Page, site: Site) -> None:
    low, high = [await site.run(SCORING, {"score": score}) for score in (3, 7)]
    await page.goto(f"/runs/{high['id']}")
    await page.get_by_role("button", name="Compare with…").click()
    await page.get_by_role("dialog").get_by_role("link").first.click()
    await page.wait_for_url(re.compile(rf"/runs/{low['id']}/diff/{high['id']}$"))
    await expect(page.get_by_role("heading", level=1)).to_have_text("3 of 3 visits differ")
    await expect(page.locator('[data-node-id="score"]')).to_contain_text("Differs")
    await expect(page.locator('[data-node-id="bad"]')).to_contain_text("Only in A")
    await expect(page.locator('[data-node-id="good"]')).to_contain_text("Only in B")
    await page.locator('[data-node-id="score"]').click()
    await expect(page.locator(".difference")).to_have_count(1)
    await expect(page.locator(".difference")).to_contain_text("Only B took score->good")


async def test_a_run_is_shown_at_any_moment(page: Page, site: Site) -> None:
    run = await site.run(SCORING, {"score": 7})
    good = page.locator('[data-node-id="good"]')
    await page.goto(f"/runs/{run['id']}?seq=3")
    await expect(page.locator('[data-node-id="score"]')).to_contain_text("Running")
    await expect(good).to_contain_text("Pending")
    slider = page.get_by_label("Moment of the run")
    await slider.focus()
    await slider.press("End")
    await expect(good).to_contain_text("Completed")
    await slider.press("Home")
    await page.get_by_role("button", name="Later").click()
    assert "seq=2" in page.url
    await page.get_by_role("button", name="Back to now").click()
    await expect(good).to_contain_text("Completed")
    assert "seq" not in page.url


async def test_axe_has_nothing_to_say_of_either(page: Page, site: Site) -> None:
    low, high = [await site.run(SCORING, {"score": score}) for score in (3, 7)]
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for path in (f"/runs/{low['id']}/diff/{high['id']}", f"/runs/{low['id']}?seq=4"):
            await page.goto(path)
            await page.wait_for_load_state("networkidle")
            found = await Axe().run(page)
            assert found.violations_count == 0, f"{scheme} {path}\n{found.generate_report()}"
