"""Commands that cannot work: nothing on stdout, the reason on stderr, and 2."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.api.cli.conftest import Workflow

GREETING = {"name": "greeting", "nodes": [{"id": "end", "type": "end"}], "edges": []}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "greet.json").write_text(json.dumps(GREETING))
    (tmp_path / "binary.json").write_bytes(b"\xff\x00")
    return tmp_path


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("run greet.json --input {", "--input: this is no JSON"),
        ("run greet.json --input []", "an input is a JSON object, not []"),
        ('run greet.json --input {"a":NaN}', "NaN is no number"),
        ("run greet.json --input @none.json", "cannot read 'none.json'"),
        ("run greet.json --database-url mysql://localhost/x", "WORKFLOW_DATABASE_URL: not a"),
        ("run binary.json", "'binary.json' is no text"),
        ("validate none.json", "cannot read 'none.json'"),
        ("plan none.json", "does not exist"),
        ("draw greet.json --format gif", "gif"),
        ("serve --port 70000", "WORKFLOW_PORT: "),
        ("runs list --status lost", "lost"),
        ("tasks list --status lost", "lost"),
        ("tasks complete nope --answer 1", "no task 'nope'"),
        ("tasks complete nope --answer {", "--answer: this is no JSON"),
        ("signal paid --payload @none.json", "--payload: cannot read 'none.json'"),
        ("dance", "dance"),
    ],
)
def test_the_reason_is_told(line: str, reason: str, workflow: Workflow) -> None:
    told = workflow(*line.split())
    assert (told.code, told.out) == (2, "")
    assert reason in told.err
