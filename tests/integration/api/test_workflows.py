"""Workflows over HTTP: stored, found, replaced, examined and drawn."""

from __future__ import annotations

import asyncio

from tests.integration.api.site import GREETING, PROJECT, Site

BROKEN = {
    "name": "broken",
    "nodes": [{"id": "a", "type": "no-such-type"}],
    "edges": [{"source": "a", "target": "nowhere"}],
}


async def test_a_stored_workflow_can_be_read_back(site: Site) -> None:
    answer = await site.http.post(f"{PROJECT}/workflows", json={"definition": GREETING})
    created = answer.json()
    assert answer.status_code == 201
    assert set(created) == {"id", "name", "version", "fingerprint", "problems"}
    assert (created["name"], created["version"], created["problems"]) == ("greeting", 1, [])
    read = await site.http.get(answer.headers["Location"])
    assert read.headers["ETag"] == answer.headers["ETag"]
    assert set(read.json()) == set(created) | {"definition", "created_at", "updated_at"}
    assert read.json()["definition"]["name"] == "greeting"


async def test_the_list_is_searched_and_paged(site: Site) -> None:
    for name in ("alpha", "beta", "gamma"):
        await site.stored(GREETING | {"name": name})
    first = (await site.http.get(f"{PROJECT}/workflows", params={"limit": 2})).json()
    assert [item["name"] for item in first["items"]] == ["alpha", "beta"]
    rest = await site.http.get(f"{PROJECT}/workflows", params={"cursor": first["next_cursor"]})
    assert [item["name"] for item in rest.json()["items"]] == ["gamma"]
    assert rest.json()["next_cursor"] is None
    found = (await site.http.get(f"{PROJECT}/workflows", params={"q": "ET"})).json()
    assert [item["name"] for item in found["items"]] == ["beta"]


async def test_a_change_says_which_version_it_was_made_from(site: Site) -> None:
    address = f"{PROJECT}/workflows/{await site.stored(GREETING)}"
    tag = (await site.http.get(address)).headers["ETag"]
    changed = {"definition": GREETING | {"output": {"said": "{{ shout.output }}"}}}
    missing = await site.http.put(address, json=changed)
    assert (missing.status_code, missing.json()["type"]) == (
        428,
        "urn:workflow:problem:precondition-required",
    )
    first = await site.http.put(address, json=changed, headers={"If-Match": tag})
    assert (first.status_code, first.json()["version"]) == (200, 2)
    several = {"If-Match": f'"x", {tag}, {first.headers["ETag"]}'}
    assert (await site.http.put(address, json=changed, headers=several)).status_code == 200
    late = await site.http.put(address, json={"definition": GREETING}, headers={"If-Match": tag})
    assert (late.status_code, late.json()["type"]) == (412, "urn:workflow:problem:stale-version")
    odd = await site.http.put(address, json=changed, headers={"If-Match": "nonsense"})
    assert (odd.status_code, odd.json()["type"]) == (
        412,
        "urn:workflow:problem:precondition-failed",
    )
    again = await site.http.put(address, json=changed, headers={"If-Match": "*"})
    assert (again.json()["version"], again.headers["ETag"]) == (2, first.headers["ETag"])


async def test_old_versions_stay(site: Site) -> None:
    address = f"{PROJECT}/workflows/{await site.stored(GREETING)}"
    changed = {"definition": GREETING | {"output": {"said": "{{ shout.output }}"}}}
    await site.http.put(address, json=changed, headers={"If-Match": "*"})
    assert "output" not in (await site.http.get(f"{address}/versions/1")).json()["definition"]
    assert "output" in (await site.http.get(f"{address}/versions/2")).json()["definition"]
    assert (await site.http.get(f"{address}/versions/3")).status_code == 404


async def test_a_broken_definition_is_refused_with_all_its_problems(site: Site) -> None:
    answer = await site.http.post(f"{PROJECT}/workflows", json={"definition": BROKEN})
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (
        422,
        "urn:workflow:problem:invalid-definition",
    )
    assert answer.headers["Content-Type"] == "application/problem+json"
    errors = {error["pointer"]: error for error in problem["errors"]}
    assert set(errors) == {"/nodes/0/type", "/edges/0/target"}
    assert all(error["code"] and error["detail"] for error in errors.values())
    assert errors["/nodes/0/type"]["node_id"] == "a"


async def test_validating_stores_nothing_and_is_no_error(site: Site) -> None:
    for definition, valid in ((GREETING, True), (BROKEN, False)):
        answer = await site.http.post(
            f"{PROJECT}/workflows:validate", json={"definition": definition}
        )
        assert (answer.status_code, answer.json()["valid"]) == (200, valid)
        assert bool(answer.json()["problems"]) is not valid
    assert (await site.http.get(f"{PROJECT}/workflows")).json()["items"] == []


