"""The real `workflow` command: what it writes where, and the code that it leaves with."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.support.clients import client_of
from tests.support.shell import COMMAND, Shell

FUNCTIONS = """
import asyncio
from contextlib import suppress

from workflow_compiler import function


@function("wait_for_ever")
async def wait_for_ever():
    await asyncio.Event().wait()


@function("refuse_to_stop")
async def refuse_to_stop():
    while True:
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


@function("break_down")
async def break_down():
    raise ConnectionError("the printer is on fire")
"""


def calling(function: str) -> dict[str, Any]:
    return {
        "name": function,
        "nodes": [{"id": "call", "type": "python", "config": {"function": function}}],
        "edges": [],
    }


GREETING = {
    "name": "greeting",
    "input_schema": {"type": "object", "required": ["name"]},
    "nodes": [{"id": "greet", "type": "template", "config": {"template": "Hi {{ input.name }}"}}],
    "edges": [],
    "output": {"said": "{{ greet.output.text }}"},
}
REFUND = {
    "name": "refund",
    "nodes": [
        {
            "id": "ask",
            "type": "human",
            "config": {
                "prompt": "Refund?",
                "assignee": "ada",
                "form": {"type": "object", "properties": {"approved": {"type": "boolean"}}},
            },
        },
        {"id": "paid", "type": "wait_event", "config": {"name": "payment", "key": "order 7"}},
    ],
    "edges": [{"source": "ask", "target": "paid"}],
}
BROKEN = """\
name: broken
nodes:
  - id: a
    type: no-such-type
  - id: b
    type: end
edges:
  - {source: a, target: nowhere}
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, FUNCTIONS)


async def line_with(stream: asyncio.StreamReader | None, text: str) -> str:
    assert stream is not None
    async for line in stream:
        if text in line.decode():
            return line.decode()
    raise AssertionError(f"the command never said {text!r}")


async def ended(url: str, run_id: str) -> dict[str, Any]:
    """A run at its end, as the server tells it."""
    address = url.replace("http", "ws", 1) + "/api/v1/ws"
    async with connect(address, subprotocols=[Subprotocol("workflow.v1")]) as socket:
        await socket.send(json.dumps({"type": "subscribe", "run_id": run_id}))
        while json.loads(await socket.recv())["type"] != "end":
            pass
    async with client_of(url) as http:
        return dict((await http.get(f"/api/v1/runs/{run_id}")).json())


def test_a_run_writes_its_output_and_talks_on_the_side(shell: Shell) -> None:
    done = shell("run", shell.file("greet.json", GREETING), "--input", '{"name": "Ada"}')
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {"said": "Hi Ada"}
    assert "greet  completed" in done.stderr
    assert "\x1b" not in done.stderr


def test_a_stored_workflow_is_run_by_its_name(shell: Shell) -> None:
    shell("run", shell.file("greet.json", GREETING), "--input", '{"name": "Ada"}')
    (shell.folder / "input.json").write_text('{"name": "Bob"}')
    from_file = shell("run", "greeting", "--input", "@input.json", "--no-watch")
    assert (json.loads(from_file.stdout), from_file.stderr) == ({"said": "Hi Bob"}, "")
    piped = shell("run", "greeting", "--input", "-", stdin='{"name": "Eve"}')
    assert json.loads(piped.stdout) == {"said": "Hi Eve"}


def test_json_lines_are_the_events_of_the_wire(shell: Shell) -> None:
    done = shell("run", shell.file("g.json", GREETING), "--input", '{"name": "Ada"}', "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert [event["type"] for event in events] == [
        "workflow.run.created",
        "workflow.run.started",
        "workflow.node.started",
        "workflow.node.completed",
        "workflow.run.completed",
    ]
    assert done.stderr == ""


