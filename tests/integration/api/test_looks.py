"""Looking into runs over HTTP."""

from __future__ import annotations

from urllib.parse import quote

from tests.integration.api.site import FAILING, GREETING, Site


async def test_the_state_of_a_run_at_any_entry_of_its_log(site: Site) -> None:
    run = await site.run(GREETING, {"name": "Ada"})
    path = f"/api/v1/runs/{run['id']}/state"
    now = (await site.http.get(path)).json()
    assert (now["seq"], now["head_seq"], now["run"]) == (7, 7, run)
    assert (now["tokens"], now["joins"], now["bodies"], now["complete"]) == ([], [], [], True)
    then = (await site.http.get(path, params={"seq": 4})).json()
    assert (then["seq"], then["run"]["status"]) == (4, "running")
    assert [(t["source"], t["target"]) for t in then["tokens"]] == [("greet", "shout")]
    assert [(n["node_id"], n["visit"], n["status"]) for n in then["nodes"]] == [
        ("greet", 1, "completed"),
        ("shout", 0, "pending"),
    ]
    beyond = (await site.http.get(path, params={"seq": 1_000})).json()
    assert beyond == now


async def test_nodes_of_a_state_are_paged(site: Site) -> None:
    run = await site.run(GREETING, {"name": "Ada"})
    path = f"/api/v1/runs/{run['id']}/state"
    first = (await site.http.get(path, params={"limit": 1})).json()
    rest = (await site.http.get(path, params={"cursor": first["next_cursor"]})).json()
    ids = [node["node_id"] for page in (first, rest) for node in page["nodes"]]
    assert (ids, rest["next_cursor"]) == (["greet", "shout"], None)
    assert (await site.http.get(path, params={"cursor": "x"})).status_code == 400


async def test_two_runs_beside_each_other(site: Site) -> None:
    ada, grace = [await site.run(GREETING, {"name": name}) for name in ("Ada", "Grace")]
    path = f"/api/v1/runs/{ada['id']}/diff/{grace['id']}"
    found = (await site.http.get(path)).json()
    assert (found["same"], found["visits_differing"], found["visits_total"]) == (False, 2, 2)
    greet = found["visits"][0]
    assert (greet["fate"], greet["aspects"]) == ("changed", ["input", "output"])
    assert greet["output"]["items"] == [
        {"pointer": "/text", "change": "changed", "before": "Hi Ada", "after": "Hi Grace"}
    ]
    same = (await site.http.get(f"/api/v1/runs/{ada['id']}/diff/{ada['id']}?all=true")).json()
    assert (same["same"], [v["fate"] for v in same["visits"]]) == (True, ["same", "same"])
    page = (await site.http.get(path, params={"limit": 1})).json()
    rest = (await site.http.get(path, params={"cursor": page["next_cursor"]})).json()
    assert [*page["visits"], *rest["visits"]] == found["visits"]


async def test_one_node_alone(site: Site) -> None:
    run = await site.run(GREETING, {"name": "Ada"})
    path = f"/api/v1/runs/{run['id']}/nodes"
    done = (await site.http.post(f"{path}/greet/run")).json()
    assert (done["status"], done["output"]) == ("completed", {"text": "Hi Ada"})
    assert [event["type"] for event in done["events"]] == [
        "workflow.node.started",
        "workflow.node.completed",
    ]
    other = await site.http.post(f"{path}/shout/run", json={"input": {"expression": "HEY"}})
    assert other.json()["output"] == "HEY"
    assert (await site.http.get(f"/api/v1/runs/{run['id']}")).json() == run


async def test_an_id_may_have_a_slash(site: Site) -> None:
    node = {"id": "b/c", "type": "template", "config": {"template": "Hi"}}
    name = quote("a/b", safe="")
    run = await site.run({"name": "a/b", "nodes": [node]})
    address = f"/api/v1/runs/{run['id']}/breakpoints/{name}"
    for part in ("", "/graph", "/schemas", "/subgraphs"):
        assert (await site.http.get(f"/langgraph/assistants/{name}{part}")).status_code == 200
    talk = {"threadId": "t", "runId": "r", "messages": []}
    assert (await site.http.post(f"/agui/{name}", json=talk)).status_code == 200
    alone = await site.http.post(f"/api/v1/runs/{run['id']}/nodes/b%2Fc/run")
    assert (alone.status_code, alone.json()["output"]) == (200, {"text": "Hi"})
    assert (await site.http.patch(address)).headers["allow"] == "DELETE, PUT"


async def test_what_cannot_be_looked_at_says_why(site: Site) -> None:
    run = await site.run(FAILING)
    for path in ("nothing/state", f"nothing/diff/{run['id']}", f"{run['id']}/diff/nothing"):
        answer = await site.http.get(f"/api/v1/runs/{path}")
        assert (answer.status_code, answer.json()["title"]) == (404, "No such run")
    answer = await site.http.post(f"/api/v1/runs/{run['id']}/nodes/nobody/run")
    assert (answer.status_code, answer.json()["type"]) == (
        404,
        "urn:workflow:problem:visit-not-found",
    )
    failed = await site.http.post(f"/api/v1/runs/{run['id']}/nodes/break/run")
    assert (failed.status_code, failed.json()["status"]) == (200, "failed")


async def test_checkpoints_lie_where_nothing_is_half_done(site: Site) -> None:
    run = await site.run(GREETING, {"name": "Ada"})
    address = f"/api/v1/runs/{run['id']}/checkpoints"
    every = (await site.http.get(address)).json()
    ended = [[visit["node_id"] for visit in one["ended"]] for one in every["items"]]
    assert (ended, every["next_cursor"]) == ([[], ["greet"], ["shout"]], None)

    found, cursor = [], None
    while cursor != "":
        query = {"limit": "1"} | ({"cursor": cursor} if cursor else {})
        page = (await site.http.get(address, params=query)).json()
        found += page["items"]
        cursor = page["next_cursor"] or ""
    assert found == every["items"]

    middle = every["items"][1]
    assert middle["id"] == f"{run['id']}.{middle['seq']}"
    state = await site.http.get(f"/api/v1/runs/{run['id']}/state", params={"seq": middle["seq"]})
    statuses = {node["node_id"]: node["status"] for node in state.json()["nodes"]}
    assert statuses["greet"] == "completed"
    assert (await site.http.get("/api/v1/runs/nothing/checkpoints")).status_code == 404
