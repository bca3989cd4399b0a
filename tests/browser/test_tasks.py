"""Tasks on the page: a run asks, somebody answers, the run goes on."""

from __future__ import annotations

import re

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from api.samples import sample_documents
from tests.integration.api.site import PROJECT, Site, Wire


async def asking(site: Site) -> Wire:
    """A run of the sample that asks about a refund."""
    (sample,) = (each for each in sample_documents() if each.name == "refund-approval")
    run = await site.pending(dict(sample.document), dict(sample.sample_input))
    await site.http.post(f"/api/v1/runs/{run['id']}/execute")
    return run


async def open_task(page: Page) -> None:
    await page.goto("/tasks")
    await page.get_by_role("list", name="Open tasks").get_by_role("link").first.click()
    await expect(page.get_by_role("heading", name="Order A-1042")).to_be_visible()


async def test_a_run_waits_is_answered_and_completes(page: Page, site: Site) -> None:
    run = await asking(site)
    await page.goto(f"/runs/{run['id']}")
    node = page.locator('[data-node-id="ask"]')
    await expect(node).to_contain_text("Waiting")
    await expect(page.locator(".work-state")).to_contain_text("Waiting")
    await node.click()
    await expect(page.get_by_text("Waits for an answer of shop")).to_be_visible()
    await page.get_by_role("link", name="Answer the task").click()

    await page.get_by_label("Pay it back").select_option("Yes")
    await page.get_by_label("Reason").select_option("late")
    await page.get_by_label("Amount").fill("90")
    await page.get_by_label("Your name").fill("Ada")
    await page.get_by_role("button", name="Send the answer").click()
    await expect(page.get_by_text("Answered by Ada")).to_be_focused()

    await page.get_by_role("link", name="ask in its run").click()
    await expect(page.locator(".work-state")).to_contain_text("Completed")
    ended = (await site.http.get(f"/api/v1/runs/{run['id']}")).json()
    assert ended["output"] == {"message": "90 euros for order A-1042 are on their way."}


async def test_what_is_wrong_stands_at_its_field(page: Page, site: Site) -> None:
    await asking(site)
    await open_task(page)
    page.on("response", lambda answer: refused.append(answer.status))
    refused: list[int] = []
    await page.get_by_label("Amount").fill("much")
    await page.keyboard.press("Enter")
    await expect(page.get_by_label("Pay it back")).to_be_focused()
    await expect(page.get_by_label("Pay it back")).to_have_accessible_description(
        "An answer is needed here."
    )
    await expect(page.get_by_label("Amount")).to_have_accessible_description(
        re.compile("This is not a number.")
    )
    assert refused == []


async def test_what_the_server_finds_stands_at_its_field(browser: Browser, site: Site) -> None:
    # A page of its own: Chromium logs every refused request as an error.
    page = await browser.new_page(base_url=site.url)
    await asking(site)
    await open_task(page)
    await page.get_by_label("Pay it back").select_option("No")
    await page.get_by_label("Reason").select_option("damaged")
    await page.get_by_label("Amount").fill("-1")
    await page.get_by_role("button", name="Send the answer").click()
    await expect(page.get_by_label("Amount")).to_be_focused()
    await expect(page.get_by_label("Amount")).to_have_accessible_description(
        re.compile("less than the minimum of 0")
    )


async def test_who_comes_late_sees_who_was_faster(page: Page, site: Site) -> None:
    await asking(site)
    await open_task(page)
    (task,) = (await site.http.get(f"{PROJECT}/tasks")).json()["items"]
    body = {"answer": {"approved": False, "reason": "late"}, "by": "Bob"}
    await site.http.post(f"{PROJECT}/tasks/{task['id']}/complete", json=body)
    await expect(page.get_by_text("Answered by Bob")).to_be_visible()
    await expect(page.get_by_role("button", name="Send the answer")).not_to_be_visible()


async def test_the_inbox_follows_what_happens(page: Page, site: Site) -> None:
    await page.goto("/tasks")
    await expect(page.get_by_text("Nobody waits for an answer")).to_be_visible()
    run = await asking(site)
    await expect(page.get_by_role("list", name="Open tasks").get_by_role("link")).to_have_count(1)
    await page.get_by_label("Only tasks of this person").fill("nobody")
    await expect(page.get_by_text("Nobody waits for an answer")).to_be_visible()
    await page.get_by_label("Only tasks of this person").fill("shop")
    await expect(page.get_by_role("list", name="Open tasks")).to_be_visible()
    await site.http.post(f"/api/v1/runs/{run['id']}/cancel")
    await expect(page.get_by_role("list", name="Tasks that are over")).to_contain_text("Cancelled")
    await expect(page.get_by_role("list", name="Open tasks")).not_to_be_visible()


async def test_tasks_fit_a_narrow_screen_and_axe_has_nothing_to_say(page: Page, site: Site) -> None:
    run = await asking(site)
    await open_task(page)
    task = page.url
    await page.set_viewport_size({"width": 360, "height": 740})
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for path in ("/tasks", task, f"/runs/{run['id']}?node=ask"):
            await page.goto(path)
            await page.wait_for_load_state("networkidle")
            if path == task:
                await page.get_by_role("button", name="Send the answer").click()
            assert await page.evaluate("document.documentElement.scrollWidth") <= 360, path
            found = await Axe().run(page)
            assert found.violations_count == 0, f"{scheme} {path}\n{found.generate_report()}"
