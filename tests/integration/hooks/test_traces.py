"""Runs as traces: in this process, and through a queue in others that are killed."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from services.bootstrap import open_services
from services.domain.runs import RunStatus
from services.settings import Settings
from tests.support.brokers import RedisBroker
from tests.support.collector import Collector, collector
from tests.support.jobs import PORT, office
from tests.support.service import ended, run_of, service
from tests.support.workers import worker

TRACE = "0af7651916cd43dd8448eb211c80319c"
CALLER = "b7ad6b7169203331"
JOB_FUNCTIONS = "tests.support.jobs"
HEADER = {"traceparent": f"00-{TRACE}-{CALLER}-01"}

SAYING = {
    "name": "saying",
    "nodes": [{"id": "say", "type": "llm", "config": {"model": "scripted", "prompt": "hi"}}],
}
FAMILY = {
    "name": "family",
    "nodes": [
        {"id": "each", "type": "foreach", "config": {"items": "[1]"}},
        {
            "id": "sub",
            "parent": "each",
            "type": "subworkflow",
            "config": {"workflow": "saying", "input": {}},
        },
        {"id": "cry", "type": "tool", "config": {"tool": "shout", "arguments": {"text": "hi"}}},
    ],
    "edges": [{"source": "each", "target": "cry"}],
}
JOBS = {
    "name": "jobs",
    "nodes": [
        {"id": "before", "type": "template", "config": {"template": "x"}},
        {"id": "job", "type": "python", "config": {"function": "job"}},
    ],
    "edges": [{"source": "before", "target": "job"}],
}


def traced(monkeypatch: pytest.MonkeyPatch, opened: Collector) -> None:
    for name, value in opened.settings.items():
        monkeypatch.setenv(name, value)


async def test_a_run_its_visits_models_and_tools(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with collector() as opened:
        traced(monkeypatch, opened)
        async with service(tmp_path, tools=("tests.support.toolbox",), otel=True) as services:
            await services.workflows.publish("default", SAYING)
            run = await run_of(services, FAMILY)
            assert run.status is RunStatus.COMPLETED, run.error

    async def parent_of(name: str) -> str:
        parent = (await opened.named(name)).parent
        return opened.spans[parent].name if parent else ""

    assert {span.trace for span in opened.spans.values()} == {run.id.replace("-", "")}
    assert await parent_of("execute_tool shout") == "tool cry"
    assert await parent_of("tool cry") == "invoke_workflow family"
    assert await parent_of("foreach each") == "invoke_workflow family"
    assert await parent_of("invoke_workflow saying") == "subworkflow sub"
    assert await parent_of("subworkflow sub") == "foreach each"
    assert await parent_of("llm say") == "invoke_workflow saying"
    (chat,) = (span for span in opened.spans.values() if span.name.startswith("chat "))
    assert opened.spans[chat.parent].name == "llm say"
    assert chat.name == "chat scripted"
    assert chat.attributes["gen_ai.request.model"] == "scripted"
    assert chat.attributes["gen_ai.provider.name"] == "scripted"
    assert chat.attributes["gen_ai.usage.input_tokens"] > 0
    assert await parent_of("invoke_workflow family") == ""


async def test_a_trace_outlives_the_process_that_began_it(tmp_path: Path, redis_url: str) -> None:
    queue = f"test-{secrets.token_hex(8)}"
    settings = Settings(
        _env_file=None,
        database_url=f"sqlite:///{tmp_path / 'test.db'}",
        dispatch="saq",
        queue_url=redis_url,
        queue_name=queue,
        functions=(JOB_FUNCTIONS,),
    )
    async with office() as jobs, collector() as opened, open_services(settings) as services:
        environment = {
            **opened.settings,
            "WORKFLOW_DATABASE_URL": settings.database_url,
            "WORKFLOW_DISPATCH": "saq",
            "WORKFLOW_QUEUE_URL": redis_url,
            "WORKFLOW_QUEUE_NAME": queue,
            "WORKFLOW_FUNCTIONS": JOB_FUNCTIONS,
            "WORKFLOW_LEASE_SECONDS": "1",
            PORT: str(jobs.port),
        }
        async with worker(environment) as first:
            published = await services.workflows.publish("default", JOBS)
            run_id = await accepted(services, published.version.workflow_id)
            await jobs.came.get()
            before = await opened.named("template before")
            first.kill()
        async with worker(environment):
            (await jobs.came.get()).let_go()
            run = await ended(services, run_id)
            job, whole = (
                await opened.named("python job"),
                await opened.named("invoke_workflow jobs"),
            )
        RedisBroker().remove(redis_url, queue)

    assert (run.status, run.attempt) == (RunStatus.COMPLETED, 2)
    assert {span.trace for span in (before, job, whole)} == {TRACE}
    assert (before.parent, job.parent, whole.parent) == (whole.id, whole.id, CALLER)
    assert whole.start < before.start < before.end <= job.start < job.end <= whole.end
    assert [name for name, _ in whole.events] == ["run.resumed"]


async def test_langfuse_is_told_of_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with collector() as opened:
        monkeypatch.setenv("LANGFUSE_PUBLIC_KEY", "pk-test")
        monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk-test")
        monkeypatch.setenv("LANGFUSE_BASE_URL", f"http://127.0.0.1:{opened.port}")
        async with service(tmp_path, langfuse=True) as services:
            run = await run_of(services, SAYING)
        told = list(opened.spans.values())

    assert run.status is RunStatus.COMPLETED
    assert {span.trace for span in told} == {run.id.replace("-", "")}
    kinds = {span.attributes.get("langfuse.observation.type") for span in told}
    assert "generation" in kinds


async def test_a_langfuse_that_is_away_hinders_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANGFUSE_PUBLIC_KEY", "pk-away")
    monkeypatch.setenv("LANGFUSE_SECRET_KEY", "sk-away")
    monkeypatch.setenv("LANGFUSE_BASE_URL", "http://127.0.0.1:9")
    async with service(tmp_path, langfuse=True) as services:
        assert (await run_of(services, SAYING)).status is RunStatus.COMPLETED


async def accepted(services: Any, workflow_id: str) -> str:
    """A run that somebody asked for who has a trace of his own."""
    transport = httpx.ASGITransport(create_app(services))
    async with httpx.AsyncClient(transport=transport, base_url="http://any") as http:
        answer = await http.post(
            "/api/v1/projects/default/workflows/runs?execute=true",
            json={"workflow_id": workflow_id, "input": {}},
            headers=HEADER,
        )
        return str(answer.json()["id"])