def test_a_failed_run_is_1(shell: Shell) -> None:
    done = shell("run", shell.file("f.json", calling("break_down")))
    assert (done.returncode, done.stdout) == (1, "")
    assert "run failed in 'call'" in done.stderr
    assert "the printer is on fire" in done.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["run", "no-such-thing"],
        ["run", "greet.json", "--input", "{}"],
        ["runs", "show", "nope"],
        ["serve", "--host", "192.0.2.1"],
    ],
)
def test_what_cannot_work_is_2_and_says_why(shell: Shell, words: list[str]) -> None:
    shell.file("greet.json", GREETING)
    done = shell(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_an_invalid_definition_is_3_with_every_problem_at_its_line(shell: Shell) -> None:
    name = shell.file("broken.yaml", BROKEN)
    done = shell("validate", name, shell.file("good.json", GREETING))
    lines = done.stdout.splitlines()
    assert done.returncode == 3
    assert any(line.startswith("broken.yaml:4:11: error unknown-type ") for line in lines)
    assert any(line.startswith("broken.yaml:8:") for line in lines)
    assert lines[-1] == "good.json: ok"
    ran = shell("run", name)
    assert (ran.returncode, ran.stdout) == (3, "")
    assert "broken.yaml:4:11: error unknown-type" in ran.stderr


def test_a_definition_may_come_from_the_standard_input(shell: Shell) -> None:
    done = shell("validate", "-", stdin=BROKEN)
    assert done.returncode == 3
    assert any(line.startswith("-:4:11: error unknown-type ") for line in done.stdout.splitlines())


async def test_a_run_that_only_waits_is_4_and_goes_on_when_it_is_answered(shell: Shell) -> None:
    waits = shell("run", shell.file("refund.json", REFUND))
    assert (waits.returncode, waits.stdout) == (4, "")
    assert "'ask' waits for an answer of ada: Refund?" in waits.stderr
    (task,) = (json.loads(t) for t in shell("tasks", "list", "--json").stdout.splitlines())
    assert f'workflow tasks complete {task["id"]} --answer \'{{"approved": ' in waits.stderr

    async with shell.started("serve", "--port", "0") as server:
        url = (await line_with(server.stderr, "http://")).split()[2]
        wrong = shell("tasks", "complete", task["id"], "--answer", '{"approved": 1}')
        assert wrong.returncode == 2
        assert "/approved: 1 is not of type 'boolean'" in wrong.stderr
        answer = ["tasks", "complete", task["id"], "--by", "ada", "--answer", '{"approved": true}']
        assert shell(*answer).returncode == 0
        late = shell(*answer)
        assert (late.returncode, late.stdout) == (2, "")
        assert "is completed by ada" in late.stderr
        sent = shell("signal", "payment", "--key", "order 7", "--payload", "[5]")
        assert sent.returncode == 0
        run = await ended(url, task["run_id"])
        server.send_signal(signal.SIGINT)
        await server.communicate()
    assert (run["status"], run["output"]) == ("completed", {"paid": [5]})


def test_a_run_that_waits_for_a_moment_goes_on_by_itself(shell: Shell) -> None:
    timer = {"id": "t", "type": "timer", "config": {"seconds": 0.1}}
    shell.environment["WORKFLOW_WAIT_LINGER_SECONDS"] = "0"
    done = shell("run", shell.file("later.json", {"name": "later", "nodes": [timer]}))
    assert done.returncode == 0, done.stderr
    assert "run  waiting  until" in done.stderr


async def test_the_first_ctrl_c_cancels_the_run(shell: Shell) -> None:
    shell.file("wait.json", calling("wait_for_ever"))
    async with shell.started("run", "wait.json", "--json") as process:
        await line_with(process.stdout, "workflow.node.started")
        process.send_signal(signal.SIGINT)
        stdout, stderr = await process.communicate()
    kinds = [json.loads(line)["type"] for line in stdout.splitlines()]
    assert process.returncode == 130
    assert kinds[-1] == "workflow.run.cancelled"
    assert "Traceback" not in stderr.decode()


async def test_the_second_ctrl_c_ends_the_process(shell: Shell) -> None:
    shell.file("stubborn.json", calling("refuse_to_stop"))
    async with shell.started("run", "stubborn.json", "--json") as process:
        await line_with(process.stdout, "workflow.node.started")
        process.send_signal(signal.SIGINT)
        await line_with(process.stderr, "stopping the run")
        process.send_signal(signal.SIGINT)
        assert await process.wait() == -signal.SIGINT


def test_a_terminal_gets_a_live_tree(shell: Shell) -> None:
    name = shell.file("greet.json", GREETING)
    terminal, end = os.openpty()
    with subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, "run", name, "--input", '{"name": "Ada"}'],
        cwd=shell.folder,
        env=shell.environment | {"TERM": "xterm"},
        stdout=subprocess.PIPE,
        stderr=end,
    ) as process:
        os.close(end)
        shown = b""
        with suppress(OSError):  # which is how the end of a terminal is told
            while piece := os.read(terminal, 4096):
                shown += piece
        os.close(terminal)
        assert process.stdout is not None
        assert json.loads(process.stdout.read()) == {"said": "Hi Ada"}
    assert process.returncode == 0
    assert "✓ greet                    completed" in shown.decode()


async def test_the_server_serves_until_ctrl_c(shell: Shell) -> None:
    shell.environment["WORKFLOW_SAMPLES"] = "true"
    async with shell.started("serve", "--port", "0") as process:
        told = await line_with(process.stderr, "http://")
        url = told.split()[2]
        async with client_of(url) as http:
            stored = (await http.get("/api/v1/projects/default/workflows")).json()["items"]
            assert len(stored) >= 10
            assert (await http.get("/")).status_code == 200
        process.send_signal(signal.SIGINT)
        _, stderr = await process.communicate()
    assert process.returncode == 0
    assert "Traceback" not in stderr.decode()


def test_a_taken_port_is_2(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = shell("serve", "--port", str(port))
    assert done.returncode == 2
    assert f"port {port} of 127.0.0.1 is taken" in done.stderr
