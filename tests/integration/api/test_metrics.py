"""What the process tells about itself, over HTTP."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from api.worker_metrics import showing_metrics
from tests.integration.api.site import FAILING, GREETING, HOLDING, Site, heard, say
from tests.support.service import run_of, service

Samples = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def measured(site: Site) -> Samples:
    answer = await site.http.get("/metrics")
    assert answer.status_code == 200
    return samples_of(answer.text)


def samples_of(text: str) -> Samples:
    return {
        (sample.name.removeprefix("workflow_"), frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float | None:
    return samples.get((name, frozenset(labels.items())))


async def test_runs_and_visits_are_counted(site: Site) -> None:
    await site.run(GREETING, {"name": "Ada"})
    await site.run(FAILING)
    samples = await measured(site)

    assert value(samples, "runs_created_total") == 2
    assert value(samples, "run_executions_total", kind="started") == 2
    for outcome in ("completed", "failed"):
        assert value(samples, "runs_ended_total", outcome=outcome, workflow="") == 1
        count = value(samples, "run_duration_seconds_count", outcome=outcome, workflow="")
        assert count == 1
    done = {"type": "template", "outcome": "completed", "workflow": ""}
    assert value(samples, "node_visits_total", **done) == 1
    assert value(samples, "node_duration_seconds_count", **done) == 1
    failed = {"type": "python", "outcome": "failed", "workflow": ""}
    assert value(samples, "node_visits_total", **failed) == 1
    assert value(samples, "node_attempts_failed_total", type="python", error="CONNECTIVITY") == 1
    assert value(samples, "claim_lag_seconds_count") == 2
    assert value(samples, "compile_cache_misses_total") == 2


async def test_what_goes_on_now(site: Site) -> None:
    run = await site.pending(HOLDING)
    assert value(await measured(site), "runs", status="pending") == 1

    await site.http.post(f"/api/v1/runs/{run['id']}/execute")
    await site.hold.called.wait()
    samples = await measured(site)
    assert value(samples, "runs", status="running") == 1
    assert value(samples, "executions_in_progress") == 1
    assert value(samples, "places_taken") == 1

    async with site.services.runs.watch(run["id"]) as frames:
        await site.http.post(f"/api/v1/runs/{run['id']}/cancel")
        async for _ in frames:
            pass
    samples = await measured(site)
    cancelled = {"type": "python", "outcome": "cancelled", "workflow": ""}
    assert value(samples, "node_visits_total", **cancelled) == 1
    assert value(samples, "runs_ended_total", outcome="cancelled", workflow="") == 1


async def test_names_of_workflows_are_a_label_on_demand(tmp_path: Path) -> None:
    async with service(tmp_path, metrics_by_workflow=True) as services:
        await run_of(services, GREETING, {"name": "Ada"})
        samples = samples_of((await services.watching.text()).decode())
    ended = {"outcome": "completed", "workflow": "greeting"}
    assert value(samples, "runs_ended_total", **ended) == 1
    assert value(samples, "node_visits_total", **ended, type="template") == 1


async def test_requests_are_told_by_their_pattern(site: Site) -> None:
    for _ in range(2):
        await site.http.get("/api/v1/runs/nobody")
    await site.http.get("/nothing/at/all")
    samples = await measured(site)
    runs = {"method": "GET", "route": "/runs/{run_id}", "status": "404"}
    assert value(samples, "http_requests_total", **runs) == 2
    nothing = {"method": "GET", "route": "none", "status": "404"}
    assert value(samples, "http_requests_total", **nothing) == 1


async def test_sockets_and_how_they_ended(site: Site) -> None:
    async with site.socket() as socket:
        assert value(await measured(site), "sockets") == 1
        await say(socket, type="nonsense")
        await heard(socket)
        await socket.wait_closed()
    await site.sockets.ended.get()
    samples = await measured(site)
    assert value(samples, "sockets") == 0
    assert value(samples, "sockets_closed_total", code="4400") == 1


async def test_without_the_database_the_rest_is_told(tmp_path: Path, site: Site) -> None:
    await site.run(GREETING)
    with closing(sqlite3.connect(tmp_path / "test.db")) as other:
        other.execute("ALTER TABLE workflow_runs RENAME TO gone")
    samples = await measured(site)
    assert value(samples, "database_up") == 0
    assert value(samples, "runs", status="pending") is None
    assert value(samples, "runs_created_total") == 1


async def test_a_worker_shows_its_own_where_it_is_told_to(tmp_path: Path) -> None:
    async with service(tmp_path, metrics_port=0) as services:
        await run_of(services, GREETING)
        async with showing_metrics(services) as url, httpx.AsyncClient(base_url=url or "") as http:
            samples = samples_of((await http.get("/metrics")).text)
            health, ready = [(await http.get(path)).json() for path in ("/healthz", "/readyz")]
        assert (value(samples, "runs_created_total"), health) == (1, {"status": "ok"})
        parts = {part["name"]: part["facts"] for part in ready["parts"]}
        assert parts.keys() == {"database", "queue", "event_loop", "dispatcher"}
        assert parts["dispatcher"]["taken"] == 0
        assert (url or "").startswith("http://127.0.0.1:")
    async with service(tmp_path) as services, showing_metrics(services) as url:
        assert url is None
