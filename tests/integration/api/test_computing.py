"""A definition that takes long to examine makes nobody else wait."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from api.app import create_app
from api.server import listen, serving
from services.bootstrap import open_services
from services.settings import Settings
from tests.integration.api.site import PROJECT
from tests.support.clients import client_of
from workflow_compiler import NodeType, default_registry
from workflow_compiler.registry import NodeConfig
from workflow_compiler.registry.node_type import Fault

SLOW = {"name": "slow", "nodes": [{"id": "a", "type": "slow"}], "edges": []}
LONGEST_SECONDS = 30.0


@dataclass(slots=True)
class Examination:
    """What a node type does when its config is examined: nothing, or wait to be let go."""

    loop: asyncio.AbstractEventLoop
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: threading.Event = field(default_factory=threading.Event)

    def __call__(self, _config: Any) -> tuple[Fault, ...]:
        self.loop.call_soon_threadsafe(self.begun.set)
        # On the loop nobody could let it go: then it ends by itself, and the test fails.
        self.let_go.wait(LONGEST_SECONDS)
        return ()


async def nothing(_config: Any, _context: Any) -> None:
    """Do nothing."""


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "workflows:validate"),
        ("POST", "workflows:plan"),
        ("POST", "workflows"),
        ("GET", "workflows/{id}"),
        ("GET", "workflows/{id}/versions/1"),
        ("GET", "workflows/{id}/graph"),
    ],
)
async def test_others_are_answered_meanwhile(tmp_path: Path, method: str, path: str) -> None:
    examination = Examination(asyncio.get_running_loop())
    slow = NodeType(
        name="slow",
        description="Takes long to examine.",
        config=NodeConfig,
        behaviour=nothing,
        review=examination,
    )
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'test.db'}")
    async with (
        open_services(settings, default_registry().with_types(slow)) as services,
        serving(create_app(services), listen("127.0.0.1", 0)) as url,
        client_of(url) as http,
        asyncio.TaskGroup() as tasks,
    ):
        examination.let_go.set()
        stored = await services.workflows.publish("default", SLOW)
        examination.let_go.clear()
        examination.begun.clear()

        address = f"{PROJECT}/{path.format(id=stored.version.workflow_id)}"
        body = {"definition": SLOW} if method == "POST" else None
        request = tasks.create_task(http.request(method, address, json=body))
        await examination.begun.wait()
        assert (await http.get("/healthz")).status_code == 200
        assert not request.done()
        examination.let_go.set()
        assert (await request).is_success
