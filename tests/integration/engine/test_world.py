"""Nodes that use the world, through the whole service: agents, tools, HTTP, events of their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic_core import from_json

from services.bootstrap import open_services
from services.domain.runs import RunStatus
from services.settings import Settings
from tests.support.service import completed, created, kinds, run_of, service, states_of
from tests.support.web import answer, web

TOOLBOX = "tests.support.toolbox"


def one(kind: str, **config: Any) -> dict[str, Any]:
    nodes = [{"id": "n", "type": kind, "config": config}]
    return {"name": "one", "nodes": nodes, "edges": []}


def agent(*replies: dict[str, Any], **config: Any) -> dict[str, Any]:
    return one(
        "agent",
        **{"model": "scripted", "prompt": "How is Paris?", "tools": ["weather"], **config},
        options={"replies": list(replies)},
    )


ASKS = {"text": "Let me see.", "tool_calls": [{"name": "weather", "args": {"city": "Paris"}}]}
ANSWERS = {"contains": "degrees", "text": "It is 18 degrees in Paris."}


async def test_an_agent_works_with_tools_and_is_one_node(tmp_path: Path) -> None:
    async with service(tmp_path, tools=TOOLBOX) as services:
        run = await created(services, agent(ANSWERS, ASKS))
        events = await completed(services, run)
        assert kinds(events) == [
            "run.created",
            "run.started",
            "node.started n",
            "node.completed n",
            "run.completed",
        ]
        state = (await states_of(services, run))["n", 1]
        assert state.output["text"] == "It is 18 degrees in Paris."
        assert [m["role"] for m in state.output["messages"]] == [
            "user",
            "assistant",
            "tool",
            "assistant",
        ]
        assert from_json(state.output["messages"][2]["content"])["degrees"] == 18
        assert state.usage is not None
        assert state.usage.output_tokens == 9  # words of both answers
        assert state.output["usage"]["total_tokens"] == state.usage.total_tokens


async def test_the_words_of_an_agent_stream_into_its_visit(tmp_path: Path) -> None:
    async with service(tmp_path, tools=TOOLBOX) as services:
        run = await created(services, agent(ANSWERS, ASKS))
        async with services.runs.watch(run.id) as frames:
            await services.runs.execute(run.id)
            told = [from_json(frame.text) async for frame in frames]
        tokens = [event for event in told if event["type"] == "workflow.node.token"]
        assert {(token["node_id"], token["visit"]) for token in tokens} == {("n", 1)}
        text = "".join(token["data"]["text"] for token in tokens)
        assert text == "Let me see.It is 18 degrees in Paris."
        types = [event["type"] for event in told]
        last = max(i for i, kind in enumerate(types) if kind == "workflow.node.token")
        assert last < types.index("workflow.node.completed")


async def test_an_agent_gives_what_a_schema_asks_for(tmp_path: Path) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    gives = {"tool_calls": [{"name": "result", "args": {"n": 18}}]}
    async with service(tmp_path, tools=TOOLBOX) as services:
        run = await run_of(services, agent(gives, output_schema=schema))
        assert run.output["n"]["data"] == {"n": 18}


async def test_an_agent_that_comes_to_no_end_is_stopped(tmp_path: Path) -> None:
    async with service(tmp_path, tools=TOOLBOX) as services:
        run = await run_of(services, agent(ASKS, max_turns=3))
        assert run.status is RunStatus.FAILED
        assert run.error is not None
        assert run.error.type == "STEP_LIMIT"
        assert run.error.message == "the agent was not done after 3 turns (max_turns)"


async def test_an_agent_hears_of_a_tool_that_failed(tmp_path: Path) -> None:
    hears = {"contains": "the line is down", "text": "I cannot say."}
    asks = {"tool_calls": [{"name": "broken", "args": {}}]}
    async with service(tmp_path, tools=TOOLBOX) as services:
        run = await run_of(services, agent(hears, asks, tools=["broken"]))
        assert run.output["n"]["text"] == "I cannot say."


async def test_a_tool_node_calls_a_tool_of_the_settings(tmp_path: Path) -> None:
    async with service(tmp_path, tools=TOOLBOX) as services:
        call = one("tool", tool="weather", arguments={"city": "{{ input.city }}"})
        run = await run_of(services, call, {"city": "Oslo"})
        assert run.output == {"n": {"city": "Oslo", "degrees": 18}}


async def test_an_http_node_reaches_what_the_settings_allow(tmp_path: Path) -> None:
    reply = answer(b'{"n": 1}', Content_Type="application/json")
    async with (
        web({"/": reply}) as server,
        service(tmp_path, http_allow=f"127.0.0.1:{server.port}") as services,
    ):
        run = await run_of(services, one("http", url=server.url(), method="POST"))
        assert run.output["n"]["body"] == {"n": 1}
        assert server.seen[0].headers["idempotency-key"] == f"{run.id}:n:1"
        closed = await run_of(services, one("http", url="http://localhost:1"))
        assert closed.error is not None
        assert closed.error.type == "SECURITY"


async def test_an_emitted_event_is_in_the_log(tmp_path: Path) -> None:
    async with service(tmp_path) as services:
        run = await created(services, one("emit", name="paid", data={"total": 12}))
        events = await completed(services, run)
        (custom,) = (event for event in events if event["type"] == "workflow.custom")
        assert custom["data"] == {"name": "paid", "payload": {"total": 12}}
        assert (custom["node_id"], custom["visit"]) == ("n", 1)


async def test_the_installed_registry_knows_the_tools(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'test.db'}"
    async with open_services(Settings(database_url=url, tools=TOOLBOX)) as services:
        (problem,) = await services.workflows.validate("default", one("tool", tool="wether"))
        assert (problem.code, problem.hint) == ("unknown-tool", "did you mean 'weather'?")


async def test_a_cached_node_asks_once_for_all_runs_of_a_project(tmp_path: Path) -> None:
    document = one("llm", model="scripted", prompt="Hi")
    document["nodes"][0]["cache"] = {"ttl_seconds": 60}
    async with service(tmp_path) as services:
        said = []
        for _ in range(2):
            run = await created(services, document)
            events = await completed(services, run)
            said.append(next(e["data"] for e in events if e["type"] == "workflow.node.completed"))
        assert [(data["cached"], data["usage"] is None) for data in said] == [
            (False, False),
            (True, True),
        ]
        assert said[0]["output"] == said[1]["output"]


async def test_a_run_says_what_its_visits_cost(tmp_path: Path) -> None:
    nodes = [
        {"id": i, "type": "llm", "config": {"model": "scripted", "prompt": "one two"}} for i in "ab"
    ]
    document = {"name": "two", "nodes": nodes, "edges": []}
    prices = {"scripted": {"input": 500_000, "output": 1_000_000}}
    async with service(tmp_path, prices=prices) as services:
        run = await run_of(services, document)
        visits = [state.usage for state in (await states_of(services, run)).values()]
        assert run.usage is not None
        assert run.usage.model == "scripted"
        assert (run.usage.input_tokens, run.usage.output_tokens) == (4, 6)
        assert run.usage.cost_usd == sum(u.cost_usd for u in visits if u is not None) == 8.0
