"""The README and the pages of docs/ are true: what they show is done here, as they show it.

A fenced block says behind its language what it is:

- `run`: a `sh` or `python` block that is executed, in order, in a folder of the page's own that has
  `fixtures/` in it; `exit=N` when it must fail. Variables of the shell live on.
- `output`: what the block before it wrote to stdout; `…` stands for anything.
- `file=NAME`: a file that later blocks use.
- `definition`: a workflow that has no problems.
- `setup`: commands for people, of which only the targets of `make` are looked up.
- `sketch`: a part of something, which cannot be run by itself.

Blocks that speak to `127.0.0.1:8000` speak to a `workflow serve` that runs while the page is read.
"""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest

from api.samples.functions import score_lead
from workflow_compiler import check, default_registry, parse

ROOT = Path(__file__).parents[2]
PAGES = [
    path
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"))
    if path.name != "expressions.md" and path.parent.name != "reference"
]
SHOWN_ONLY = {"mermaid", "text"}
ADDRESS = "127.0.0.1:8000"
FENCE = re.compile(r"^```(\w+) ?([^\n]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\]\(([^)\s]+)\)")


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what it is, and its text."""

    language: str
    word: str
    value: str
    text: str


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks_of(path: Path) -> list[Block]:
    found = []
    for language, words, text in FENCE.findall(path.read_text("utf-8")):
        word, _, value = words.partition("=" if words.startswith("file=") else " exit=")
        found.append(Block(language, word, value, text))
    return found


EXECUTED = [path for path in PAGES if any(block.word == "run" for block in blocks_of(path))]


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", EXECUTED, ids=name_of)
def test_what_a_page_shows_is_what_happens(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    blocks, written = blocks_of(page), ""
    with served(tmp_path, blocks) as address:
        for block in blocks:
            match block.word:
                case "file":
                    (tmp_path / block.value).write_text(block.text, "utf-8")
                case "run":
                    written = executed(block, tmp_path, address)
                case "output":
                    assert re.fullmatch(pattern(block.text), written.strip()), written


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_says_what_it_is(page: Path) -> None:
    known = {"run", "output", "file", "definition", "setup", "sketch"}
    odd = [b for b in blocks_of(page) if b.language not in SHOWN_ONLY and b.word not in known]
    assert not odd


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_definitions_have_no_problems(page: Path) -> None:
    registry = default_registry({"score_lead": score_lead})
    for block in blocks_of(page):
        if block.word == "definition":
            assert check(parse(block.text), registry) == ()


def test_spellings_of_one_workflow_are_one_workflow() -> None:
    page = (ROOT / "docs" / "definition.md").read_text("utf-8")
    section = page.partition("## Spellings")[2].partition("\n## ")[0]
    texts = [text for _, word, text in FENCE.findall(section) if word == "definition"]
    canonical = [parse(text).canonical() for text in texts]
    meanings = [without_looks(document) for document in canonical]
    assert len(meanings) > 2
    assert all(meaning == meanings[0] for meaning in meanings)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    targets = [link for link in LINK.findall(page.read_text("utf-8")) if "://" not in link]
    lost = [link for link in targets if not leads_somewhere(page, link)]
    assert not lost


def test_commands_of_make_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    texts = [b.text for page in PAGES for b in blocks_of(page) if b.word == "setup"]
    targets = re.findall(r"^make ([\w-]+)", "\n".join(texts), re.MULTILINE)
    assert targets
    assert all(re.search(rf"^{target}:", makefile, re.MULTILINE) for target in targets)


@contextmanager
def served(folder: Path, blocks: list[Block]) -> Iterator[str]:
    """The address of a server that works in the folder, if the page speaks to one."""
    if not any(ADDRESS in block.text for block in blocks if block.word == "run"):
        yield ADDRESS
        return
    command = [sys.executable, "-m", "api.cli.main", "serve", "--port", "0"]
    with subprocess.Popen(  # noqa: S603 - our own command
        command, cwd=folder, env=environment(), stderr=subprocess.PIPE, text=True
    ) as server:
        assert server.stderr is not None
        found = (re.search(r"http://(\S+)", line) for line in server.stderr)
        address = next((match[1] for match in found if match), None)
        assert address, "the server ended before it was up"
        try:
            yield address
        finally:
            server.send_signal(signal.SIGINT)
            server.communicate()
    assert server.returncode == 0


def executed(block: Block, folder: Path, address: str) -> str:
    """What a block writes to stdout."""
    text = block.text.replace(ADDRESS, address)
    return by_python(text) if block.language == "python" else by_shell(text, block.value, folder)


def by_python(text: str) -> str:
    with redirect_stdout(StringIO()) as written:
        exec(text, {"__name__": "__main__"})  # noqa: S102 - running our pages is the test
    return written.getvalue()


def by_shell(text: str, exit_code: str, folder: Path) -> str:
    keeping = f"touch .variables; . ./.variables; set -a\n{text}\nexport -p > .variables"
    command = ["bash", "-euo", "pipefail", "-c", keeping]
    done = subprocess.run(  # noqa: S603 - running our pages is the test
        command, cwd=folder, env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == int(exit_code or 0), f"{text}\n{done.stderr}"
    return done.stdout


def environment() -> dict[str, str]:
    """The shell of somebody who has activated the project's environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "NO_COLOR": "1"}


def pattern(expected: str) -> str:
    parts = expected.strip().split("…")
    return "(?s)" + ".*".join(re.escape(part) for part in parts)


def without_looks(document: object) -> object:
    """A definition without what only an editor reads, and without the ids of its edges."""
    match document:
        case dict():
            kept = {k: without_looks(v) for k, v in document.items() if k not in {"ui", "name"}}
            return {k: v for k, v in kept.items() if not (k == "id" and "source" in kept)}
        case list() | tuple():
            return [without_looks(part) for part in document]
        case _:
            return document


def leads_somewhere(page: Path, link: str) -> bool:
    path, _, heading = link.partition("#")
    target = page.parent / path if path else page
    if not target.exists():
        return False
    titles = re.findall(r"^#+ (.*)$", target.read_text("utf-8"), re.MULTILINE) if heading else []
    return not heading or heading in map(anchor, titles)


def anchor(title: str) -> str:
    """The name that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")
