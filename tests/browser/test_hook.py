"""LangChain's React hook `useStream`, unchanged, in a real browser."""

from __future__ import annotations

from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, Route, expect

from tests.integration.api.site import HOLDING, Site
from tests.integration.langgraph.workflows import ASKING, CHAT

SCRIPT = Path(__file__).parent / "hook" / "built" / "hook.js"
DOCUMENT = '<!doctype html><div id="root"></div><script type="module" src="/hook.js"></script>'


@pytest_asyncio.fixture(loop_scope="session")
async def hook(page: Page, site: Site) -> Page:
    """A browser that finds the page with the hook at the server's own address."""
    for definition in (CHAT, ASKING, HOLDING):
        await site.stored(definition)

    async def document(route: Route) -> None:
        await route.fulfill(body=DOCUMENT, content_type="text/html")

    async def script(route: Route) -> None:
        await route.fulfill(path=SCRIPT, content_type="text/javascript")

    await page.route("**/hook?*", document)
    await page.route("**/hook.js", script)
    return page


async def test_a_chat_goes_on_and_is_there_after_a_reload(hook: Page) -> None:
    await hook.goto("/hook?assistant=chat")
    for text in ("Hello", "Again"):
        await hook.get_by_label("text").fill(text)
        await hook.get_by_role("button", name="send").click()
        await expect(hook.get_by_role("listitem").last).to_have_text(f"ai: [scripted] {text}")
        await expect(hook.locator("#state")).to_have_text("idle")
    said = ["human: Hello", "ai: [scripted] Hello", "human: Again", "ai: [scripted] Again"]
    await expect(hook.get_by_role("listitem")).to_have_text(said)

    thread = await hook.locator("main").get_attribute("data-thread")
    await hook.goto(f"/hook?assistant=chat&thread={thread}")
    await expect(hook.get_by_role("listitem")).to_have_text(said)
    await expect(hook.locator("#history")).to_have_text("8")


async def test_an_interrupt_is_shown_and_answered(hook: Page) -> None:
    await hook.goto("/hook?assistant=asking")
    await hook.get_by_role("button", name="ask").click()
    await expect(hook.locator("#prompt")).to_have_text("Shall we go?")
    await hook.get_by_role("button", name="yes").click()
    await expect(hook.locator("#ok")).to_have_text("true")
    await expect(hook.locator("#prompt")).to_have_count(0)


async def test_a_page_that_is_loaded_again_comes_back_to_the_run(hook: Page, site: Site) -> None:
    await hook.goto("/hook?assistant=holding")
    await hook.get_by_role("button", name="send").click()
    await site.hold.called.wait()
    thread = await hook.locator("main").get_attribute("data-thread")
    await hook.goto(f"/hook?assistant=holding&thread={thread}")
    await expect(hook.locator("#state")).to_have_text("at work")
    site.hold.released.set()
    await expect(hook.locator("#state")).to_have_text("idle")
    (run,) = (await site.services.threads.runs("default", thread or "")).items
    assert run.status == "completed"


async def test_stop_stops_the_run(hook: Page, site: Site) -> None:
    await hook.goto("/hook?assistant=holding")
    await hook.get_by_role("button", name="send").click()
    await site.hold.called.wait()
    thread = await hook.locator("main").get_attribute("data-thread")
    (run,) = (await site.services.threads.runs("default", thread or "")).items
    async with site.services.runs.watch(run.id) as frames:
        await hook.get_by_role("button", name="stop").click()
        kinds = [frame.type async for frame in frames]
    assert kinds[-1] == "run.cancelled"
