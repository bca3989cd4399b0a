"""The debugger on the page: a run is stopped by a click, changed, stepped through and forked."""

from __future__ import annotations

import re
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from tests.integration.api.site import FAILING, GREETING, Site

LETTER: dict[str, Any] = {
    "name": "letter",
    "variables": {"tone": {"default": "kindly"}},
    "nodes": [
        {"id": "greet", "type": "template", "config": {"template": "Dear {{ input.name }}"}},
        {
            "id": "sign",
            "type": "template",
            "config": {"template": "{{ greet.output.text }}, {{ vars.tone }}"},
        },
        {"id": "send", "type": "transform", "config": {"expression": "upper(sign.output.text)"}},
    ],
    "edges": [{"source": "greet", "target": "sign"}, {"source": "sign", "target": "send"}],
}


async def test_a_run_is_stopped_changed_stepped_and_forked(page: Page, site: Site) -> None:
    run = await site.pending(LETTER, {"name": "Ada"})
    await page.goto(f"/runs/{run['id']}")
    sign, send = (page.locator(f'[data-node-id="{node}"]') for node in ("sign", "send"))

    await sign.hover()
    await page.get_by_role("button", name="Breakpoint: before, sign").click()
    await page.get_by_role("button", name="Start", exact=True).click()

    await expect(page.get_by_text("Stopped before its work, by a breakpoint")).to_be_visible()
    await expect(page.get_by_label("Variables")).to_have_value(re.compile("kindly"))
    await page.get_by_label("Input", exact=True).fill('{"template": "Hello"}')
    await page.get_by_role("button", name="Apply the input").click()
    await expect(page.get_by_role("button", name="Undo")).not_to_be_visible()

    await page.get_by_role("heading", name="sign").press("F10")
    await expect(page.get_by_text("Stopped before its work, by a step")).to_be_visible()
    await expect(sign).to_contain_text("Completed")
    await expect(send).to_contain_text("Paused")

    await page.get_by_role("button", name="Continue").click()
    await expect(page.locator(".work-state")).to_contain_text("Completed")
    await sign.click()
    await page.get_by_role("button", name="Fork before this…").click()
    await page.get_by_label("Value (JSON)").fill('{"template": "Goodbye"}')
    await page.get_by_label("With the breakpoints of this run").uncheck()
    await page.get_by_role("button", name="Fork", exact=True).click()

    await expect(page.get_by_text("GOODBYE")).to_be_visible()
    await page.get_by_role("link", name=run["id"]).click()
    await expect(page.get_by_text("HELLO")).to_be_visible()


async def test_a_workflow_keeps_breakpoints_for_runs_that_are_debugged(
    page: Page, site: Site
) -> None:
    workflow = await site.stored(LETTER)
    await page.goto(f"/workflows/{workflow}?node=send")
    await page.get_by_role("button", name="After", exact=True).click()
    await page.get_by_label("If").fill("send.output == 'DEAR ADA, KINDLY'")
    await page.get_by_label("If").press("Enter")
    await expect(page.locator(".break-dot-after")).to_have_attribute(
        "title", re.compile("if send.output")
    )
    await page.get_by_role("button", name="Debug letter").click()
    await expect(page.get_by_label("kept with the workflow")).to_be_checked()
    await page.get_by_label("Input (JSON)").fill('{"name": "Ada"}')
    await page.get_by_role("button", name="Start run").click()

    await expect(page.get_by_text("Stopped after its work, by a breakpoint")).to_be_visible()
    await page.get_by_label("Output").fill('"by hand"')
    await page.get_by_label("Output").press("Control+Enter")
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    await page.get_by_role("button", name="Close the node panel").click()
    await page.keyboard.press("F8")
    await expect(page.get_by_text("by hand")).to_be_visible()


async def test_a_failed_visit_is_gone_on_from_with_an_output(page: Page, site: Site) -> None:
    run = await site.pending(FAILING)
    await page.goto(f"/runs/{run['id']}")
    await page.get_by_role("tab", name="Breakpoints").click()
    await page.get_by_role("button", name="Break on any error").click()
    await page.get_by_role("button", name="Start", exact=True).click()
    await expect(page.get_by_text("Stopped since it has failed, by a breakpoint")).to_be_visible()
    await expect(page.get_by_text("the printer is on fire").first).to_be_visible()
    await page.get_by_text("Go on as if it had not failed").click()
    await page.set_viewport_size({"width": 360, "height": 740})
    await page.emulate_media(color_scheme="dark")
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    await page.get_by_label("Output").fill('"printed"')
    await page.get_by_role("button", name="Skip with this output").click()
    await expect(page.locator(".work-state")).to_contain_text("Completed")


async def test_what_the_server_refuses_stands_at_its_field(browser: Browser, site: Site) -> None:
    # A page of its own: Chromium logs every refused request as an error.
    page = await browser.new_page(base_url=site.url)
    run = await site.pending(GREETING, {"name": "Ada"})
    await page.goto(f"/runs/{run['id']}?node=shout")
    await page.get_by_role("button", name="Before", exact=True).click()
    condition = page.get_by_label("If")
    await condition.fill("1 +")
    await condition.press("Enter")
    await expect(condition).to_have_accessible_description(re.compile("."))
    await expect(condition).to_have_attribute("aria-invalid", "true")
