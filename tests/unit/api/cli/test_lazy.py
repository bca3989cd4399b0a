"""Commands load what they need and no more: a terminal is no place to wait."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from api.cli.main import COMMANDS

REPO = Path(__file__).parents[4]
HEAVY = ("langgraph", "langchain", "langchain_core", "fastapi", "uvicorn", "mcp")
SCRIPT = """
import sys, json
from api.cli.main import main
sys.argv = ["workflow", *sys.argv[1:]]
try:
    main()
except SystemExit:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded_by(folder: Path, *words: str) -> set[str]:
    """The modules that a command loads, in a process of its own."""
    told = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", SCRIPT, *words],
        cwd=folder,
        env={"PYTHONPATH": str(REPO), "PATH": ""},
        capture_output=True,
        check=True,
    )
    return set(json.loads(told.stderr.splitlines()[-1]))


@pytest.mark.parametrize(
    ("line", "more"),
    [
        ("--help", ("workflow_compiler", "sqlalchemy")),
        ("validate greet.json", ("sqlalchemy",)),
        ("plan greet.json --json", ("sqlalchemy",)),
        ("schema", ("sqlalchemy",)),
        ("runs list", ()),
        ("tasks list", ()),
        ("signal paid", ()),
        ("doctor", ()),
    ],
)
def test_a_command_loads_little(tmp_path: Path, line: str, more: tuple[str, ...]) -> None:
    node = {"id": "a", "type": "template", "config": {"template": "hi"}}
    (tmp_path / "greet.json").write_text(json.dumps({"name": "greet", "nodes": [node]}))
    loaded = loaded_by(tmp_path, *line.split())
    assert loaded.isdisjoint({*HEAVY, *more})


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_what_the_command_says(name: str) -> None:
    entry = COMMANDS[name]
    assert entry.load(name).help == entry.help
