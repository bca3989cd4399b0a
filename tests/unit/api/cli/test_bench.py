from __future__ import annotations

import json
from pathlib import Path

from tests.unit.api.cli.conftest import Workflow


def test_runs_are_measured_and_thrown_away(workflow: Workflow, tmp_path: Path) -> None:
    node = {"id": "greet", "type": "template", "config": {"template": "Hi {{ input.name }}"}}
    path = tmp_path / "greet.json"
    path.write_text(json.dumps({"name": "greet", "nodes": [node]}))
    words = ("--runs", "3", "--at-once", "2", "--input", '{"name": "Ada"}')
    told = workflow("bench", str(path), "--json", *words)
    measured = json.loads(told.out)
    assert (told.code, measured["runs"], measured["completed"], measured["events"]) == (0, 3, 3, 15)
    assert 0 < measured["median_ms"] <= measured["slowest_ms"]
    assert [child.name for child in tmp_path.iterdir()] == ["greet.json"]
    assert "3, of which 3 completed" in workflow("bench", str(path), *words).out


def test_runs_that_fail_are_told(workflow: Workflow, tmp_path: Path) -> None:
    path = tmp_path / "fail.json"
    node = {"id": "no", "type": "fail", "config": {"type": "VALIDATION", "message": "no"}}
    path.write_text(json.dumps({"name": "fail", "nodes": [node]}))
    assert workflow("bench", str(path), "--runs", "2").code == 1
