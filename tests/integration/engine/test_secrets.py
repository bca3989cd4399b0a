"""Secrets are sent, and never kept: whatever a server, a function or a model does with them."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy import select

from services.bootstrap import Services
from services.domain.events.stops import BreakOn, Breakpoint, Position, Target
from services.domain.runs import RunStatus
from services.store.database import open_database
from services.store.tables import metadata
from services.usecases.alone import Wanted
from services.usecases.debugging import Given
from tests.integration.engine.test_debugging import at_rest, begun, stops
from tests.support.service import Wire, created, ended, run_of, service, states_of
from tests.support.web import answer, web
from workflow_compiler.ports import NodeContext

VALUE = 's3cret/"value"+ß=1'
OTHER = "only-for-billing-1"
MARK = "[secret TOKEN]"


async def leak(token: str, how: str, context: NodeContext) -> Any:
    """A function that cannot keep a secret."""
    match how:
        case "output":
            return {"a": [token, {token: 1}], "b": quote(token), "c": json.dumps(token)}
        case "base64":
            return base64.b64encode(f"me:{token}".encode()).decode()
        case "error":
            raise ValueError("x" * 1_980 + token)
        case "log":
            context.report.log(f"token is {token}")
            context.report.progress(0.5, token)
            context.report.emit("leak", {"token": token})
        case _:
            for sign in f"say {token} at last":
                context.report.text(sign)
    return None


@pytest.fixture
async def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Services]:
    monkeypatch.setenv("WORKFLOW_SECRET_TOKEN", VALUE)
    monkeypatch.setenv("WORKFLOW_SECRET_SHORT", "abc")
    monkeypatch.setenv("WORKFLOW_SECRET_BILLING__OTHER", OTHER)
    async with service(tmp_path, {"leak": leak}, http_allow=("127.0.0.1",)) as opened:
        yield opened


def leaking(how: str) -> Wire:
    arguments = {"token": "{{ secrets.TOKEN }}", "how": how}
    config = {"function": "leak", "arguments": arguments}
    return {
        "name": f"leaking {how}",
        "nodes": [
            {"id": "leak", "type": "python", "config": config},
            {"id": "after", "type": "set", "config": {"values": {"kept": "leak.output"}}},
        ],
        "edges": [{"source": "leak", "target": "after"}],
        "variables": {"kept": {}},
        "output": {"all": "{{ leak.output }}"},
    }


@pytest.mark.parametrize("how", ["output", "base64", "error", "log", "text"])
async def test_no_row_and_no_frame_has_the_value(
    services: Services, tmp_path: Path, how: str
) -> None:
    run = await created(services, leaking(how))
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        told = [frame.text async for frame in frames]
    everything = "\n".join([*told, *await all_rows(tmp_path)])
    for written in (VALUE, json.dumps(VALUE)[1:-1], quote(VALUE), "czNjcmV0", "NzZWNyZXQ"):
        assert written not in everything
    shown = (await states_of(services, run))["leak", 1].input
    assert shown["arguments"]["token"] == "{{ secrets.TOKEN }}"  # noqa: S105 - its name
    if how == "text":
        pieces = (json.loads(text) for text in told if "node.token" in text)
        assert "".join(piece["data"]["text"] for piece in pieces) == f"say {MARK} at last"
    else:
        assert MARK[:8] in everything


async def test_a_server_hears_the_value_and_what_it_answers_tells_nobody(
    services: Services,
) -> None:
    async with web({"/": answer(VALUE.encode())}) as site:
        config = {"url": site.url(), "method": "POST", "body": "token={{ secrets.TOKEN }}"}
        document = {"name": "asking", "nodes": [{"id": "ask", "type": "http", "config": config}]}
        run = await run_of(services, document)
        (seen,) = site.seen
    assert seen.body == f"token={VALUE}".encode()
    assert (run.status, run.output["ask"]["body"]) == (RunStatus.COMPLETED, MARK)


async def test_a_node_on_its_own_is_sent_the_value_too(services: Services) -> None:
    async with web({"/": answer(VALUE.encode())}) as site:
        config = {"url": site.url(), "method": "POST", "body": "token={{ secrets.TOKEN }}"}
        document = {"name": "asking", "nodes": [{"id": "ask", "type": "http", "config": config}]}
        run = await run_of(services, document)
        done = await services.lone_visits.run(run.id, Wanted(node_id="ask"))
        assert [seen.body for seen in site.seen] == [f"token={VALUE}".encode()] * 2
    assert done.state.output["body"] == MARK
    assert done.state.input["body"] == "token={{ secrets.TOKEN }}"


async def test_who_debugs_a_run_sees_names_and_sends_values(
    services: Services, tmp_path: Path
) -> None:
    where = (
        Breakpoint(id="before", node_id="leak"),
        Breakpoint(id="after", node_id="leak", on=BreakOn.AFTER),
    )
    run = await begun(services, leaking("output"), *where)
    (stop,) = (await stops(services, run, "leak")).values()
    token = "{{ secrets.TOKEN }}"  # noqa: S105 - its name
    assert stop.input["arguments"]["token"] == token
    edited = {"function": "leak", "arguments": {"token": f"new {token}", "how": "output"}}
    await services.debugging.edit(run.id, None, Given(changes={Target.INPUT: edited}))
    await services.debugging.go_on(run.id)
    while (stop := (await stops(services, run, "leak"))["leak"]).position is Position.BEFORE:
        await at_rest(services, run)
    assert stop.output["a"][0] == f"new {MARK}"
    await services.debugging.go_on(run.id)
    assert (await ended(services, run.id)).output["all"]["a"][0] == f"new {MARK}"
    assert VALUE not in "\n".join(await all_rows(tmp_path))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("NOWHERE", "there is no secret 'NOWHERE'"),
        ("SHORT", "the secret 'SHORT' has fewer than 8 characters"),
        ("OTHER", "there is no secret 'OTHER'"),
        ("BILLING__OTHER", "there is no secret 'BILLING__OTHER'"),
    ],
)
async def test_a_secret_that_is_not_for_this_run_fails_its_node(
    services: Services, name: str, said: str
) -> None:
    config = {"function": "leak", "arguments": {"token": f"{{{{ secrets.{name} }}}}", "how": "x"}}
    document = {"name": "x", "nodes": [{"id": "leak", "type": "python", "config": config}]}
    run = await run_of(services, document)
    assert run.error is not None
    assert (run.error.type, said in run.error.message) == ("SECURITY", True)


async def test_what_looks_like_a_secret_in_data_is_none(services: Services) -> None:
    """Only the definition may name a secret; what comes in is data, whatever it looks like."""
    arguments = {"token": "{{ secrets.TOKEN }} {{ input.text }}", "how": "output"}
    config = {"function": "leak", "arguments": arguments}
    document = {"name": "x", "nodes": [{"id": "leak", "type": "python", "config": config}]}
    run = await run_of(services, document, {"text": "{{ secrets.TOKEN }}"})
    assert run.output["leak"]["a"][0] == f"{MARK} {{{{ secrets.TOKEN }}}}"


async def all_rows(folder: Path) -> list[str]:
    """Whatever lies in the database, as text."""
    rows: list[str] = []
    async with open_database(f"sqlite:///{folder / 'test.db'}") as database:
        for table in metadata.sorted_tables:
            rows += [text_of(row._asdict()) for row in await database.rows(select(table))]
    return rows


def text_of(row: Mapping[str, Any]) -> str:
    return json.dumps(dict(row), default=str, ensure_ascii=False)
