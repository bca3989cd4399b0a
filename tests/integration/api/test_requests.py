"""Requests that should not get far: too large, malformed, foreign, or for something that is not."""

from __future__ import annotations

import sqlite3
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from services.store.runs import Runs
from tests.integration.api.site import GREETING, PROJECT, Site
from tests.support.service import created, service

JSON = {"Content-Type": "application/json"}
VALIDATE = f"{PROJECT}/workflows:validate"


def kind(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert {"type", "title", "status", "detail"} <= set(problem)
    assert problem["status"] == answer.status_code
    return answer.status_code, problem["type"].removeprefix("urn:workflow:problem:")


@pytest.mark.parametrize(
    ("body", "status", "name", "code"),
    [
        (b'{"definition": ', 400, "invalid-json", "invalid-json"),
        (b"\xff\xfe", 400, "invalid-json", "invalid-json"),
        (b'{"definition": {"a": NaN}}', 400, "invalid-json", "no-number"),
        (b'{"definition": {"a": -Infinity}}', 400, "invalid-json", "no-number"),
        (b'{"definition": {"a": 1e999}}', 400, "invalid-json", "no-number"),
        (b'{"definition": {"a": 1, "a": 2}}', 400, "invalid-json", "duplicate-key"),
        (b'{"definition": {"a": "\\ud800"}}', 400, "invalid-json", "no-text"),
        (b'{"definition": ' + b"[" * 100 + b"]" * 100 + b"}", 400, "invalid-json", "too-deep"),
        (b"[" * 500_000, 400, "invalid-json", "too-deep"),
        (b"9" * 10_000, 400, "invalid-json", "invalid-json"),
        (b"[]", 422, "invalid-request", "model_attributes_type"),
        (b'{"definition": 3, "x": 1}', 422, "invalid-request", "dict_type"),
    ],
)
async def test_a_bad_body_is_refused_at_once(
    site: Site, body: bytes, status: int, name: str, code: str
) -> None:
    began = time.monotonic()
    answer = await site.http.post(VALIDATE, content=body, headers=JSON)
    assert kind(answer) == (status, name)
    assert answer.json()["errors"][0]["code"] == code
    assert time.monotonic() - began < 10


@pytest.mark.parametrize(
    ("name", "value"),
    [("version", "1"), ("version", True), ("version", 1.5), ("is_active", "yes"), ("is_active", 1)],
)
async def test_a_text_is_neither_a_number_nor_a_truth(site: Site, name: str, value: object) -> None:
    """What the document calls an integer or a boolean is one, in every body."""
    schedule = {"name": "s", "workflow_id": await site.stored(GREETING), "cron": "0 0 * * *"}
    answer = await site.http.post(f"{PROJECT}/schedules", json=schedule | {name: value})
    assert kind(answer) == (422, "invalid-request")
    assert answer.json()["errors"][0]["pointer"] == f"/{name}"


async def test_a_body_over_the_limit_is_refused(site: Site) -> None:
    body = b'{"definition": {"name": "' + b"x" * 1_048_576 + b'"}}'
    assert kind(await site.http.post(VALIDATE, content=body, headers=JSON)) == (
        413,
        "body-too-large",
    )

    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 65_536

    answer = await site.http.post(VALIDATE, content=endless(), headers=JSON)
    assert kind(answer) == (413, "body-too-large")


async def test_a_body_is_json(site: Site) -> None:
    answer = await site.http.post(VALIDATE, content=b"{}", headers={"Content-Type": "text/plain"})
    assert kind(answer) == (415, "media-type")


async def test_a_wrong_request_is_told_everything(site: Site) -> None:
    answer = await site.http.get("/api/v1/runs", params={"limit": 0, "status": "lost", "x": 1})
    assert kind(answer) == (422, "invalid-request")
    assert len(answer.json()["errors"]) == 3
    body = {"workflow_id": "", "inptu": {}}
    answer = await site.http.post(f"{PROJECT}/workflows/runs", json=body)
    assert {e["pointer"] for e in answer.json()["errors"]} == {"/workflow_id", "/inptu"}


@pytest.mark.parametrize("number", ["0", "-1", "99999999999999999999", "one"])
async def test_numbers_are_in_bounds(site: Site, number: str) -> None:
    workflow_id = await site.stored(GREETING)
    address = f"{PROJECT}/workflows/{workflow_id}"
    assert kind(await site.http.get(f"{address}/versions/{number}"))[0] == 422
    assert kind(await site.http.get(f"{address}/graph", params={"version": number}))[0] == 422


@pytest.mark.parametrize("cursor", ["x", "bnVsbA", "W10", "é"])
async def test_a_cursor_comes_from_a_page(site: Site, cursor: str) -> None:
    for address in ("/api/v1/runs", f"{PROJECT}/workflows"):
        answer = await site.http.get(address, params={"cursor": cursor})
        assert kind(answer) == (400, "invalid-cursor")


async def test_unknown_paths_and_methods_are_problems_too(site: Site) -> None:
    assert kind(await site.http.get("/api/v1/nope")) == (404, "not-found")
    answer = await site.http.delete("/api/v1/runs")
    assert kind(answer) == (405, "method-not-allowed")
    assert answer.headers["Allow"] == "GET"


async def test_a_query_that_nobody_knows_is_told_and_not_ignored(site: Site) -> None:
    for path in ("audit", "keys", "runs", "projects/default/tasks"):
        answer = await site.http.get(f"/api/v1/{path}", params={"who": "x", "limit": 5})
        assert kind(answer) == (422, "invalid-request")
        (error,) = answer.json()["errors"]
        assert error["detail"] == "query 'who': Extra inputs are not permitted"


async def test_an_unknown_project_is_no_empty_one(site: Site) -> None:
    document = (await site.http.get("/api/v1/openapi.json")).json()
    operations = [
        (path.format_map(defaultdict(lambda: "1", project_id="nobody")), method)
        for path, item in document["paths"].items()
        if "{project_id}" in path
        for method in item
    ]
    assert len(operations) > 5
    for path, method in operations:
        body = {"definition": GREETING, "workflow_id": "w"} if method != "get" else None
        answer = await site.http.request(method, path, json=body)
        assert kind(answer) == (404, "project-not-found"), path
    answer = await site.http.get("/api/v1/runs", params={"project_id": "nobody"})
    assert kind(answer) == (404, "project-not-found")


async def test_a_foreign_page_changes_nothing(site: Site) -> None:
    for origin in ("https://evil.example", "null", f"{site.url}1", "http://["):
        headers = {"Origin": origin}
        answer = await site.http.post(VALIDATE, json={"definition": GREETING}, headers=headers)
        assert kind(answer) == (403, "foreign-origin")
    headers = {"Origin": site.url}
    answer = await site.http.post(VALIDATE, json={"definition": GREETING}, headers=headers)
    assert answer.status_code == 200


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "[", ""])
async def test_another_name_is_another_server(site: Site, host: str) -> None:
    answer = await site.http.get("/api/v1/runs", headers={"Host": host})
    assert kind(answer) == (421, "unknown-host")