async def test_a_plan_names_its_nodes_and_edges(site: Site) -> None:
    answer = await site.http.post(f"{PROJECT}/workflows:plan", json={"definition": GREETING})
    plan = answer.json()
    assert plan["roots"] == ["greet"]
    assert [node["id"] for node in plan["nodes"]] == ["greet", "shout"]
    assert plan["nodes"][0]["routes"]["plain"] == [plan["edges"][0]["id"]] == ["greet->shout"]


async def test_a_graph_keeps_what_the_editor_drew(site: Site) -> None:
    definition = {
        "name": "drawn",
        "nodes": [
            {"id": "a", "type": "start", "position": {"x": 10, "y": 20}, "data": {"label": "Go"}},
            {"id": "b", "type": "end", "position": {"x": "left"}},
        ],
        "edges": [{"id": "e", "source": "a", "target": "b", "label": "then"}],
    }
    address = f"{PROJECT}/workflows/{await site.stored(definition)}/graph"
    graph = (await site.http.get(address)).json()
    assert [(n["id"], n["name"], n["position"], n["parent"]) for n in graph["nodes"]] == [
        ("a", "Go", {"x": 10, "y": 20}, None),
        ("b", "b", None, None),
    ]
    assert graph["edges"] == [
        {
            "id": "e",
            "source": "a",
            "target": "b",
            "handle": None,
            "kind": "plain",
            "condition": None,
            "label": "then",
        }
    ]
    mermaid = await site.http.get(address, params={"format": "mermaid"})
    assert mermaid.headers["Content-Type"].startswith("text/plain")
    assert mermaid.text.startswith("flowchart")
    dot = await site.http.get(address, params={"format": "dot"})
    assert dot.text.startswith("digraph")
    assert mermaid.text.endswith("\n")
    assert dot.text.endswith("}\n")


async def test_a_name_is_one_workflow(site: Site) -> None:
    first = await site.stored(GREETING)
    changed = GREETING | {"output": {"said": "{{ shout.output }}"}}
    for definition, version in ((GREETING, 1), (changed, 2), (GREETING, 1)):
        answer = await site.http.post(f"{PROJECT}/workflows", json={"definition": definition})
        assert (answer.status_code, answer.json()["id"]) == (201, first)
        assert answer.json()["version"] == version


async def test_another_workflow_cannot_get_a_name_that_is_taken(site: Site) -> None:
    await site.stored(GREETING)
    address = f"{PROJECT}/workflows/{await site.stored(GREETING | {'name': 'other'})}"
    answer = await site.http.put(address, json={"definition": GREETING}, headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["type"]) == (
        409,
        "urn:workflow:problem:workflow-name-taken",
    )


async def test_of_many_that_store_a_new_name_at_once_all_succeed(site: Site) -> None:
    definitions = [GREETING | {"output": {"said": f"{n % 10}"}} for n in range(20)]
    answers = await asyncio.gather(
        *(site.http.post(f"{PROJECT}/workflows", json={"definition": d}) for d in definitions)
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert sorted(answer.json()["version"] for answer in answers) == sorted([*range(1, 11)] * 2)


async def test_the_catalogue_describes_what_definitions_may_say(site: Site) -> None:
    types = (await site.http.get("/api/v1/node-types")).json()["items"]
    assert {"llm", "python", "condition"} <= {node_type["name"] for node_type in types}
    assert all(node_type["config_schema"]["type"] == "object" for node_type in types)
    schema = (await site.http.get("/api/v1/schemas/definition")).json()
    assert {"name", "nodes", "edges"} <= set(schema["properties"])


async def test_what_a_client_knows_is_not_sent_again(site: Site) -> None:
    workflow_id = await site.stored(GREETING)
    address = f"{PROJECT}/workflows/{workflow_id}"
    for place in (address, f"{address}/versions/1"):
        tag = (await site.http.get(place)).headers["ETag"]
        known = await site.http.get(place, headers={"If-None-Match": f'"other", W/{tag}'})
        assert (known.status_code, known.content, known.headers["ETag"]) == (304, b"", tag)
    moved = GREETING | {"nodes": [node | {"ui": {"x": 1, "y": 2}} for node in GREETING["nodes"]]}
    await site.stored(moved)
    again = await site.http.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.json()["version"]) == (200, 1)
    assert again.headers["ETag"] != tag


async def test_a_secret_that_is_not_there_is_a_warning(site: Site) -> None:
    asking = {
        "name": "asking",
        "nodes": [{"id": "ask", "type": "http", "config": {"url": "{{ secrets.NOBODY_HAS }}"}}],
    }
    published = await site.http.post(f"{PROJECT}/workflows", json={"definition": asking})
    (problem,) = published.json()["problems"]
    assert (problem["code"], problem["severity"]) == ("missing-secret", "warning")
    assert (problem["pointer"], problem["node_id"]) == ("/nodes/0/config", "ask")
    verdict = await site.http.post(f"{PROJECT}/workflows:validate", json={"definition": asking})
    assert verdict.json() == {"valid": True, "problems": [problem]}
