"""Debugging runs over HTTP: where they stop, how they go on, what is changed, and forks."""

from __future__ import annotations

import httpx
import pytest

from services.errors import NotRecordableError
from tests.integration.api.site import FAILING, GREETING, PROJECT, Site, Wire

ADA: Wire = {"name": "Ada"}
LOOP: Wire = {
    "name": "loop",
    "variables": {"seen": {"reducer": "append"}},
    "nodes": [
        {"id": "each", "type": "foreach", "config": {"items": "[1, 2]", "mode": "sequential"}},
        {"id": "note", "type": "set", "config": {"values": {"seen": "item"}}, "parent": "each"},
        {"id": "all", "type": "transform", "config": {"expression": "vars.seen"}},
    ],
    "edges": [{"source": "each", "target": "all"}],
}
PINNED: Wire = {
    "name": "pinned",
    "nodes": [
        {"id": "call", "type": "python", "config": {"function": "break_down"}, "pinned": {"n": 7}},
        {"id": "read", "type": "transform", "config": {"expression": "call.output.n"}},
    ],
    "edges": [{"source": "call", "target": "read"}],
}


def problem(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


async def begun(site: Site, definition: Wire, debug: Wire) -> Wire:
    """A run that is debugged from its beginning, and executed."""
    body = {"workflow_id": await site.stored(definition), "debug": debug, "input": ADA}
    url = f"{PROJECT}/workflows/runs?execute=true"
    answer = await site.http.post(url, json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def ask(site: Site, run: Wire, what: str, body: Wire | None = None) -> httpx.Response:
    return await site.http.post(f"/api/v1/runs/{run['id']}/{what}", json=body)


async def stopped(site: Site, run: Wire, *names: str) -> list[Wire]:
    """The stops of a run once exactly these have stopped."""
    async with site.services.runs.watch(run["id"]) as frames:
        async for _ in frames:
            found = (await site.http.get(f"/api/v1/runs/{run['id']}/stops")).json()["stops"]
            if sorted(stop["node_id"] for stop in found) == sorted(names):
                return list(found)
    raise AssertionError(f"the run ended; {names} have not stopped")


async def ended(site: Site, run: Wire) -> Wire:
    async with site.services.runs.watch(run["id"]) as frames:
        async for _ in frames:
            pass
    return dict((await site.http.get(f"/api/v1/runs/{run['id']}")).json())


async def test_a_run_stops_is_looked_at_changed_and_goes_on(site: Site) -> None:
    debug = {"breakpoints": [{"id": "x", "node_id": "greet"}]}
    run = await begun(site, GREETING, debug)
    (stop,) = await stopped(site, run, "greet")
    assert (stop["position"], stop["reason"], stop["breakpoint_id"]) == (
        "before",
        "breakpoint",
        "x",
    )
    assert stop["input"] == {"template": "Hi Ada"}
    assert stop["running"] == []
    entry = (
        await site.http.get(f"/api/v1/runs/{run['id']}/events?after_seq={stop['seq'] - 1}&limit=1")
    ).json()
    assert entry["items"][0]["type"] == "workflow.node.paused"

    edited = await site.http.patch(
        f"/api/v1/runs/{run['id']}/state",
        json={"node_id": "greet", "input": {"template": "Hi Bob"}},
    )
    assert edited.status_code == 200, edited.text
    stepped = await ask(site, run, "step")
    assert (stepped.status_code, stepped.json()["id"]) == (202, run["id"])
    (stop,) = await stopped(site, run, "shout")
    assert stop["reason"] == "step"
    await ask(site, run, "continue")
    assert (await ended(site, run))["output"] == {"shout": "HI BOB"}


async def test_breakpoints_are_set_changed_and_removed_one_by_one(site: Site) -> None:
    run = await site.pending(GREETING)
    url = f"/api/v1/runs/{run['id']}/breakpoints"
    one = await site.http.post(url, json={"node_id": "shout", "on": "after"})
    assert one.status_code == 201
    name = one.json()["id"]
    changed = await site.http.put(f"{url}/{name}", json={"node_id": "shout", "hits": 2})
    assert (changed.status_code, changed.json()["id"], changed.json()["hits"]) == (200, name, 2)
    assert (await site.http.post(url, json=changed.json())).status_code == 200
    assert (await site.http.put(f"{url}/new", json={"node_id": "shout"})).status_code == 201
    assert (await site.http.delete(f"{url}/new")).status_code == 204
    assert (await site.http.get(url)).json()["breakpoints"] == [changed.json()]
    round_trip = await site.http.put(url, json=(await site.http.get(url)).json())
    assert round_trip.json()["breakpoints"] == [changed.json()]
    assert (await site.http.delete(f"{url}/{name}")).status_code == 204
    assert (await site.http.get(url)).json() == {"breakpoints": []}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"node_id": "gret"}, "/node_id"),
        ({"on": "edge"}, "/edge_id"),
        ({"node_id": "greet", "condition": "1 +"}, "/condition"),
        ({"node_id": "greet", "hits": 0}, "/hits"),
        ({"node": "greet"}, "/node"),
        ({"node_id": "greet", "id": "a/b"}, "/id"),
    ],
)
async def test_a_breakpoint_that_means_nothing_is_refused_with_its_address(
    site: Site, body: Wire, pointer: str
) -> None:
    run = await site.pending(GREETING)
    url = f"/api/v1/runs/{run['id']}/breakpoints"
    one = await site.http.post(url, json=body)
    assert one.status_code == 422
    assert one.json()["errors"][0]["pointer"] == pointer
    many = await site.http.put(url, json={"breakpoints": [{"node_id": "greet"}, body]})
    assert many.json()["errors"][0]["pointer"] == f"/breakpoints/1{pointer}"
    debug = {"workflow_id": run["workflow_id"], "debug": {"breakpoints": [body]}}
    new = await site.http.post(f"{PROJECT}/workflows/runs", json=debug)
    assert new.json()["errors"][0]["pointer"] == f"/debug/breakpoints/0{pointer}"


