import json
import logging
import sys
from collections.abc import Iterator

import pytest
import structlog

from services.domain.redaction import Redactor
from services.telemetry.logging import configure_logging


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    root.handlers = []
    yield
    root.handlers, root.level = handlers, level
    structlog.reset_defaults()


def test_lines_are_json_when_nobody_reads_a_terminal(capsys: pytest.CaptureFixture[str]):
    configure_logging()
    with structlog.contextvars.bound_contextvars(run_id="r", node_id="a"):
        structlog.get_logger("services.x").info("node.slow", seconds=3)
        logging.getLogger("library").warning("odd %s", "thing")
    structlog.get_logger("services.x").debug("not shown")
    structlog.get_logger("services.x").error("alone")
    captured = capsys.readouterr()
    first, second, third = (json.loads(line) for line in captured.err.splitlines())

    assert captured.out == ""
    assert (first["event"], first["seconds"], first["run_id"]) == ("node.slow", 3, "r")
    assert (second["event"], second["level"], second["node_id"]) == ("odd thing", "warning", "a")
    assert "run_id" not in third


def test_whatever_is_said_by_whomever_has_no_secret(capsys: pytest.CaptureFixture[str]):
    configure_logging(redacted=Redactor({"BANK": 'p"ss word/1'}).text)
    logging.getLogger("httpx").warning("GET https://bank/?token=%s", "p%22ss%20word%2F1")
    try:
        fail_with('p"ss word/1')
    except ValueError:
        logging.getLogger("sqlalchemy").exception("it said %r", {"password": 'p"ss word/1'})
    structlog.get_logger("services.x").error("ours", body='p"ss word/1')
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    assert [line["event"] for line in lines[::2]] == [
        "GET https://bank/?token=[secret BANK]",
        "ours",
    ]
    assert "ValueError: [secret BANK]" in lines[1]["exception"]
    assert "ss word" not in json.dumps(lines)


def test_on_a_terminal_a_traceback_shows_no_values(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    configure_logging()
    try:
        fail("what a user typed")
    except ValueError:
        structlog.get_logger("services.x").exception("run.broken")
    shown = capsys.readouterr().err

    assert "raise ValueError(len(said))" in shown
    assert "'what a user typed'" not in shown


def fail(said: str) -> None:
    raise ValueError(len(said))


def fail_with(said: str) -> None:
    raise ValueError(said)
