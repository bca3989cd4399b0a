from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.support.service import service
from tests.unit.api.cli.conftest import Workflow


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_setting_says_where_it_comes_from(
    workflow: Workflow, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / ".env").write_text("WORKFLOW_PORT=8123\n")
    monkeypatch.setenv("WORKFLOW_SAMPLES", "false")
    workflow("db", "upgrade", "--database-url", "sqlite:///there.db")
    told = workflow("doctor", "--database-url", "sqlite:///there.db")
    rows = {line.split()[0]: line.split()[1:3] for line in told.out.splitlines() if line}
    assert told.code == 0
    assert rows["WORKFLOW_DATABASE_URL"] == ["sqlite:///there.db", "flag"]
    assert rows["WORKFLOW_PORT"] == ["8123", ".env"]
    assert rows["WORKFLOW_SAMPLES"] == ["False", "environment"]
    assert rows["WORKFLOW_HOST"] == ["127.0.0.1", "default"]
    assert rows["database"] == ["answers"]


def test_a_database_that_does_not_answer_is_1(workflow: Workflow, folder: Path) -> None:
    (folder / "there.db").mkdir()
    told = workflow("doctor", "--database-url", "sqlite:///there.db")
    assert told.code == 1
    assert "database  does not answer: " in told.out


def test_what_is_no_database_is_1(workflow: Workflow, folder: Path) -> None:
    (folder / "there.db").write_text("shopping list\n" * 1_000)
    told = workflow("doctor", "--database-url", "sqlite:///there.db")
    assert told.code == 1
    assert "file is not a database" in told.out


def test_it_only_looks(workflow: Workflow, folder: Path) -> None:
    told = workflow("doctor", "--database-url", "sqlite:///new/there.db")
    assert told.code == 0
    assert "database  is not there yet" in told.out
    assert list(folder.iterdir()) == []

    (folder / "there.db").touch()
    told = workflow("doctor", "--database-url", "sqlite:///there.db")
    assert "`workflow db upgrade`" in told.out
    workflow("db", "upgrade", "--database-url", "sqlite:///there.db")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    assert "database  answers\n" in workflow("doctor", "--database-url", "sqlite:///there.db").out
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_the_database_is_upgraded(workflow: Workflow, folder: Path) -> None:
    told = workflow("db", "upgrade", "--database-url", "sqlite:///new/there.db")
    assert (told.code, told.out) == (0, "")
    assert (folder / "new" / "there.db").exists()


def test_no_password_is_shown(workflow: Workflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORKFLOW_DISPATCH", "celery")
    monkeypatch.setenv("WORKFLOW_QUEUE_URL", "amqp://me:hush@queue:5672//")
    told = workflow("doctor")
    assert "amqp://me:***@queue:5672//" in told.out
    assert "hush" not in told.out


def test_secrets_are_named_and_never_shown(
    workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKFLOW_SECRET_BANK_TOKEN", "do-not-tell-me")
    monkeypatch.setenv("WORKFLOW_SECRET_PIN", "1234")
    monkeypatch.setenv("WORKFLOW_API_KEY", "a-key-that-opens-all")
    told = workflow("doctor")
    assert "secrets   BANK_TOKEN; PIN is too short and refused" in told.out
    assert not [value for value in ("do-not", "1234", "opens-all") if value in told.out]


def test_workflows_whose_secrets_are_not_there_are_named(
    workflow: Workflow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WORKFLOW_SECRET_KNOWN", "long-enough")
    monkeypatch.setenv("WORKFLOW_SAMPLES", "false")
    asyncio.run(publish(tmp_path, "asks", "{{ secrets.KNOWN }} {{ secrets.UNKNOWN }}"))
    asyncio.run(publish(tmp_path, "fine", "{{ secrets.KNOWN }}"))
    told = workflow("doctor", "--database-url", f"sqlite:///{tmp_path / 'test.db'}")
    assert (told.code, told.err) == (0, "")
    assert "secrets   default/asks names UNKNOWN: not there" in told.out
    assert "default/fine" not in told.out


async def publish(folder: Path, name: str, url: str) -> None:
    node = {"id": "ask", "type": "http", "config": {"url": url}}
    async with service(folder) as services:
        await services.workflows.publish("default", {"name": name, "nodes": [node]})
