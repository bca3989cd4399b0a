"""The real `workflow debug`: scripts, a prompt without a terminal, and a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.support.shell import COMMAND, Shell

FUNCTIONS = """
from pathlib import Path

from workflow_compiler import function


@function("shaky")
async def shaky():
    calls = Path("calls.txt")
    calls.write_text(calls.read_text() + "x" if calls.exists() else "x")
    if len(calls.read_text()) < 3:
        raise ValueError("not yet")
    return "well"
"""


def compute(name: str, expression: str = "1", **more: Any) -> dict[str, Any]:
    return {"id": name, "type": "transform", "config": {"expression": expression}, **more}


def flow(name: str, *nodes: dict[str, Any], **more: Any) -> dict[str, Any]:
    outer = [node["id"] for node in nodes if "parent" not in node]
    edges = [{"source": a, "target": b} for a, b in pairwise(outer)]
    return {"name": name, "nodes": list(nodes), "edges": edges} | more


CHAIN = flow(
    "chain",
    compute("a", "2"),
    compute("b", "a.output * vars.n"),
    compute("c", "b.output + 1"),
    variables={"n": {"default": 3}},
)
FORK = {
    "name": "fork",
    "nodes": [compute(name) for name in ("a", "left", "right", "end")],
    "edges": [
        {"source": "a", "target": "left"},
        {"source": "a", "target": "right", "condition": "a.output == 1"},
        {"source": "left", "target": "end"},
        {"source": "right", "target": "end"},
    ],
}
LOOP = flow(
    "loop",
    {"id": "each", "type": "foreach", "config": {"items": "[4, 5]", "mode": "sequential"}},
    compute("one", "item", parent="each"),
    compute("end"),
)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, FUNCTIONS)


def debugged(
    shell: Shell, document: dict[str, Any], script: str, *words: str
) -> subprocess.CompletedProcess[str]:
    """A script that is carried out at a new run of this workflow."""
    file = shell.file(f"{document['name']}.json", document)
    shell.file("script", script)
    return shell("debug", file, "--script", "script", *words)


def test_a_chain_is_stepped_looked_at_and_changed(shell: Shell) -> None:
    script = """
        # the first node has stopped by itself
        step
        vars
        edit var n 10
        break c after if c.output > 0
        step
        tokens
        skip 7
        continue
    """
    done = debugged(shell, CHAIN, script, "--break", "b:after")
    assert done.stdout.splitlines() == [
        '* 1 a  before its work (step), input {"expression": 2}',
        "> step",
        '* 1 b  before its work (step), input {"expression": 6}',
        "> vars",
        "n = 3",
        "> edit var n 10",
        "b goes on with another value of 'n'",
        "> break c after if c.output > 0",
        "breakpoint 2: after c if c.output > 0",
        "> step",
        "* 1 b  after its work (breakpoint 1), output 20",
        "> tokens",
        "no token lies on an edge, and nobody waits",
        "> skip 7",
        '* 1 c  before its work (step), input {"expression": 8}',
        "> continue",
        "* 1 c  after its work (breakpoint 2), output 8",
    ]
    assert done.returncode == 4

    run_id = re.search(r"workflow debug (\S+)`", done.stderr)
    assert run_id is not None
    wrong = shell("debug", run_id[1], "--pin", "c=1")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    shell.file("more", "edit output 9\nstops\nbreakpoints\nclear 2\ncontinue")
    again = shell("debug", run_id[1], "--script", "more")
    assert again.stdout.splitlines() == [
        "* 1 c  after its work (breakpoint 2), output 8",
        "> edit output 9",
        "c goes on with another output",
        "> stops",
        "* 1 c  after its work (breakpoint 2), output 9",
        "output 9",
        "> breakpoints",
        "breakpoint 1: after b",
        "breakpoint 2: after c if c.output > 0",
        "> clear 2",
        "breakpoint 2 is gone",
        "> continue",
        "completed",
        "{",
        '  "c": 9',
        "}",
    ]
    assert again.returncode == 0
    over = shell("debug", run_id[1], "--script", "more")
    assert (over.returncode, over.stdout) == (2, "")
    assert "is completed" in over.stderr


def test_of_parallel_branches_one_steps_and_the_other_stays(shell: Shell) -> None:
    script = "step\nselect right\nstep\ntokens\nstep\nwhy right\ncontinue"
    done = debugged(shell, FORK, script)
    assert done.stdout.splitlines() == [
        '* 1 a  before its work (step), input {"expression": 1}',
        "> step",
        '* 1 left  before its work (step), input {"expression": 1}',
        '  2 right  before its work (step), input {"expression": 1}',
        "> select right",
        '  1 left  before its work (step), input {"expression": 1}',
        '* 2 right  before its work (step), input {"expression": 1}',
        "> step",
        '* 1 left  before its work (step), input {"expression": 1}',
        "> tokens",
        "token      a → left",
        "token      right → end",
        "join       end waits for left",
        "> step",
        '* 1 end  before its work (step), input {"expression": 1}',
        "> why right",
        "right->end  plain: taken whenever 'right' completes",
        'a->right:a.output == 1  taken by a  condition: a.output == 1 is true with {"a.output": 1}',
        "> continue",
        "completed",
        "{",
        '  "end": 1',
        "}",
    ]
    assert done.returncode == 0


def test_a_loop_is_entered_left_and_stepped_over(shell: Shell) -> None:
    done = debugged(shell, LOOP, "into\nstep\nout\nstate\nevents 2\nquit")
    lines = done.stdout.splitlines()
    assert lines[:7] == [
        '* 1 each  before its work (step), input {"items": [4, 5], "mode": "sequential"}',
        "> into",
        '* 1 each[0].one  before its work (step), input {"expression": 4}',
        "> step",
        '* 1 each[1].one  before its work (step), input {"expression": 5}',
        "> out",
        '* 1 end  before its work (step), input {"expression": 1}',
    ]
    rows = {tuple(line.split()[:3]) for line in lines if line.startswith(" ")}
    assert {("each", "1", "completed"), ("each[1].one", "1", "completed")} < rows
    assert ("end", "1", "paused") in rows
    assert [line.split()[1] for line in lines[-3:-1]] == ["node.paused", "run.paused"]
    assert done.returncode == 4
    over = debugged(shell, LOOP, "step\ncontinue")
    assert over.stdout.splitlines()[1:3] == [
        "> step",
        '* 1 end  before its work (step), input {"expression": 1}',
    ]


def test_what_failed_is_tried_again_and_a_run_that_fails_leaves_with_1(shell: Shell) -> None:
    shaky = {"id": "shaky", "type": "python", "config": {"function": "shaky"}}
    script = "continue\nretry\nattempts\nretry\n"
    done = debugged(shell, flow("shaky", shaky, compute("b")), script, "--break", "* error")
    assert done.stdout.splitlines() == [
        '* 1 shaky  before its work (step), input {"function": "shaky"}',
        "> continue",
        "* 1 shaky  failed (breakpoint 1), EXECUTION: ValueError: not yet",
        "> retry",
        "* 1 shaky  failed (breakpoint 1, attempt 2), EXECUTION: ValueError: not yet",
        "> attempts",
        "shaky  attempt 1: EXECUTION: ValueError: not yet",
        "shaky  attempt 2: EXECUTION: ValueError: not yet",
        "> retry",
        '* 1 b  before its work (step), input {"expression": 1}',
    ]
    (shell.folder / "calls.txt").unlink()
    failed = debugged(shell, flow("shaky", shaky), "continue")
    assert failed.stdout.splitlines()[-1] == "failed in 'shaky': EXECUTION: ValueError: not yet"
    assert failed.returncode == 1


def test_a_sub_workflow_is_entered_and_left(shell: Shell) -> None:
    shell("run", shell.file("inner.json", flow("inner", compute("x"), compute("y"))))
    call = {"id": "call", "type": "subworkflow", "config": {"workflow": "inner"}}
    script = "into\nstep\nbreak y after\nbreakpoints\ncontinue\nout\ncontinue"
    done = debugged(shell, flow("outer", call, compute("z")), script, "--pin", "z=[1]")
    assert done.stdout.splitlines() == [
        '* 1 call  before its work (step), input {"workflow": "inner"}',
        "> into",
        '* 1 call/x  before its work (step), input {"expression": 1}',
        "> step",
        '* 1 call/y  before its work (step), input {"expression": 1}',
        "> break y after",
        "breakpoint 1: after y",
        "> breakpoints",
        "call/breakpoint 1: after y",
        "> continue",
        "* 1 call/y  after its work (breakpoint 1), output 1",
        "> out",
        '* 1 z  before its work (step), input {"expression": 1}',
        "> continue",
        "completed",
        "{",
        '  "z": [',
        "    1",
        "  ]",
        "}",
    ]


def test_a_wrong_command_ends_a_script_and_names_its_line(shell: Shell) -> None:
    done = debugged(shell, CHAIN, "# well\nstep\nstpe\nstep")
    assert done.returncode == 2
    assert "line 3: stpe: no command 'stpe'; did you mean 'step'?" in done.stderr
    wrong = debugged(shell, CHAIN, "step", "--break", "bb")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "did you mean 'b'?" in wrong.stderr


def test_at_a_prompt_what_is_wrong_is_said_and_nothing_ends(shell: Shell) -> None:
    file = shell.file("chain.json", CHAIN)
    typed = (
        "stpe\nedit input 3\nrun-to cc\nretry\nclear 9\nwhy d\nselect 2\nrun-to c\nquit cancel\n"
    )
    done = shell("debug", file, stdin=typed)
    assert done.stdout.splitlines() == [
        '* 1 a  before its work (step), input {"expression": 2}',
        "no command 'stpe'; did you mean 'step'?",
        "the stopped visit of 'a' cannot go on so: its input is an object, as its config is",
        "/0/node_id: there is no node 'cc'; did you mean 'c'?",
        "the stopped visit of 'a' cannot go on so: only what has failed can be tried again",
        "no breakpoint '9'; there are none",
        "there is no node 'd'",
        "no '2' has stopped, but 1 a",
        '* 1 c  before its work (run-to), input {"expression": 7}',
        "cancelled",
    ]
    assert done.returncode == 130


class Screen:
    """A terminal of 40 lines, and what was written to it."""

    def __init__(self, master: int) -> None:
        self._master = master
        self._text = ""

    def type(self, line: str) -> None:
        self._text = ""
        os.write(self._master, f"{line}\n".encode())

    def until(self, *words: str) -> str:
        """What was written since something was typed, once all of this is in it."""
        while not all(word in self._text for word in words):
            self._read()
        return self._text

    def until_over(self) -> None:
        """Until the run is completed, and not only nodes of it: its id is before that word."""
        while not re.search(r"[0-9a-f]{12}  completed", self._text):
            self._read()

    def _read(self) -> None:
        raw = os.read(self._master, 65_536).decode(errors="replace")
        self._text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b[78]", "", raw)


@contextmanager
def terminal(shell: Shell, *words: str) -> Iterator[tuple[Screen, subprocess.Popen[bytes]]]:
    """The command in a real terminal."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 130, 0, 0))
    with subprocess.Popen(  # noqa: S603 - our own command
        [COMMAND, *words],
        cwd=shell.folder,
        env=shell.environment | {"TERM": "xterm"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    ) as process:
        os.close(slave)
        try:
            yield Screen(master), process
        finally:
            process.kill()
            os.close(master)


def test_in_a_terminal_the_whole_run_is_in_sight(shell: Shell) -> None:
    file = shell.file("chain.json", CHAIN)
    with terminal(shell, "debug", file, "--break", "c") as (screen, process):
        shown = screen.until("debug> ")
        for part in ("nodes", "stopped", "variables", "breakpoint 1: before c", "s step", "q quit"):
            assert part in shown
        assert "▶" in shown
        screen.type("stpe")
        screen.until("did you mean 'step'?", "debug> ")
        screen.type("step")
        screen.until("* 1 b", "paused")
        screen.type("quit")
        screen.until("(s)tay?")
        screen.type("stay")
        screen.until("debug> ")
        screen.type("continue")
        screen.until("* 1 c", "paused")
        screen.type("continue")
        screen.until_over()
        screen.type("quit")
        screen.until('"c": 7')
        assert process.wait(20) == 0


def test_who_wants_to_quit_is_asked_no_more_when_the_run_has_ended(shell: Shell) -> None:
    timer = {"id": "pause", "type": "timer", "config": {"seconds": 2}}
    file = shell.file("slow.json", {"name": "slow", "nodes": [timer], "edges": []})
    with terminal(shell, "debug", file) as (screen, process):
        screen.until("* 1 pause", "debug> ")
        screen.type("continue")
        screen.until("waiting")
        screen.type("quit")
        screen.until("(s)tay?")
        assert process.wait(20) == 0
