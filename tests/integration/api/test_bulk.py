"""Runs by the many: found, stopped, gone on from; and how far one is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from tests.integration.api.site import FAILING, GREETING, HOLDING, PROJECT, Site

Wire = dict[str, Any]


async def asked(site: Site, action: str, key: str | None = None, **body: Any) -> list[Wire]:
    headers = {"Idempotency-Key": key} if key else {}
    answer = await site.http.post(f"{PROJECT}/runs:{action}", json=body, headers=headers)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_each_run_has_an_answer_of_its_own(site: Site) -> None:
    pending, done = await site.pending(HOLDING), await site.run(GREETING, {"name": "Ada"})
    told = await asked(site, "cancel", ids=[pending["id"], done["id"], "nobody", pending["id"]])

    assert [(each["id"], each["status"]) for each in told] == [
        (pending["id"], "cancelled"),
        (done["id"], None),
        ("nobody", None),
    ]
    assert [each["problem"] and each["problem"]["type"].rpartition(":")[2] for each in told] == [
        None,
        "run-is-over",
        "run-not-found",
    ]


async def test_a_filter_means_what_can_be_stopped(site: Site) -> None:
    runs = [await site.pending(HOLDING) for _ in range(3)]
    other = await site.pending(GREETING)
    await site.run(FAILING)
    chosen = {"workflow_id": runs[0]["workflow_id"], "order": "oldest"}

    answer = await site.http.post(f"{PROJECT}/runs:cancel", json={"filter": chosen, "limit": 2})
    first = answer.json()
    assert [each["id"] for each in first["items"]] == [runs[0]["id"], runs[1]["id"]]
    assert first["next_cursor"]
    rest = await asked(site, "cancel", filter=chosen, cursor=first["next_cursor"])
    assert [(each["id"], each["status"]) for each in rest] == [(runs[2]["id"], "cancelled")]
    everything = await asked(site, "cancel", filter={})
    assert [(each["id"], each["status"]) for each in everything] == [(other["id"], "cancelled")]


async def test_what_ended_long_ago_is_forgotten_a_few_at_a_time(site: Site) -> None:
    done = [await site.run(GREETING, {"name": "Ada"}) for _ in range(2)]
    failed, pending = await site.run(FAILING), await site.pending(HOLDING)

    async def pruned(**body: Any) -> Wire:
        answer = await site.http.post(f"{PROJECT}/runs:prune", json=body)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    assert (await pruned(older_than_seconds=3600))["runs"] == 0
    would = await pruned(older_than_seconds=0, dry_run=True)
    assert (would["trees"], would["runs"]) == (2, 2)
    first = await pruned(older_than_seconds=0)
    assert first == would
    rest = await pruned(older_than_seconds=0, cursor=first["next_cursor"])
    assert rest == {"trees": 0, "runs": 0, "events": 0, "next_cursor": None}
    for run, status in ((done[0], 404), (done[1], 404), (failed, 200), (pending, 200)):
        assert (await site.http.get(f"/api/v1/runs/{run['id']}")).status_code == status
    assert (await pruned(older_than_seconds=0, status=["failed"]))["runs"] == 1


async def test_many_are_gone_on_from_once(site: Site) -> None:
    failed = [await site.run(FAILING) for _ in range(2)]
    done = await site.run(GREETING, {"name": "Ada"})
    first = await asked(site, "retry", "one", filter={"text": "on fire"})
    again = await asked(site, "retry", "one", filter={"text": "on fire", "status": ["failed"]})

    assert {each["id"] for each in first} == {run["id"] for run in failed}
    gone_on = {each["id"]: each["run_id"] for each in first}
    for run in failed:
        retries = (await site.http.get(f"/api/v1/runs/{run['id']}/retries")).json()["items"]
        assert [retry["id"] for retry in retries] == [gone_on[run["id"]]]
    assert {each["id"]: each["run_id"] for each in again if each["id"] in gone_on} == gone_on
    (refused,) = await asked(site, "retry", ids=[done["id"]])
    assert refused["problem"]["type"].endswith("run-is-completed")


async def test_ids_or_a_filter(site: Site) -> None:
    wrong: list[Wire] = [{}, {"ids": ["r"], "filter": {}}, {"ids": []}, {"ids": ["r"] * 201}]
    for body in wrong:
        answer = await site.http.post(f"{PROJECT}/runs:cancel", json=body)
        assert answer.status_code == 422


async def test_runs_are_listed_by_what_is_wanted(site: Site) -> None:
    done, failed = await site.run(GREETING, {"name": "Ada"}), await site.run(FAILING)
    pending = await site.pending(HOLDING)

    async def found(**wanted: Any) -> list[str]:
        answer = await site.http.get("/api/v1/runs", params=wanted)
        assert answer.status_code == 200, answer.text
        return [run["id"] for run in answer.json()["items"]]

    assert await found(status=["failed", "pending"]) == [pending["id"], failed["id"]]
    assert await found(text="Greet") == [done["id"]]
    assert await found(created_before=failed["created_at"]) == [done["id"]]
    assert await found(created_after=failed["created_at"], order="oldest") == [
        failed["id"],
        pending["id"],
    ]
    answer = await site.http.get("/api/v1/runs", params={"created_after": "2026-01-01T00:00:00"})
    assert answer.status_code == 422  # without a time zone it is no moment


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("created_after", "0001-01-01T00:00:00+14:00"),
        ("created_before", "9999-12-31T23:59:59-14:00"),
        ("text", "\0"),
        ("text", "fire\0"),
    ],
)
async def test_what_no_run_can_have_is_refused(site: Site, name: str, value: str) -> None:
    listed = await site.http.get("/api/v1/runs", params={name: value})
    chosen = await site.http.post(f"{PROJECT}/runs:retry", json={"filter": {name: value}})
    assert (listed.status_code, chosen.status_code) == (422, 422)
    assert f"query {name!r}" in listed.json()["errors"][0]["detail"]
    assert chosen.json()["errors"][0]["pointer"] == f"/filter/{name}"


async def test_the_first_and_the_last_moment_are_some(site: Site) -> None:
    every = {"created_after": "0001-01-01T00:00:00Z", "created_before": "9999-12-31T23:59:59Z"}
    assert (await site.http.get("/api/v1/runs", params=every)).status_code == 200


async def test_how_far_a_run_is(site: Site) -> None:
    site.hold.released.set()
    await site.run(HOLDING)
    site.hold.released.clear()
    site.hold.called.clear()
    run = await site.pending(HOLDING)
    address = f"/api/v1/runs/{run['id']}/status"
    before = (await site.http.get(address)).json()
    assert (before["status"], before["current"], before["estimated_completion"]) == (
        "pending",
        [],
        None,
    )

    await site.http.post(f"/api/v1/runs/{run['id']}/execute")
    await site.hold.called.wait()
    async with site.services.runs.watch(run["id"]) as frames:
        async for frame in frames:
            if frame.type == "node.started" and '"hold"' in frame.text:
                break
    now = (await site.http.get(address)).json()
    assert (now["status"], [visit["node_id"] for visit in now["current"]]) == ("running", ["hold"])
    if estimated := now["estimated_completion"]:  # none where it has taken longer already
        assert datetime.fromisoformat(estimated) > datetime.fromisoformat(run["created_at"])
