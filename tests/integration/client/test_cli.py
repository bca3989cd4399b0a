"""The commands that drive a server that runs elsewhere."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.api.site import FAILING, GREETING, HOLDING, Site, Wire, open_site

COMMAND = str(Path(sys.executable).parent / "workflow")

ASKING: Wire = {
    "name": "asking",
    "nodes": [
        {"id": "ask", "type": "human", "config": {"prompt": "Yes?"}},
        {"id": "paid", "type": "wait_event", "config": {"name": "payment", "key": "7"}},
    ],
}


@dataclass(frozen=True)
class Told:
    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Terminal:
    """A terminal far from the server: it has neither its database nor its folder."""

    site: Site
    folder: Path

    async def workflow(self, *words: str) -> Told:
        environment = {"PATH": os.environ["PATH"], "WORKFLOW_SERVER": self.site.url}
        process = await asyncio.create_subprocess_exec(
            COMMAND,
            *words,
            cwd=self.folder,
            env=environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await process.communicate()
        return Told(process.returncode or 0, out.decode(), err.decode())

    def saved(self, definition: Wire) -> str:
        (self.folder / "saved.json").write_text(json.dumps(definition))
        return "saved.json"


@pytest.fixture
async def terminal(tmp_path: Path) -> AsyncIterator[Terminal]:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    async with open_site(tmp_path) as site:
        yield Terminal(site, folder)
        assert not (folder / ".workflow").exists()


async def test_a_stored_workflow_is_run_on_the_server(terminal: Terminal) -> None:
    await terminal.site.stored(GREETING)
    told = await terminal.workflow("run", "greeting", "--input", '{"name": "Ada"}')
    assert (told.code, json.loads(told.out)) == (0, {"shout": "HI ADA"})
    assert "greet  completed" in told.err
    listed = await terminal.workflow("runs", "list", "--json")
    (run,) = map(json.loads, listed.out.splitlines())
    shown = await terminal.workflow("runs", "show", run["id"], "--json")
    assert [node["node_id"] for node in json.loads(shown.out)["nodes"]] == ["greet", "shout"]
    watched = await terminal.workflow("runs", "watch", run["id"], "--json")
    logged = (await terminal.site.http.get(f"/api/v1/runs/{run['id']}/events")).json()["items"]
    assert [json.loads(line) for line in watched.out.splitlines()] == logged


async def test_a_file_is_stored_and_run_there(terminal: Terminal) -> None:
    (terminal.folder / "failing.json").write_text(json.dumps(FAILING))
    told = await terminal.workflow("run", "failing.json")
    assert told.code == 1
    assert "the printer is on fire" in told.err
    (terminal.folder / "broken.json").write_text('{"name": "x", "nodes": [], "edges": []}')
    assert (await terminal.workflow("run", "broken.json")).code == 3
    assert (await terminal.workflow("run", "unknown")).code == 2


async def test_a_run_there_is_controlled(terminal: Terminal) -> None:
    run = await terminal.site.pending(HOLDING)
    await terminal.site.services.runs.execute(run["id"])
    await terminal.site.hold.called.wait()
    for command, expected in (("pause", "is "), ("resume", "goes on"), ("cancel", "is cancel")):
        told = await terminal.workflow("runs", command, run["id"])
        assert told.code == 0, told.err
        assert expected in told.err
    watched = await terminal.workflow("runs", "watch", run["id"])
    assert watched.code == 130
    again = await terminal.workflow("runs", "cancel", run["id"])
    assert again.code == 2


async def test_many_runs_there_are_stopped(terminal: Terminal) -> None:
    runs = [await terminal.site.pending(HOLDING) for _ in range(2)]
    told = await terminal.workflow("runs", "cancel", "--status", "pending", "--reason", "no need")
    assert (told.code, told.out) == (0, "")
    assert sorted(told.err.splitlines()) == sorted(f"run {run['id']} is cancelled" for run in runs)


async def test_a_run_there_is_gone_on_from(terminal: Terminal) -> None:
    run = await terminal.site.run(GREETING, {"name": "Ada"})
    given = ("--input", '{"name": "Bob"}')
    told = await terminal.workflow("runs", "retry", run["id"], "--from", "greet", *given)
    assert (told.code, json.loads(told.out)) == (0, {"shout": "HI BOB"})
    told = await terminal.workflow("runs", "fork", run["id"], "--node", "shout", "--no-watch")
    assert (told.code, json.loads(told.out)) == (0, {"shout": "HI ADA"})
    assert f"leaves run {run['id']}" in told.err
    told = await terminal.workflow("runs", "retry", run["id"])
    assert (told.code, "nothing of it is to be retried" in told.err) == (2, True)


async def test_what_runs_there_wait_for_is_answered(terminal: Terminal) -> None:
    asked = await terminal.workflow("run", terminal.saved(ASKING))
    assert asked.code == 4
    listed = await terminal.workflow("tasks", "list", "--status", "open", "--json")
    task = json.loads(listed.out)
    words = ("complete", task["id"], "--by", "ada", "--answer", '{"approved": true}')
    told = await terminal.workflow("tasks", *words)
    assert (told.code, "is completed" in told.err) == (0, True)
    assert (await terminal.workflow("tasks", *words)).code == 2
    told = await terminal.workflow("signal", "payment", "--key", "7")
    assert (told.code, "node 'paid'" in told.err or told.err) == (0, True)
    told = await terminal.workflow("signal", "payment", "--key", "7")
    assert (told.code, "is kept" in told.err) == (0, True)


async def test_a_server_and_a_database_exclude_each_other(terminal: Terminal) -> None:
    both = ("--server", "http://127.0.0.1:1", "--database-url", "sqlite:///x.db")
    assert (await terminal.workflow("runs", "list", *both)).code == 2
    assert (await terminal.workflow("runs", "list", "--server", "nonsense")).code == 2
