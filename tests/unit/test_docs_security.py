"""The table of attacks is true: the test that it names for each defence is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "security.md").read_text("utf-8")
ROWS = PAGE.partition("## Attacks")[2].partition("\n## ")[0].strip().splitlines()[2:]
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def test_every_attack_has_a_defence_and_a_test() -> None:
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in ROWS]
    assert len(cells) > 30
    assert not [row for row in cells if len(row) != 3 or not all(row) or not TEST.search(row[2])]


def test_the_tests_are_there() -> None:
    named = TEST.findall("\n".join(ROWS))
    lost = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).is_file()
        or not re.search(rf"^(async )?def {name}\(", (ROOT / file).read_text("utf-8"), re.MULTILINE)
    ]
    assert not lost
