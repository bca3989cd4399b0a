"""The page in a real Chromium: a run is started, watched, cancelled, and looked into."""

from __future__ import annotations

import re
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, WebSocketRoute, expect

from tests.integration.api.site import FAILING, GREETING, HOLDING, Site

BRANCHING: dict[str, Any] = {
    "name": "branching",
    "nodes": [
        {"id": "score", "type": "transform", "name": "Score it", "config": {"expression": "7"}},
        {"id": "good", "type": "template", "config": {"template": "<b>good</b>"}},
        {"id": "bad", "type": "template", "config": {"template": "bad"}},
    ],
    "edges": [
        {"source": "score", "target": "good", "condition": "score.output > 5"},
        {"source": "score", "target": "bad", "default": True},
    ],
}


async def test_a_workflow_is_found_and_run_from_the_first_page(page: Page, site: Site) -> None:
    await site.stored(GREETING)
    await page.goto("/")
    await page.get_by_role("button", name="Run", exact=False).first.click()
    await page.get_by_label("Input (JSON)").fill('{"name": "Ada"}')
    await page.get_by_role("button", name="Start run").click()
    await page.wait_for_url(re.compile(r"/runs/[0-9a-f-]+$"))
    await expect(page.get_by_text("Completed").first).to_be_visible()
    await expect(page.get_by_text("HI ADA")).to_be_visible()


async def test_input_that_is_no_json_is_refused_before_it_is_sent(page: Page, site: Site) -> None:
    await site.stored(GREETING)
    await page.goto("/")
    await page.get_by_role("button", name="Run", exact=False).first.click()
    await page.get_by_label("Input (JSON)").fill('{"name": ')
    await expect(page.get_by_role("button", name="Start run")).to_be_disabled()


async def test_node_states_come_live_and_a_cancel_is_honest(page: Page, site: Site) -> None:
    run = await site.pending(HOLDING)
    await page.goto(f"/runs/{run['id']}")
    node = page.locator('[data-node-id="hold"]')
    await expect(node).to_contain_text("Pending")
    await site.http.post(f"/api/v1/runs/{run['id']}/execute")
    await expect(node).to_contain_text("Running")
    await expect(page.locator('[data-node-id="before"]')).to_contain_text("Completed")
    await page.get_by_role("button", name="Cancel run").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("Reason").fill("enough seen")
    await dialog.get_by_role("button", name="Cancel run").click()
    await expect(page.get_by_text("Cancelled").first).to_be_visible()
    await expect(node).to_contain_text("Cancelled")
    await page.get_by_role("tab", name=re.compile("Log")).click()
    await expect(page.get_by_text("enough seen").first).to_be_visible()


async def test_a_failed_node_shows_its_error(page: Page, site: Site) -> None:
    run = await site.run(FAILING)
    await page.goto(f"/runs/{run['id']}")
    await page.locator('[data-node-id="break"]').click()
    await expect(page.get_by_text("the printer is on fire").first).to_be_visible()


async def test_a_node_tells_why_each_edge_was_taken_or_not(page: Page, site: Site) -> None:
    run = await site.run(BRANCHING)
    await page.goto(f"/runs/{run['id']}")
    await expect(page.locator('[data-node-id="bad"]')).to_contain_text("Skipped")
    await page.locator('[data-node-id="score"]').click()
    await expect(page.get_by_text("score.output > 5").first).to_be_visible()


async def test_what_nodes_write_is_shown_as_text(page: Page, site: Site) -> None:
    run = await site.run(BRANCHING)
    await page.goto(f"/runs/{run['id']}")
    await page.locator('[data-node-id="good"]').click()
    await expect(page.get_by_text("<b>good</b>").first).to_be_visible()


async def test_a_page_that_lost_its_connection_goes_on_where_it_was(page: Page, site: Site) -> None:
    sockets: list[WebSocketRoute] = []

    def keep(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    await page.route_web_socket(re.compile("/api/v1/ws"), keep)
    run = await site.pending(HOLDING)
    await page.goto(f"/runs/{run['id']}")
    await site.http.post(f"/api/v1/runs/{run['id']}/execute")
    await expect(page.locator('[data-node-id="hold"]')).to_contain_text("Running")
    await sockets[0].close(code=1012)
    site.hold.released.set()
    await expect(page).to_have_title(re.compile("^Completed"), timeout=60_000)
    stored = (await site.http.get(f"/api/v1/runs/{run['id']}/events")).json()["items"]
    await expect(page.get_by_role("tab", name=re.compile("Log"))).to_contain_text(str(len(stored)))


async def test_the_keyboard_opens_and_closes_a_node(page: Page, site: Site) -> None:
    run = await site.run(BRANCHING)
    await page.goto(f"/runs/{run['id']}")
    await page.locator('[data-node-id="score"]').focus()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Score it")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("heading", name="Score it")).not_to_be_visible()


async def test_an_address_that_is_none_leads_home(browser: Browser, site: Site) -> None:
    page = await browser.new_page(base_url=site.url)
    await page.goto("/zzz")
    await expect(page.get_by_role("heading", name="No such page")).to_be_visible()
    await page.get_by_role("link", name="Go to the workflows").click()
    await expect(page.get_by_role("heading", name="Workflows", exact=True)).to_be_visible()


async def test_a_long_condition_is_read_on_its_edge(page: Page, site: Site) -> None:
    condition = "score.output > 5 and score.output < 500 and score.visit == 1"
    edges = [BRANCHING["edges"][0] | {"condition": condition}, BRANCHING["edges"][1]]
    workflow_id = await site.stored(BRANCHING | {"edges": edges})
    await page.goto(f"/workflows/{workflow_id}")
    label = page.locator(".edge-words", has_text="score.output")
    await expect(label).to_be_visible()
    assert " ".join((await label.inner_text()).split()) == condition
    assert await label.evaluate("words => words.scrollWidth <= words.clientWidth + 1")


async def test_a_narrow_screen_shows_all_without_scrolling_sideways(page: Page, site: Site) -> None:
    run = await site.run(BRANCHING)
    await page.set_viewport_size({"width": 360, "height": 740})
    for path in ("/", f"/runs/{run['id']}", f"/workflows/{run['workflow_id']}", "/runs"):
        await page.goto(path)
        await page.wait_for_load_state("networkidle")
        width = await page.evaluate("document.documentElement.scrollWidth")
        assert width <= 360, path


async def test_axe_has_nothing_to_say(page: Page, site: Site) -> None:
    run = await site.run(BRANCHING)
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme=scheme)
        for path in ("/", f"/runs/{run['id']}", f"/workflows/{run['workflow_id']}", "/runs"):
            await page.goto(path)
            await page.wait_for_load_state("networkidle")
            found = await Axe().run(page)
            assert found.violations_count == 0, f"{scheme} {path}\n{found.generate_report()}"
