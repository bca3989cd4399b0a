"""Schedules over HTTP: made, changed, refused with their places, removed."""

from __future__ import annotations

from typing import Any

import httpx

from tests.integration.api.site import GREETING, PROJECT, Site, Wire

SCHEDULES = f"{PROJECT}/schedules"


async def made(site: Site, **more: Any) -> httpx.Response:
    body = {"name": "daily", "workflow_id": await site.stored(GREETING), "cron": "0 6 * * *"}
    return await site.http.post(SCHEDULES, json=body | more)


def wrong(answer: httpx.Response) -> tuple[int, str, list[str]]:
    problem = answer.json()
    kind = problem["type"].removeprefix("urn:workflow:problem:")
    return answer.status_code, kind, [each["pointer"] for each in problem.get("errors", ())]


async def test_a_schedule_is_made_read_changed_and_removed(site: Site) -> None:
    answer = await made(site, time_zone="Europe/Berlin", input={"name": "Ada"})
    assert answer.status_code == 201
    place, schedule = answer.headers["Location"], answer.json()
    assert schedule["next_at"].endswith("Z")
    assert schedule["is_active"]
    assert schedule["last_run_id"] is None
    assert (await site.http.get(place)).json() == schedule
    assert (await site.http.get(SCHEDULES)).json() == {"items": [schedule], "next_cursor": None}

    paused = (await site.http.patch(place, json={"is_active": False})).json()
    assert paused == schedule | {"is_active": False, "next_at": None}
    changes: Wire = {"is_active": True, "cron": "0 0 1 1 *", "version": 1}
    changed = (await site.http.patch(place, json=changes)).json()
    assert changed["next_at"] is not None
    assert changed == paused | changes | {"next_at": changed["next_at"]}
    assert (await site.http.patch(place, json={"version": None})).json()["version"] is None

    assert (await site.http.delete(place)).status_code == 204
    for answer in (
        await site.http.get(place),
        await site.http.delete(place),
        await site.http.patch(place, json={}),
    ):
        assert wrong(answer) == (404, "schedule-not-found", [])


async def test_what_makes_no_sense_is_refused_with_its_place(site: Site) -> None:
    assert (await made(site)).status_code == 201
    assert wrong(await made(site)) == (409, "schedule-name-taken", [])
    bad_cron = await made(site, name="b", cron="0 25 * * *")
    assert wrong(bad_cron) == (422, "invalid-schedule", ["/cron"])
    bad_zone = await made(site, name="b", time_zone="Mars")
    assert wrong(bad_zone) == (422, "invalid-schedule", ["/time_zone"])
    bad_input = await made(site, name="b", input={"name": 5})
    assert wrong(bad_input) == (422, "invalid-input", ["/name"])
    assert wrong(await made(site, name="b", version=9)) == (404, "version-not-found", [])
    assert wrong(await made(site, name="b", workflow_id="x")) == (404, "workflow-not-found", [])
