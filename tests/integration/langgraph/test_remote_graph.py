"""LangGraph's `RemoteGraph`, alone and as a node of a graph that is not ours."""

from __future__ import annotations

from typing import TypedDict

from langchain_core.runnables import RunnableConfig
from langgraph.graph import END, START, StateGraph
from langgraph.pregel.remote import RemoteGraph
from langgraph.types import Command
from langgraph_sdk.client import LangGraphClient

from tests.integration.langgraph.workflows import user


class Talk(TypedDict, total=False):
    messages: list[dict[str, str]]
    topic: str


async def test_a_remote_graph_runs_a_workflow(client: LangGraphClient) -> None:
    graph = RemoteGraph("chat", client=client)
    config: RunnableConfig = {"configurable": {"thread_id": "remote"}}
    values = await graph.ainvoke(user("Hi"), config)
    assert [message["content"] for message in values["messages"]] == ["Hi", "[scripted] Hi"]
    assert (await graph.aget_state(config)).values == values
    states = [state async for state in graph.aget_state_history(config)]
    assert [state.next for state in states] == [(), ("say",), ("answer",), ("hear",)]
    earlier = await graph.aget_state(states[2].config)
    assert earlier.next == ("answer",)
    assert "answer" in (await graph.aget_graph()).nodes
    await graph.aupdate_state(config, user("Noted"))
    assert len((await graph.aget_state(config)).values["messages"]) == 3


async def test_a_remote_graph_streams(client: LangGraphClient) -> None:
    graph = RemoteGraph("chat", client=client)
    chunks = [chunk async for chunk in graph.astream(user("Hi"), stream_mode="updates")]
    assert [list(chunk) for chunk in chunks] == [["hear"], ["answer"], ["say"]]


async def test_a_remote_graph_is_interrupted_and_resumed(client: LangGraphClient) -> None:
    graph = RemoteGraph("asking", client=client)
    config: RunnableConfig = {"configurable": {"thread_id": "asked"}}
    await graph.ainvoke({"what": "go"}, config)
    (interrupt,) = (await graph.aget_state(config)).interrupts
    assert interrupt.value["prompt"] == "Shall we go?"
    assert await graph.ainvoke(Command(resume={"ok": True}), config) == {"ok": True}


async def test_a_workflow_is_a_node_of_a_foreign_graph(client: LangGraphClient) -> None:
    builder = StateGraph(Talk)
    builder.add_node("ask", lambda state: user(state["topic"]))
    builder.add_node("remote", RemoteGraph("chat", client=client))
    builder.add_edge(START, "ask")
    builder.add_edge("ask", "remote")
    builder.add_edge("remote", END)
    values = await builder.compile().ainvoke({"topic": "walnuts"})
    assert values["messages"][-1]["content"] == "[scripted] walnuts"
