"""Takes the pictures of docs/images from the page itself: `python -m docs.pictures`.

No test compares them: no two pictures of a run that goes on are the same. Look at them, and commit
those that have changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.async_api import Page, async_playwright, expect

from api.app import create_app
from api.samples import sample_documents
from api.server import listen, serving
from services.bootstrap import Services, open_services
from services.settings import Settings
from tests.support.chromium import arguments, chromium
from workflow_compiler import parse

IMAGES = Path(__file__).parent / "images"

PROJECT = "default"

LONGEST_MS = 30_000
"""How long what a picture shows may take to come; the model writes for six seconds."""

expect.set_options(timeout=LONGEST_MS)

_CLAIM = (
    "One claim: version 4.2 halves the start-up time. The text names a source for it, and the"
    " measurements there agree: 2.1 seconds before, 1.0 seconds after, on the same machine."
)

_TRIAGE = """
name: support triage
variables:
  tone: {default: kindly}
  seen: {reducer: append, default: []}
nodes:
  fetch:
    type: template
    name: Fetch ticket
    config: {template: The report crashes.}
    ui: {position: {x: 0, y: 0}}
    next: [score, reply]
  score:
    type: transform
    name: Score it
    config: {expression: len(fetch.output.text)}
    ui: {position: {x: -160, y: 140}}
  reply:
    type: template
    name: Write reply
    config: {template: "We are sorry: {{ fetch.output.text }}"}
    ui: {position: {x: 160, y: 140}}
    next: send
  escalate:
    type: template
    name: Escalate
    config: {template: "{{ score.output }}"}
    ui: {position: {x: -160, y: 300}}
  send:
    type: transform
    name: Send
    config: {expression: reply.output.text}
    ui: {position: {x: 160, y: 300}}
edges:
  - {source: score, target: escalate, condition: score.output > 100}
"""


@dataclass(frozen=True, slots=True)
class Studio:
    """A server with nothing in it yet, and a page that looks at it."""

    services: Services
    page: Page

    async def show(self, definition: Mapping[str, Any], run_input: Mapping[str, Any]) -> str:
        """Have the page show a new run of this definition, which has yet to begin."""
        published = await self.services.workflows.publish(PROJECT, dict(definition))
        run = await self.services.runs.create(PROJECT, published.version.workflow_id, run_input)
        await self.page.goto(f"/runs/{run.id}")
        return run.id

    async def take(self, name: str) -> None:
        """Take a picture of what the page shows, with nothing under the pointer."""
        await self.page.mouse.move(0, 0)
        await self.page.screenshot(path=IMAGES / name, animations="disabled")


async def dashboard(studio: Studio) -> None:
    """Two reviewers of the sample are done, the third one is writing."""
    sample = next(sample for sample in sample_documents() if sample.name == "document-review")
    definition = parse(dict(sample.document)).canonical()
    facts = next(node for node in definition["nodes"] if node["id"] == "facts")
    facts["config"]["options"] = {"replies": [{"text": _CLAIM}], "delay_seconds": 0.2}
    run_id = await studio.show(definition, sample.sample_input)
    page = studio.page
    await page.locator('[data-node-id="facts"]').click()
    await studio.services.runs.execute(run_id)
    await page.get_by_role("button", name="Fit View").click()
    await expect(page.get_by_label("Streaming")).to_contain_text("2.1 seconds before")
    await studio.take("dashboard.png")


async def debugger(studio: Studio) -> None:
    """Two branches have stopped; the panel shows what one of them would go on with."""
    await studio.show(parse(_TRIAGE).canonical(), {})
    page = studio.page
    for node, label in (("reply", "Write reply"), ("score", "Score it")):
        await page.locator(f'[data-node-id="{node}"]').hover()
        await page.get_by_role("button", name=f"Breakpoint: before, {label}").click()
    await page.get_by_role("button", name="Start", exact=True).click()
    for node in ("reply", "score"):
        box = page.locator(f'[data-node-id="{node}"]')
        await expect(box).to_contain_text("Paused")
        await box.click()
    await expect(page.get_by_text("has stopped, too")).to_be_visible()
    await expect(page.locator(".work-state")).to_contain_text("Paused")
    await studio.take("debugger.png")


async def main() -> None:
    """Take all pictures, each of a server of its own."""
    with TemporaryDirectory() as folder:
        settings = Settings(
            database_url=f"sqlite:///{folder}/pictures.db", functions=("api.samples.functions",)
        )
        async with (
            open_services(settings) as services,
            serving(create_app(services), listen("127.0.0.1", 0)) as url,
            async_playwright() as playwright,
        ):
            browser = await playwright.chromium.launch(executable_path=chromium(), args=arguments())
            page = await browser.new_page(
                base_url=url, viewport={"width": 1440, "height": 900}, device_scale_factor=4 / 3
            )
            studio = Studio(services, page)
            await dashboard(studio)
            await debugger(studio)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
