from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.api.cli.conftest import Workflow


@pytest.fixture
def database(tmp_path: Path) -> tuple[str, str]:
    return ("--database-url", f"sqlite:///{tmp_path / 'test.db'}")


def test_a_project_and_a_key_to_it_are_made_and_the_key_revoked(
    workflow: Workflow, database: tuple[str, str]
) -> None:
    assert workflow("projects", "create", "billing", *database).code == 0
    listed = workflow("projects", "list", "--json", *database).out.splitlines()
    assert [json.loads(line)["id"] for line in listed] == ["billing", "default"]

    words = ("ci", "--project", "billing", "--scope", "run", "--expires", "30d")
    key = json.loads(workflow("keys", "create", *words, *database).out)
    text = key.pop("key")
    assert (key["project_id"], key["scopes"]) == ("billing", ["run"])
    shown = workflow("keys", "list", "--json", *database).out
    assert json.loads(shown) == key
    assert text not in shown + workflow("keys", "list", *database).out

    assert workflow("keys", "revoke", key["id"], *database).code == 0
    assert "revoked" in workflow("keys", "list", *database).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("projects", "create", "../x"), "/id: write up to 64 small letters"),
        (("projects", "create", "default"), "there is a project 'default' already"),
        (("keys", "create", "x", "--scope", "read"), "give either --project ID or --all-projects"),
        (("keys", "create", "x", "--scope", "read", "--project", "no"), "no project 'no'"),
        (("audit", "prune", "--older-than", "soon"), "'soon' is no duration"),
        (("audit", "prune", "--older-than", "99999999999d"), "too long; write 36500d at most"),
        (("keys", "revoke", "x"), "no key 'x'"),
        (("serve", "--host", "0.0.0.0"), "there is no API key"),  # noqa: S104 - refused
    ],
)
def test_what_cannot_be_is_said(
    workflow: Workflow, database: tuple[str, str], words: tuple[str, ...], said: str
) -> None:
    told = workflow(*words, *database)
    assert (told.code, said in told.err) == (2, True), told.err


def test_what_was_done_is_listed_and_forgotten(
    workflow: Workflow, database: tuple[str, str]
) -> None:
    words = ("ci", "--all-projects", "--scope", "admin")
    key = json.loads(workflow("keys", "create", *words, *database).out)
    shown = workflow("audit", "list", "--json", *database).out
    entry = json.loads(shown)
    assert (entry["who"], entry["action"], entry["address"]) == ("local", "create_key", key["id"])
    assert key["key"] not in shown
    assert "create_key" in workflow("audit", "list", *database).out
    assert workflow("audit", "prune", "--older-than", "1d", *database).out == "0\n"
    assert workflow("audit", "prune", "--older-than", "x", *database).code == 2
