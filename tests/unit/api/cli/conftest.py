from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from api.cli.main import main


@dataclass(frozen=True, slots=True)
class Told:
    """What a command left behind."""

    code: int
    out: str
    err: str


Workflow = Callable[..., Told]


@pytest.fixture
def workflow(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Workflow:
    """The command line, in this process."""

    def run(*words: str) -> Told:
        monkeypatch.setattr(sys, "argv", ["workflow", *words])
        with pytest.raises(SystemExit) as left:
            main()
        told = capsys.readouterr()
        return Told(int(left.value.code or 0), told.out, told.err)

    return run
