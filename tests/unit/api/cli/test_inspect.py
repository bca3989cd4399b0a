from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.api.cli.conftest import Workflow

GREETING = {
    "name": "greeting",
    "nodes": [{"id": "greet", "type": "template", "config": {"template": "Hi {{ input.name }}"}}],
    "edges": [],
}
BROKEN = """\
name: broken
nodes:
  - id: a
    type: no-such-type
edges:
  - {source: a, target: nowhere}
"""


@pytest.fixture
def good(tmp_path: Path) -> str:
    (tmp_path / "good.json").write_text(json.dumps(GREETING))
    return str(tmp_path / "good.json")


@pytest.fixture
def broken(tmp_path: Path) -> str:
    (tmp_path / "broken.yaml").write_text(BROKEN)
    return str(tmp_path / "broken.yaml")


def test_each_file_gets_its_verdict(workflow: Workflow, good: str, broken: str) -> None:
    told = workflow("validate", "--json", good, broken)
    first, second = (json.loads(line) for line in told.out.splitlines())
    assert told.code == 3
    assert first == {"file": good, "valid": True, "problems": []}
    assert (second["file"], second["valid"]) == (broken, False)
    assert [(p["code"], p["line"]) for p in second["problems"]] == [
        ("unknown-type", 4),
        ("dangling-edge", 6),
    ]


def test_a_file_that_is_not_there_hides_nothing_of_the_others(
    workflow: Workflow, good: str, broken: str
) -> None:
    told = workflow("validate", "nope.json", good, broken)
    assert told.code == 2
    assert "cannot read 'nope.json'" in told.err
    assert good in told.out
    assert "unknown-type" in told.out


def test_a_plan_for_people_and_for_programs(workflow: Workflow, good: str) -> None:
    assert "workflow 'greeting'" in workflow("plan", good).out
    assert json.loads(workflow("plan", good, "--json").out)["roots"] == ["greet"]


@pytest.mark.parametrize(
    ("words", "beginning"),
    [([], "flowchart"), (["--format", "dot"], "digraph"), (["--format", "svg"], "<svg")],
)
def test_drawings(workflow: Workflow, good: str, words: list[str], beginning: str) -> None:
    assert workflow("draw", good, *words).out.startswith(beginning)


@pytest.mark.parametrize("command", ["plan", "draw"])
def test_what_has_errors_is_not_drawn(workflow: Workflow, broken: str, command: str) -> None:
    told = workflow(command, broken)
    assert (told.code, told.out) == (3, "")
    assert f"{broken}:4:11: error unknown-type" in told.err


def test_the_schema_is_json(workflow: Workflow) -> None:
    assert {"nodes", "edges"} <= set(json.loads(workflow("schema").out)["properties"])
