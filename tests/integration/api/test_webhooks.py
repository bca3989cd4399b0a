"""Webhooks over HTTP: the secret is shown once, and nobody else's webhook is seen."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.integration.api.site import GREETING, PROJECT, Site, Wire
from tests.support.receiver import settled

HOOKS = f"{PROJECT}/webhooks"
URL = "http://127.0.0.1:9/hook"


async def made(site: Site, *event_types: str) -> Wire:
    body = {"url": URL, "event_types": event_types or ("*",)}
    answer = await site.http.post(HOOKS, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].removeprefix("urn:workflow:problem:")


async def test_a_secret_is_shown_once(site: Site) -> None:
    hook = await made(site, "workflow.run.completed")
    secret = hook.pop("secret")
    assert secret.startswith("whsec_")
    assert hook | {"id": "", "created_at": ""} == {
        "id": "",
        "project_id": "default",
        "url": URL,
        "event_types": ["workflow.run.completed"],
        "is_active": True,
        "created_at": "",
    }
    address = f"{HOOKS}/{hook['id']}"
    seen = [await site.http.get(address), await site.http.get(HOOKS)]
    seen.append(await site.http.patch(address, json={"is_active": False}))
    assert seen[0].json() == hook
    assert seen[1].json() == {"items": [hook], "next_cursor": None}
    assert seen[2].json() == hook | {"is_active": False}
    assert not [answer for answer in seen if secret in answer.text]


async def test_webhooks_are_listed_page_by_page_and_deleted(site: Site) -> None:
    hooks = [(await made(site))["id"] for _ in range(3)]
    page = (await site.http.get(HOOKS, params={"limit": 2})).json()
    rest = (await site.http.get(HOOKS, params={"cursor": page["next_cursor"]})).json()
    assert [hook["id"] for hook in (*page["items"], *rest["items"])] == hooks[::-1]
    gone = await site.http.delete(f"{HOOKS}/{hooks[0]}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert kind(await site.http.delete(f"{HOOKS}/{hooks[0]}")) == (404, "webhook-not-found")


async def test_deliveries_are_shown_and_sent_again(site: Site) -> None:
    hook = await made(site, "workflow.run.created", "workflow.run.completed")
    run = await site.run(GREETING, {"name": "Ada"})
    webhook = await site.services.webhooks.get("default", hook["id"])
    await settled(site.services, webhook, 2)
    log = f"{HOOKS}/{hook['id']}/deliveries"
    page = (await site.http.get(log)).json()
    last, first = page["items"]
    assert (first["run_id"], first["seq"], first["type"]) == (run["id"], 1, "workflow.run.created")
    assert (last["status"], last["attempts"], last["response_status"]) == ("pending", 1, None)
    assert "WORKFLOW_HTTP_ALLOW" in last["error"]
    assert (await site.http.get(log, params={"status": "failed"})).json()["items"] == []
    again = await site.http.post(f"{log}/{first['id']}/redeliver")
    assert (again.status_code, again.json()["id"]) == (202, first["id"])
    assert kind(await site.http.post(f"{log}/x/redeliver")) == (404, "delivery-not-found")


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"url": "ftp://a", "event_types": ["*"]}, {"/url"}),
        (
            {"url": "http://u:p@a", "event_types": ["run.completed", "*"]},
            {"/url", "/event_types/0"},
        ),
    ],
)
async def test_all_that_is_wrong_is_told(site: Site, body: Wire, pointers: set[str]) -> None:
    answer = await site.http.post(HOOKS, json=body)
    assert kind(answer) == (422, "invalid-webhook")
    assert {error["pointer"] for error in answer.json()["errors"]} == pointers
    hook = await made(site)
    changed = await site.http.patch(f"{HOOKS}/{hook['id']}", json=body)
    assert changed.json() == answer.json()


@pytest.mark.parametrize(
    "body",
    [{}, {"url": URL}, {"url": URL, "event_types": []}, {"url": URL, "event_types": ["*"], "x": 1}],
)
async def test_a_webhook_is_a_body_like_any_other(site: Site, body: Wire) -> None:
    assert kind(await site.http.post(HOOKS, json=body)) == (422, "invalid-request")


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", ""), ("patch", ""), ("delete", ""), ("get", "/deliveries")],
)
async def test_a_webhook_that_is_not_there_is_named(site: Site, method: str, path: str) -> None:
    options: dict[str, Any] = {"json": {}} if method == "patch" else {}
    answer = await site.http.request(method, f"{HOOKS}/x{path}", **options)
    assert kind(answer) == (404, "webhook-not-found")
    elsewhere = HOOKS.replace("default", "other")
    foreign = await site.http.request(method, f"{elsewhere}/x{path}", **options)
    assert kind(foreign) == (404, "project-not-found")