async def test_breakpoints_are_kept_with_a_workflow_for_the_runs_that_want_them(site: Site) -> None:
    workflow = await site.stored(GREETING)
    url = f"{PROJECT}/workflows/{workflow}/breakpoints"
    kept = await site.http.put(url, json={"breakpoints": [{"id": "k", "node_id": "shout"}]})
    assert (await site.http.get(url)).json() == kept.json()
    wrong = await site.http.put(url, json={"breakpoints": [{"node_id": "nope"}]})
    assert problem(wrong) == (422, "invalid-breakpoint")

    run = await begun(site, GREETING, {"kept_breakpoints": True})
    await stopped(site, run, "shout")
    await ask(site, run, "continue", {"node_id": "shout"})
    assert (await ended(site, run))["status"] == "completed"
    other = await begun(site, GREETING, {})
    assert (await ended(site, other))["status"] == "completed"


async def test_a_visit_is_stepped_into_out_of_and_named_by_its_path(site: Site) -> None:
    run = await begun(site, LOOP, {"stepping": True})
    await stopped(site, run, "each")
    await ask(site, run, "step", {"mode": "into"})
    (stop,) = await stopped(site, run, "note")
    assert stop["path"] == "each[0]"
    missed = await ask(site, run, "step", {"node_id": "note", "path": "each[7]"})
    assert problem(missed) == (409, "not-stopped")
    found = missed.json()["errors"][0]
    assert (found["node_id"], found["path"], found["visit"]) == ("note", "each[0]", 1)
    await ask(site, run, "continue", {"until": "all"})
    (stop,) = await stopped(site, run, "all")
    assert stop["reason"] == "run_to"
    await ask(site, run, "continue")
    assert (await ended(site, run))["output"] == {"all": [1, 2]}


async def test_null_is_an_output_and_absent_is_none(site: Site) -> None:
    run = await begun(site, GREETING, {"breakpoints": [{"node_id": "shout"}]})
    await stopped(site, run, "shout")
    empty = await site.http.patch(f"/api/v1/runs/{run['id']}/state", json={})
    assert problem(empty) == (422, "invalid-request")
    assert problem(await ask(site, run, "skip", {})) == (422, "invalid-request")
    await ask(site, run, "skip", {"output": None})
    assert (await ended(site, run))["output"] == {"shout": None}


