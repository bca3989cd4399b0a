"""The commands that drive a server that runs elsewhere."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from services.domain.access import LOCAL, Scope
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
    key: str = ""

    async def workflow(self, *words: str) -> Told:
        environment = {"PATH": os.environ["PATH"], "WORKFLOW_SERVER": self.site.url}
        if self.key:
            environment["WORKFLOW_CLIENT_KEY"] = self.key
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


async def test_runs_there_are_looked_into(terminal: Terminal) -> None:
    site = terminal.site
    run = await site.run(GREETING, {"name": "Ada"})
    other = await site.run(GREETING, {"name": "Bob"})
    shown = await terminal.workflow("runs", "state", run["id"], "--seq", "3", "--json")
    assert shown.code == 0, shown.err
    read = await site.http.get(f"/api/v1/runs/{run['id']}/state?seq=3")
    assert json.loads(shown.out) == read.json()
    ids = (run["id"], other["id"])
    shown = await terminal.workflow("runs", "diff", *ids, "--all", "--json")
    read = await site.http.get("/api/v1/runs/{}/diff/{}?all=true".format(*ids))
    assert json.loads(shown.out) == read.json()
    assert "greet #1  " in (await terminal.workflow("runs", "diff", *ids)).out
    alone = await terminal.workflow("runs", "node", run["id"], "greet")
    assert (alone.code, json.loads(alone.out)) == (0, {"text": "Hi Ada"})
    failed = await site.run(FAILING)
    alone = await terminal.workflow("runs", "node", failed["id"], "break")
    assert (alone.code, "the printer is on fire" in alone.err) == (1, True)
    assert (await terminal.workflow("runs", "node", run["id"], "nothing")).code == 2


async def test_runs_there_are_forgotten(terminal: Terminal) -> None:
    run = await terminal.site.run(GREETING, {"name": "Ada"})
    words = ("prune", "--older-than", "0s", "--workflow")
    told = await terminal.workflow("runs", *words, "greeting", "--dry-run")
    assert (told.code, told.out) == (0, "1\n"), told.err
    told = await terminal.workflow("runs", *words, run["workflow_id"])
    assert (told.code, told.out) == (0, "1\n"), told.err
    assert (await terminal.site.http.get(f"/api/v1/runs/{run['id']}")).status_code == 404
    assert (await terminal.workflow("runs", *words, "nothing")).code == 2


async def test_schedules_there_are_kept(terminal: Terminal) -> None:
    workflow_id = await terminal.site.stored(GREETING)
    words = ("create", "daily", "--workflow", "greeting", "--cron")
    made = await terminal.workflow("schedules", *words, "0 6 * * *")
    assert (made.code, "next run at" in made.err) == (0, True), made.err
    refused = await terminal.workflow("schedules", *words, "whenever")
    assert (refused.code, "five fields" in refused.err) == (2, True)
    schedule = made.out.strip()
    assert "paused" in (await terminal.workflow("schedules", "pause", schedule)).err
    listed = json.loads((await terminal.workflow("schedules", "list", "--json")).out)
    assert (listed["id"], listed["workflow_id"]) == (schedule, workflow_id)
    assert listed["is_active"] is False
    assert "next run at" in (await terminal.workflow("schedules", "resume", schedule)).err
    assert (await terminal.workflow("schedules", "delete", schedule)).code == 0
    assert (await terminal.workflow("schedules", "delete", schedule)).code == 2


async def test_webhooks_there_are_kept(terminal: Terminal) -> None:
    words = ("create", "https://127.0.0.1:9/x", "--event", "workflow.run.completed")
    made = json.loads((await terminal.workflow("webhooks", *words)).out)
    assert made["secret"].startswith("whsec_")
    listed = json.loads((await terminal.workflow("webhooks", "list", "--json")).out)
    assert listed == {name: value for name, value in made.items() if name != "secret"}
    await terminal.site.run(GREETING, {"name": "Ada"})
    told = await terminal.workflow("webhooks", "deliveries", made["id"], "--json")
    delivery = json.loads(told.out)
    assert delivery["type"] == "workflow.run.completed"
    again = await terminal.workflow("webhooks", "redeliver", made["id"], "nothing")
    assert (again.code, "nothing" in again.err) == (2, True)
    assert (await terminal.workflow("webhooks", "delete", made["id"])).code == 0
    assert (await terminal.workflow("webhooks", "list", "--json")).out == ""


async def test_projects_and_keys_there_are_looked_after(terminal: Terminal) -> None:
    assert (await terminal.workflow("projects", "create", "billing")).code == 0
    listed = await terminal.workflow("projects", "list", "--json")
    assert [json.loads(line)["id"] for line in listed.out.splitlines()] == ["billing", "default"]
    words = ("create", "ci", "--project", "billing", "--scope", "run", "--expires", "1d")
    made = json.loads((await terminal.workflow("keys", *words)).out)
    text = made.pop("key")
    # From the first key on, the server wants one.
    assert (await terminal.workflow("keys", "list")).code == 2
    _, admin = await terminal.site.services.access.create_key(
        LOCAL, "tests", None, frozenset({Scope.ADMIN})
    )
    known = replace(terminal, key=admin)
    listed = await known.workflow("keys", "list", "--json")
    assert json.loads(listed.out.splitlines()[1]) == made
    assert (await known.workflow("keys", "revoke", made["id"])).code == 0
    noted = await known.workflow("audit", "list", "--json")
    assert json.loads(noted.out.splitlines()[0])["action"] == "revoke_key"
    assert text not in listed.out + noted.out


@pytest.mark.parametrize(
    "words", [("audit", "prune", "--older-than", "1d"), ("debug", "x"), ("test", "record", "x")]
)
async def test_what_is_done_at_a_database_asks_no_server(
    terminal: Terminal, words: tuple[str, ...]
) -> None:
    told = await terminal.workflow(*words)
    assert (told.code, "at its database" in told.err) == (2, True)


async def test_a_server_and_a_database_exclude_each_other(terminal: Terminal) -> None:
    both = ("--server", "http://127.0.0.1:1", "--database-url", "sqlite:///x.db")
    assert (await terminal.workflow("runs", "list", *both)).code == 2
    assert (await terminal.workflow("runs", "list", "--server", "nonsense")).code == 2
