"""Stored workflows as assistants."""

from __future__ import annotations

import pytest
from langgraph_sdk.errors import NotFoundError

from tests.integration.api.site import Site
from tests.integration.langgraph.workflows import ASKING, Client


async def test_a_workflow_is_an_assistant_by_its_id_and_its_name(client: Client) -> None:
    by_name = await client.assistants.get("chat")
    assert await client.assistants.get(by_name["assistant_id"]) == by_name
    assert (by_name["graph_id"], by_name["version"]) == ("chat", 1)
    with pytest.raises(NotFoundError):
        await client.assistants.get("nobody")


async def test_assistants_are_found_page_by_page(client: Client) -> None:
    found = await client.assistants.search(name="ASK", sort_by="name", sort_order="asc")
    assert [each["name"] for each in found] == ["asking", "asking-two"]
    page = await client.assistants.search(
        sort_by="name", sort_order="asc", limit=2, offset=1, response_format="object"
    )
    assert [each["name"] for each in page["assistants"]] == ["asking-two", "chat"]
    assert page["next"] == "3"
    assert [each["name"] for each in await client.assistants.search(graph_id="chat")] == ["chat"]
    assert await client.assistants.count() == 6
    assert await client.assistants.search(metadata={"of": "somebody"}) == []
    system = await client.assistants.search(
        metadata={"created_by": "system"}, graph_id="chat", select=["name", "metadata"]
    )
    assert system == [{"name": "chat", "metadata": {"created_by": "system"}}]


async def test_an_assistant_tells_its_graph_and_its_schemas(client: Client) -> None:
    graph = await client.assistants.get_graph("chat")
    assert [node["id"] for node in graph["nodes"]] == [
        "__start__", "hear", "answer", "say", "__end__",
    ]  # fmt: skip
    ways = [(edge["source"], edge["target"]) for edge in graph["edges"]]
    assert ways == [
        ("__start__", "hear"),
        ("hear", "answer"),
        ("answer", "say"),
        ("say", "__end__"),
    ]
    schemas = await client.assistants.get_schemas("chat")
    assert schemas["graph_id"] == "chat"
    assert list((schemas["state_schema"] or {})["properties"]) == ["messages"]
    assert await client.assistants.get_subgraphs("chat") == {}


async def test_an_assistant_has_the_versions_of_its_workflow(site: Site, client: Client) -> None:
    await site.stored(ASKING | {"description": "asks"})
    await site.stored(ASKING | {"output": {"said": "{{ approve.output }}"}})
    newest = await client.assistants.get("asking")
    numbers = [each["version"] for each in await client.assistants.get_versions("asking")]
    assert numbers == list(range(newest["version"], 0, -1))
