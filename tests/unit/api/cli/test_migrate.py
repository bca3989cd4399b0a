from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.unit.api.cli.conftest import Workflow
from workflow_compiler import default_registry, fingerprint, parse

SAMPLES = Path(__file__).parents[4] / "fixtures" / "workflows"
FROM_AN_EDITOR = {
    "name": "edited",
    "nodes": [
        {"id": "1", "data": {"expression": "1"}, "type": "transform", "position": {"x": 1, "y": 2}},
        {"id": "2", "type": "custom", "data": {"function": "f"}},
    ],
    "edges": [{"from_node_id": "1", "to_node_id": "2"}],
    "viewport": {"zoom": 2},
}


@pytest.mark.parametrize(
    "path",
    [path for path in sorted(SAMPLES.iterdir()) if ".expected." not in path.name],
    ids=lambda path: path.name,
)
def test_a_definition_means_the_same_in_canonical_form(
    workflow: Workflow, tmp_path: Path, path: Path
) -> None:
    again = tmp_path / path.name
    again.write_text(workflow("migrate", str(path)).out)
    registry = default_registry()
    assert fingerprint(parse(again), registry) == fingerprint(parse(path), registry)
    assert workflow("migrate", str(again)).out == again.read_text()


def test_old_spellings_go_and_what_the_editor_knows_stays(
    workflow: Workflow, tmp_path: Path
) -> None:
    file = tmp_path / "edited.json"
    file.write_text(json.dumps(FROM_AN_EDITOR))
    assert workflow("migrate", "--write", str(file)).out == ""
    migrated = json.loads(file.read_text())
    assert migrated["nodes"][0]["ui"] == {"position": {"x": 1, "y": 2}}
    assert migrated["nodes"][1] == {"id": "2", "type": "python", "config": {"function": "f"}}
    assert migrated["edges"] == [{"source": "1", "target": "2"}]
    assert migrated["ui"] == {"viewport": {"zoom": 2}}


def test_no_file_is_rewritten_unless_all_can_be(workflow: Workflow, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.yaml"
    good.write_text(json.dumps(FROM_AN_EDITOR))
    bad.write_text("nodes: 3")
    told = workflow("migrate", "--write", str(good), str(bad))
    assert (told.code, json.loads(good.read_text())) == (3, FROM_AN_EDITOR)
    assert "bad.yaml:1" in told.err


def test_the_version(workflow: Workflow) -> None:
    assert workflow("--version").out == f"{version('workflow-compiler')}\n"
