"""One node alone: it does its work with the input of a run, and the run stays as it is."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import Services
from services.domain.visits import NodeStatus
from services.errors import NotAloneError, VisitNotFoundError
from services.usecases.alone import Wanted
from tests.support.service import log_of, run_of, service
from workflow_compiler import NodeContext

EACH: dict[str, Any] = {
    "name": "each",
    "nodes": [
        {"id": "each", "type": "foreach", "config": {"items": "input.items"}},
        {
            "id": "send",
            "type": "python",
            "parent": "each",
            "config": {"function": "send", "arguments": {"to": "{{ item }}"}},
            "retry": {"max_attempts": 2, "initial_interval_seconds": 0.001},
        },
    ],
    "edges": [],
}


class Post:
    """Sends letters; the next ones fail as often as it is told."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.keys: list[str] = []
        self.fails = 0

    async def send(self, to: str, context: NodeContext) -> str:
        self.keys.append(context.idempotency_key)
        if self.fails:
            self.fails -= 1
            raise ConnectionError("the post is closed")
        context.report.log(f"to {to}")
        self.sent.append(to)
        return f"{to}!"


@pytest.fixture
def post() -> Post:
    return Post()


@pytest.fixture
async def services(tmp_path: Path, post: Post) -> AsyncIterator[Services]:
    async with service(tmp_path, {"send": post.send}) as opened:
        yield opened


async def test_a_visit_is_repeated_with_its_own_input(services: Services, post: Post):
    run = await run_of(services, EACH, {"items": ["ada", "{{ grace }}"]})
    before = await log_of(services, run)
    done = await services.lone_visits.run(run.id, Wanted(node_id="send"))
    assert post.sent == ["ada", "{{ grace }}", "{{ grace }}"]  # what was filled in is no template
    assert (done.state.key, done.state.output) == (("send", "each[1]", 1), "{{ grace }}!")
    assert [event.type for event in done.events] == ["node.started", "log", "node.completed"]
    assert {getattr(event, "path", None) for event in done.events} == {"each[1]"}
    assert post.keys[-1] == post.keys[-2]
    assert await log_of(services, run) == before


async def test_it_goes_through_its_attempts(services: Services, post: Post):
    run = await run_of(services, EACH, {"items": ["ada"]})
    post.fails = 1
    done = await services.lone_visits.run(run.id, Wanted(node_id="send", path="each[0]", visit=1))
    assert (done.state.status, done.state.attempt) == (NodeStatus.COMPLETED, 2)
    post.fails = 2
    done = await services.lone_visits.run(run.id, Wanted(node_id="send"))
    assert done.state.status is NodeStatus.FAILED
    assert done.state.error is not None
    assert done.state.error.message == "ConnectionError: the post is closed"


async def test_another_input_may_be_given(services: Services, post: Post):
    run = await run_of(services, EACH, {"items": []})
    given = {"function": "send", "arguments": {"to": "alan"}}
    done = await services.lone_visits.run(run.id, Wanted(node_id="send", given=given))
    assert (done.state.output, post.sent) == ("alan!", ["alan"])
    wrong = await services.lone_visits.run(run.id, Wanted(node_id="send", given={"nothing": 1}))
    assert wrong.state.status is NodeStatus.FAILED


async def test_what_cannot_be_run_alone_is_refused(services: Services):
    run = await run_of(services, EACH, {"items": ["ada"]})
    with pytest.raises(NotAloneError, match="run one of those"):
        await services.lone_visits.run(run.id, Wanted(node_id="each"))
    with pytest.raises(VisitNotFoundError, match=r"it has: 1 on 'each\[0\]'"):
        await services.lone_visits.run(run.id, Wanted(node_id="send", visit=2))
    with pytest.raises(VisitNotFoundError):
        await services.lone_visits.run(run.id, Wanted(node_id="nobody"))