async def test_health(site: Site) -> None:
    alive, ready = [await site.http.get(address) for address in ("/healthz", "/readyz")]
    assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()["status"]) == (200, "ok")
    parts = [part["name"] for part in ready.json()["parts"]]
    assert parts == ["database", "queue", "event_loop", "dispatcher"]


async def test_a_database_that_is_away_is_named(tmp_path: Path, site: Site) -> None:
    with closing(sqlite3.connect(tmp_path / "test.db")) as other:
        for table in ("workflow_run_events", "workflow_runs"):
            other.execute(f"ALTER TABLE {table} RENAME TO {table}_gone")
    ready = await site.http.get("/readyz")
    assert kind(ready) == (503, "not-ready")
    assert [error["code"] for error in ready.json()["errors"]] == ["database"]
    runs = await site.http.get("/api/v1/runs")
    assert kind(runs) == (503, "database-away")
    assert "SELECT" not in runs.text + ready.text
    assert (await site.http.get("/healthz")).status_code == 200


async def test_an_unexpected_error_says_nothing_of_the_inside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def get(_runs: Runs, _run_id: str) -> None:
        raise RuntimeError("password=hunter2")

    async with service(tmp_path) as services:
        run = await created(services, GREETING)
        monkeypatch.setattr(Runs, "get", get)
        app = create_app(services)
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://any.name") as http:
            answer = await http.get(f"/api/v1/runs/{run.id}")
    assert kind(answer) == (500, "internal")
    assert "hunter2" not in answer.text


async def test_every_operation_is_described(site: Site) -> None:
    document = (await site.http.get("/api/v1/openapi.json")).json()
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    names = [operation["operationId"] for operation in operations]
    assert len(set(names)) == len(names) > 40
    groups = {tag["name"] for tag in document["tags"]}
    for operation in operations:
        assert operation["summary"]
        assert operation["tags"]
        assert groups.issuperset(operation["tags"])
        for status, response in operation["responses"].items():
            if status >= "4":
                assert list(response["content"]) == ["application/problem+json"]
    schemas = document["components"]["schemas"]
    fields = [
        (name, key)
        for name, schema in schemas.items()
        if name != "Retry"
        for key, value in schema.get("properties", {}).items()
        if "description" not in value and "$ref" not in value
    ]
    assert fields == []