async def test_what_failed_is_tried_again_and_what_does_not_fit_is_refused(site: Site) -> None:
    run = await begun(site, FAILING, {"breakpoints": [{"on": "error"}]})
    (stop,) = await stopped(site, run, "break")
    assert stop["error"]["message"].endswith("the printer is on fire")
    state = f"/api/v1/runs/{run['id']}/state"
    body = {"input": [1], "variables": {"unknown": 1, "other": 2}}
    refused = await site.http.patch(state, json=body)
    assert problem(refused) == (409, "invalid-edit")
    assert [(error["pointer"], error["node_id"]) for error in refused.json()["errors"]] == [
        ("/input", "break"),
        ("/variables/unknown", "break"),
        ("/variables/other", "break"),
    ]
    await ask(site, run, "step", {"retry": True})
    async with site.services.runs.watch(run["id"]) as frames:
        async for _ in frames:
            (*_, last) = (await site.http.get(f"/api/v1/runs/{run['id']}/stops")).json()[
                "stops"
            ] or [{}]
            if last.get("attempt") == 2:
                break
    await ask(site, run, "skip", {"output": "by hand"})
    assert (await ended(site, run))["output"] == {"break": "by hand"}


async def test_what_cannot_be_is_told(site: Site) -> None:
    pending, done = await site.pending(GREETING), await site.run(GREETING)
    assert problem(await ask(site, pending, "step")) == (409, "run-not-started")
    assert problem(await ask(site, done, "step")) == (409, "run-is-over")
    assert problem(await ask(site, {"id": "nothing"}, "step")) == (404, "run-not-found")
    both = {"node_id": "greet", "until": "shout"}
    assert problem(await ask(site, pending, "continue", both)) == (422, "invalid-request")
    assert problem(await ask(site, pending, "step", {"mode": "up"})) == (422, "invalid-request")
    url = f"/api/v1/runs/{done['id']}/breakpoints"
    assert problem(await site.http.put(url, json={"breakpoints": []})) == (409, "run-is-over")
    body = {
        "workflow_id": pending["workflow_id"],
        "debug": {"pins": [{"node_id": "x", "output": 1}]},
    }
    answer = await site.http.post(f"{PROJECT}/workflows/runs", json=body)
    assert problem(answer) == (422, "invalid-pin")
    assert answer.json()["errors"][0]["pointer"] == "/debug/pins/0/node_id"
    body["debug"] = {"pins_from": "nothing"}
    answer = await site.http.post(f"{PROJECT}/workflows/runs", json=body)
    assert problem(answer) == (404, "run-not-found")


async def test_pins_come_from_the_definition_by_hand_or_from_another_run(site: Site) -> None:
    plain = await site.run(PINNED)
    assert plain["status"] == "failed", "runs that nobody debugs do their work"
    kept = await ended(site, await begun(site, PINNED, {}))
    assert kept["output"] == {"read": 7}
    pins = [{"node_id": "call", "output": {"n": 8}}]
    by_hand = await ended(site, await begun(site, PINNED, {"pins": pins}))
    assert by_hand["output"] == {"read": 8}
    taken = await ended(site, await begun(site, PINNED, {"pins_from": by_hand["id"]}))
    assert taken["output"] == {"read": 8}


async def test_two_who_debug_a_run_get_in_nobodys_way(site: Site) -> None:
    run = await begun(site, GREETING, {"breakpoints": [{"node_id": "greet"}]})
    await stopped(site, run, "greet")
    once = {"node_id": "greet", "visit": 1}
    first, second = await ask(site, run, "step", once), await ask(site, run, "step", once)
    assert first.status_code == 202
    assert problem(second) == (409, "not-stopped")
    await stopped(site, run, "shout")
    cancelled = await ask(site, run, "cancel")
    assert cancelled.status_code == 202
    assert (await ended(site, run))["status"] == "cancelled"


