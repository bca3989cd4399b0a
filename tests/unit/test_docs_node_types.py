"""The example of docs/node-types.md is true when it is installed, and under its own tests."""

from __future__ import annotations

import importlib
import json
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.bootstrap import open_services
from services.errors import NodeTypesError
from services.providers.node_types import load_node_types
from services.settings import Settings
from tests.support.service import run_of

PAGE = (Path(__file__).parents[2] / "docs" / "node-types.md").read_text(encoding="utf-8")
BLOCKS = dict(re.findall(r"^```\w+ file=(\S+)\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
WORKFLOW: dict[str, Any] = json.loads(BLOCKS["refund.json"])


def install(site: Path, *modules: str, **entry_points: str) -> None:
    """A package as an installer leaves it behind: modules, and what it says of itself."""
    for module in modules:
        (site / module).write_text(BLOCKS[module], encoding="utf-8")
    info = site / "acme_nodes-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-nodes\nVersion: 1.0\n")
    lines = "\n".join(f"{name} = {value}" for name, value in entry_points.items())
    (info / "entry_points.txt").write_text(f"[workflow_compiler.node_types]\n{lines}\n")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder of installed packages of its own."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    yield folder
    for module in ("example_nodes", "test_example_nodes"):
        sys.modules.pop(module, None)


def declared() -> dict[str, str]:
    """The entry points of the page."""
    project = tomllib.loads(BLOCKS["pyproject.toml"])["project"]
    return dict(project["entry-points"]["workflow_compiler.node_types"])


def test_it_is_as_short_as_it_promises() -> None:
    code = BLOCKS["example_nodes.py"].partition("class")[2].splitlines()
    assert len([line for line in code if line.strip()]) <= 20


async def test_an_installed_package_is_known_to_the_server(site: Path, tmp_path: Path) -> None:
    install(site, "example_nodes.py", **declared())
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'test.db'}")
    async with open_services(settings) as services:
        assert "acme.approval" in services.registry.types
        run = await run_of(services, WORKFLOW, {"amount": 500})
        assert run.output == {"ask": {"text": "please look at it"}}


def test_the_example_passes_its_own_tests(site: Path) -> None:
    install(site, "example_nodes.py", "example_container.py", "test_example_nodes.py")
    module = importlib.import_module("test_example_nodes")
    for suite in (module.TestApproval(), module.TestInsist()):
        tests = [name for name in dir(suite) if name.startswith("test_")]
        assert len(tests) > 5
        for test in tests:
            getattr(suite, test)()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("example_nodes:NOTHING", "AttributeError"),
        ("no_such_module:X", "ModuleNotFoundError: No module named 'no_such_module'"),
        ("example_nodes:approve", "it is a function; an entry point names one NodeType"),
    ],
)
def test_a_broken_plug_in_is_named(site: Path, value: str, why: str) -> None:
    install(site, "example_nodes.py", broken=value)
    with pytest.raises(NodeTypesError, match=why) as caught:
        load_node_types({})
    assert caught.value.plugin == f"acme-nodes: broken = {value}"


def test_a_name_that_is_taken_is_refused(site: Path) -> None:
    install(site, "example_nodes.py", one="example_nodes:APPROVAL", two="example_nodes:APPROVAL")
    with pytest.raises(NodeTypesError, match=r"there is another node type 'acme\.approval'"):
        load_node_types({})


def test_a_built_in_type_is_not_replaced_by_a_plug_in(site: Path) -> None:
    install(site, "example_nodes.py", one="example_nodes:APPROVAL")
    with pytest.raises(NodeTypesError, match="give it a name of its own"):
        load_node_types({"acme.approval": None})
