"""The page on architecture names every part of every package, so that a newcomer finds its room."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "architecture.md").read_text("utf-8")


@pytest.mark.parametrize("package", ["workflow_compiler", "services", "api"])
def test_every_part_of_a_package_is_named_and_no_other(package: str) -> None:
    table = PAGE.partition(f"| `{package}` |")[2].partition("\n\n")[0]
    named = {name for row in rows_of(table) for name in re.findall(r"`([\w/]+(?:/|\.py))`", row)}
    parts = {*parts_of(ROOT / package), *folders_in_folders_of(ROOT / package)}
    assert named == parts


def rows_of(table: str) -> list[str]:
    """What stands in the first column."""
    return [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]


def parts_of(folder: Path) -> set[str]:
    """Its modules and folders."""
    modules = {path.name for path in folder.glob("*.py")} - {"__init__.py"}
    return modules | {f"{path.name}/" for path in folder.iterdir() if holds_something(path)}


def folders_in_folders_of(folder: Path) -> set[str]:
    return {
        f"{inner.parent.name}/{inner.name}/"
        for inner in folder.glob("*/*")
        if (inner / "__init__.py").exists()
    }


def holds_something(path: Path) -> bool:
    return path.is_dir() and path.name != "__pycache__"