async def test_a_fork_leaves_a_run_at_any_moment(site: Site) -> None:
    done = await site.run(GREETING, ADA)
    edits = [{"node_id": "shout", "output": "SILENCE"}]
    answer = await ask(site, done, "fork", {"node_id": "shout", "edits": edits})
    assert answer.status_code == 201, answer.text
    fork = answer.json()
    assert (fork["source_run_id"], fork["repeats"]) == (done["id"], [])
    assert answer.headers["Location"] == f"/api/v1/runs/{fork['id']}"
    assert (await ended(site, fork))["output"] == {"shout": "SILENCE"}
    assert (await site.http.get(f"/api/v1/runs/{done['id']}")).json() == done


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"seq": 10_000}, "invalid-fork", "/seq"),
        ({"node_id": "nope"}, "invalid-fork", "/node_id"),
        ({"edits": [{"node_id": "nope", "output": 1}]}, "invalid-fork", "/edits/0/node_id"),
        (
            {"edits": [{"node_id": "greet", "visit": 1, "output": 1}]},
            "invalid-fork",
            "/edits/0/visit",
        ),
        ({"seq": 1, "edits": [{"node_id": "greet"}]}, "invalid-fork", "/edits/0"),
        (
            {"seq": 1, "edits": [{"node_id": "greet", "visit": 2, "output": 1}]},
            "invalid-fork",
            "/edits/0/visit",
        ),
        (
            {"seq": 1, "edits": [{"node_id": "greet", "path": "x[0]", "output": 1}]},
            "invalid-fork",
            "/edits/0/path",
        ),
        (
            {"seq": 1, "edits": [{"node_id": "greet", "input": 1}]},
            "invalid-fork",
            "/edits/0/input",
        ),
        (
            {"seq": 1, "edits": [{"node_id": "greet", "variables": {"v": 1}}]},
            "invalid-fork",
            "/edits/0/variables/v",
        ),
        (
            {"debug": {"breakpoints": [{"node_id": "x"}]}},
            "invalid-breakpoint",
            "/debug/breakpoints/0/node_id",
        ),
        ({"seq": 1, "node_id": "greet"}, "invalid-request", ""),
    ],
)
async def test_a_fork_that_cannot_be_is_refused_with_its_address(
    site: Site, body: Wire, code: str, pointer: str
) -> None:
    done = await site.run(GREETING, ADA)
    answer = await ask(site, done, "fork", body)
    assert problem(answer) == (422, code)
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_edits_show_at_the_stop_and_the_run_can_be_read_ever_after(site: Site) -> None:
    run = await begun(site, LOOP, {"breakpoints": [{"node_id": "all"}]})
    await stopped(site, run, "all")
    url = f"/api/v1/runs/{run['id']}/state"
    refused = await site.http.patch(url, json={"variables": {"seen": 5}})
    assert refused.status_code == 409
    given = {"variables": {"seen": ["x"]}, "input": {"expression": "vars.seen"}}
    assert (await site.http.patch(url, json=given)).status_code == 200
    (stop,) = await stopped(site, run, "all")
    assert (stop["variables"], stop["input"]) == ({"seen": ["x"]}, {"expression": "vars.seen"})
    await ask(site, run, "continue")
    await ended(site, run)
    state = await site.http.get(url)
    assert state.status_code == 200, state.text
    assert state.json()["variables"] == {"seen": ["x"]}
    again = await ask(site, run, "retry", {"from_node": "all"})
    assert again.status_code == 201, again.text


async def test_a_run_that_somebody_changed_becomes_no_test(site: Site) -> None:
    run = await begun(site, GREETING, {"breakpoints": [{"node_id": "shout"}]})
    await stopped(site, run, "shout")
    await ask(site, run, "skip", {"output": "quiet"})
    await ended(site, run)
    with pytest.raises(NotRecordableError, match="was changed"):
        await site.services.rehearsals.record(run["id"])


async def test_a_stop_at_a_way_out_shows_the_way_and_what_the_visit_began_with(site: Site) -> None:
    choice = {
        "name": "choice",
        "nodes": [
            {"id": "if", "type": "condition", "config": {"expression": "1 > 0"}},
            {"id": "yes", "type": "template", "config": {"template": "yes"}},
            {"id": "no", "type": "template", "config": {"template": "no"}},
        ],
        "edges": [
            {"id": "way", "source": "if", "target": "yes", "sourceHandle": "true"},
            {"source": "if", "target": "no", "sourceHandle": "false"},
        ],
    }
    debug = {"breakpoints": [{"on": "edge", "edge_id": "way"}]}
    run = await begun(site, choice, debug)
    (stop,) = await stopped(site, run, "if")
    assert (stop["output"], stop["input"]) == ({"route": "true"}, {"expression": "1 > 0"})
    await ask(site, run, "continue")
    assert (await ended(site, run))["output"] == {"yes": {"text": "yes"}}
