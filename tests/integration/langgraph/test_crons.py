"""Crons as LangGraph's client handles them, and the parts of its server that are not here."""

from __future__ import annotations

from typing import Any

import pytest
from langgraph_sdk.errors import APIStatusError, NotFoundError, UnprocessableEntityError

from tests.integration.api.site import Site
from tests.integration.langgraph.workflows import Client, user


async def test_crons_are_the_schedules_of_the_project(site: Site, client: Client) -> None:
    made = await client.crons.create(
        "chat", schedule="0 9 * * *", input=user("Good morning"), timezone="Europe/Berlin"
    )
    assert (made["schedule"], made["timezone"]) == ("0 9 * * *", "Europe/Berlin")
    assert (made["enabled"], made["next_run_date"] is not None) == (True, True)
    (schedule,) = (await site.services.schedules.page("default")).items
    assert (schedule.id, schedule.input) == (made["cron_id"], user("Good morning"))
    await client.crons.create("asking", schedule="0 0 1 * *")
    assert await client.crons.search(assistant_id="chat") == [made]
    assert await client.crons.count() == 2

    paused = await client.crons.update(made["cron_id"], enabled=False, schedule="0 10 * * *")
    assert (paused["enabled"], paused["next_run_date"]) == (False, None)
    assert await client.crons.search(enabled=False) == [paused]
    await client.crons.delete(made["cron_id"])
    assert await client.crons.count() == 1
    with pytest.raises(NotFoundError):
        await client.crons.delete(made["cron_id"])


@pytest.mark.parametrize(
    "wish",
    [
        {"schedule": "now and then"},
        {"schedule": "0 9 * * *", "timezone": "Europe/Atlantis"},
        {"schedule": "0 9 * * *", "webhook": "https://example.com"},
        {"schedule": "0 9 * * *", "interrupt_before": ["say"]},
        {"schedule": "0 9 * * *", "on_run_completed": "delete"},
    ],
)
async def test_a_cron_says_what_a_schedule_can(client: Client, wish: dict[str, Any]) -> None:
    with pytest.raises(UnprocessableEntityError):
        await client.crons.create("chat", input=user("Hi"), **wish)
    assert await client.crons.count() == 0


async def test_what_is_absent_says_so(site: Site, client: Client, thread: str) -> None:
    asked = (
        client.store.put_item(["a"], key="b", value={}),
        client.store.get_item(["a"], key="b"),
        client.store.search_items(["a"]),
        client.assistants.create("chat"),
        client.assistants.update("chat", metadata={}),
        client.assistants.delete("chat"),
        client.assistants.set_latest("chat", 1),
        client.crons.create_for_thread(thread, "chat", schedule="0 9 * * *"),
    )
    for each in asked:
        with pytest.raises(APIStatusError, match="not to be had here") as refused:
            await each
        assert refused.value.status_code == 501
    answer = await site.http.post(f"/langgraph/threads/{thread}/stream/events", json={})
    assert (answer.status_code, "its runs" in answer.json()["detail"]) == (501, True)


async def test_threads_are_pruned_by_name(client: Client, thread: str) -> None:
    await client.runs.wait(thread, "asking", input={"what": "go"})
    assert await client.threads.prune([thread, thread, "nowhere"]) == {"pruned_count": 1}
    assert await client.threads.count() == 0
    with pytest.raises(UnprocessableEntityError):
        await client.threads.prune([], strategy="keep_latest")
