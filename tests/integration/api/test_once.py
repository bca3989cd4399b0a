"""Requests that make something and come again with the same `Idempotency-Key`."""

from __future__ import annotations

from typing import Any

import pytest

from tests.integration.api.site import GREETING, PROJECT, Site, Wire

KEY = {"Idempotency-Key": "click"}
HOOK = {"url": "https://example.com", "event_types": ["*"]}
SCHEDULE = {"name": "mornings", "cron": "30 6 * * *", "input": {}}


async def schedule_of(site: Site) -> Wire:
    return {**SCHEDULE, "workflow_id": await site.stored(GREETING)}


@pytest.mark.parametrize(
    ("place", "body", "other"),
    [
        ("webhooks", HOOK, {"event_types": ["workflow.run.*"]}),
        ("signals", {"name": "paid"}, {"key": "7"}),
        ("schedules", SCHEDULE, {"name": "evenings"}),
    ],
)
async def test_the_same_request_makes_one_thing(
    site: Site, place: str, body: dict[str, Any], other: dict[str, Any]
) -> None:
    if place == "schedules":
        body = await schedule_of(site)
    address = f"{PROJECT}/{place}"
    first, second = [await site.http.post(address, json=body, headers=KEY) for _ in range(2)]
    assert first.is_success, first.text
    assert (second.status_code, second.json()) == (first.status_code, first.json())
    refused = await site.http.post(address, json=body | other, headers=KEY)
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("idempotency-key-reused")


STEPPING = {"stepping": True}
STOPPING = {"breakpoints": [{"node_id": "shout"}], "kept_breakpoints": True}


@pytest.mark.parametrize(
    ("debug", "other"),
    [(None, STEPPING), (STEPPING, None), (STEPPING, {}), (STOPPING, STEPPING), (STOPPING, None)],
)
async def test_how_a_run_is_debugged_is_a_part_of_the_request(
    site: Site, debug: Wire | None, other: Wire | None
) -> None:
    body = {"workflow_id": await site.stored(GREETING), "input": {"name": "Ada"}}
    address = f"{PROJECT}/workflows/runs"
    first = await site.http.post(address, json=body | {"debug": debug}, headers=KEY)
    assert first.status_code == 201, first.text
    kept = f"{PROJECT}/workflows/{body['workflow_id']}/breakpoints"
    await site.http.put(kept, json={"breakpoints": [{"node_id": "greet"}]})
    for _ in range(2):
        refused = await site.http.post(address, json=body | {"debug": other}, headers=KEY)
        assert refused.status_code == 422
        assert refused.json()["type"].endswith("idempotency-key-reused")
        again = await site.http.post(address, json=body | {"debug": debug}, headers=KEY)
        assert again.json() == first.json()


async def test_a_run_is_forked_once_in_whatever_order_its_body_is(site: Site) -> None:
    run = await site.run(GREETING, {"name": "Ada"})
    address = f"/api/v1/runs/{run['id']}/fork"
    body: Wire = {"node_id": "shout", "input": {"name": "Eve", "of": {"a": 1, "b": [2]}}}
    turned = body | {"input": {"of": {"b": [2], "a": 1}, "name": "Eve"}}
    first, second = [
        await site.http.post(address, json=each, headers=KEY) for each in (body, turned)
    ]
    assert first.status_code == 201, first.text
    assert first.json()["id"] == second.json()["id"] != run["id"]
    refused = await site.http.post(address, json={"node_id": "greet"}, headers=KEY)
    assert refused.json()["type"].endswith("idempotency-key-reused")


async def test_a_key_is_made_once_and_its_text_told_once(site: Site) -> None:
    body = {"name": "ci", "project_id": None, "scopes": ["admin"]}
    first = await site.http.post("/api/v1/keys", json=body, headers=KEY)
    assert first.status_code == 201, first.text
    opened = KEY | {"Authorization": f"Bearer {first.json()['key']}"}
    again = await site.http.post("/api/v1/keys", json=body, headers=opened)
    assert (again.status_code, first.json()["id"] in again.json()["detail"]) == (409, True)
    assert again.json()["type"].endswith("key-exists")
