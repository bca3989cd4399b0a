"""A picture of a workflow as an image."""

import struct
import sys
from pathlib import Path

import pytest

from api.cli.main import main
from api.cli.output.png import png
from api.cli.output.svg import svg
from tests.unit.api.cli.conftest import Workflow
from tests.unit.workflow_compiler.running import node, path
from tests.unit.workflow_compiler.running import workflow as definition
from workflow_compiler import Plan, parse, plan

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def planned(name: str = "Grüße") -> Plan:
    return plan(parse(definition(node("a", name=name), node("b"), edges=path("a", "b"))))


def size_of(image: bytes) -> tuple[int, int]:
    width, height = struct.unpack(">II", image[16:24])
    return width, height


def test_it_is_the_drawing_at_twice_its_size() -> None:
    image = png(planned())
    assert image.startswith(SIGNATURE)
    width, height = (side // 2 for side in size_of(image))
    assert f'width="{width}" height="{height}"' in svg(planned())


def test_words_can_be_read_in_it() -> None:
    assert png(planned()) != png(planned(" "))


@pytest.fixture
def file(tmp_path: Path) -> str:
    made = tmp_path / "flow.yaml"
    made.write_text("name: flow\nnodes: [{id: a, type: start}]\n")
    return str(made)


def test_the_command_writes_it(
    file: str, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    monkeypatch.setattr(sys, "argv", ["workflow", "draw", file, "--format", "png"])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 0
    assert capsysbinary.readouterr().out.startswith(SIGNATURE)


@pytest.mark.parametrize("missing", ["resvg_py", "font_roboto"])
def test_without_the_extra_it_says_what_to_install(
    missing: str, file: str, workflow: Workflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, missing, None)  # as if it were not there
    monkeypatch.delitem(sys.modules, "api.cli.output.png", raising=False)
    told = workflow("draw", file, "--format", "png")
    assert told.code == 2
    assert "pip install 'workflow-compiler[png]'" in told.err
