"""`workflow test`: reports, files and exit codes; and the commands that look into runs."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from api.cli.junit import junit_xml
from api.cli.recordings import TestFile, read_test, to_text
from api.cli.reports import Report
from services.domain.debug.recording import Expectations, Origin, Recording
from services.domain.debug.verdict import Mismatch
from services.domain.runs import RunStatus
from tests.support.service import run_of, service
from tests.unit.api.cli.conftest import Workflow

SCORING: dict[str, Any] = {
    "name": "scoring",
    "nodes": [
        {"id": "score", "type": "transform", "config": {"expression": "input.score"}},
        {"id": "say", "type": "template", "config": {"template": "{{ score.output }} points"}},
    ],
    "edges": [{"source": "score", "target": "say"}],
}


async def runs_in(folder: Path) -> list[str]:
    async with service(folder) as services:
        return [(await run_of(services, SCORING, {"score": n})).id for n in (3, 7)]


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    return asyncio.run(runs_in(tmp_path))


@pytest.fixture
def database(tmp_path: Path) -> tuple[str, str]:
    return ("--database-url", f"sqlite:///{tmp_path / 'test.db'}")


@pytest.fixture
def recorded(
    workflow: Workflow, tmp_path: Path, runs: list[str], database: tuple[str, str]
) -> Path:
    path = tmp_path / "scoring.yaml"
    assert workflow("test", "record", runs[0], "-o", str(path), *database).code == 0
    return path


def test_a_recorded_run_passes(workflow: Workflow, recorded: Path) -> None:
    told = workflow("test", str(recorded))
    assert (told.code, told.err) == (0, "1 passed, 0 failed\n")
    assert told.out.startswith(f"pass  {recorded}  scoring  (2 visits, ")


def test_a_failure_says_what_is_expected_and_what_came(
    workflow: Workflow, recorded: Path, tmp_path: Path
) -> None:
    recorded.write_text(recorded.read_text().replace("score.output }} points", "score.output }} p"))
    xml = tmp_path / "out.xml"
    told = workflow("test", str(recorded), "--junit", str(xml))
    assert told.code == 1
    assert '    say #1 output/text: expected "3 points", got "3 p"\n' in told.out
    (case,) = ET.parse(xml).getroot().iter("testcase")  # noqa: S314 - it is our own
    (failure,) = case
    assert 'expected "3 points", got "3 p"' in (failure.text or "")


def test_an_update_lets_it_expect_what_happens_now(workflow: Workflow, recorded: Path) -> None:
    recorded.write_text(recorded.read_text().replace("score.output }} points", "score.output }} p"))
    told = workflow("test", str(recorded), "--update")
    assert (told.code, told.out.split()[0]) == (0, "updated")
    assert workflow("test", str(recorded)).out.startswith("pass")


def test_a_definition_may_stand_in_a_file_of_its_own(
    workflow: Workflow, tmp_path: Path, runs: list[str], database: tuple[str, str]
) -> None:
    own = tmp_path / "workflows" / "scoring.json"
    own.parent.mkdir()
    own.write_text(json.dumps(SCORING))
    path = tmp_path / "test.json"
    words = ["test", "record", runs[0], "-o", str(path), "--definition", str(own), *database]
    assert workflow(*words).code == 0
    assert json.loads(path.read_text())["definition"] == "workflows/scoring.json"
    assert workflow("test", str(path)).code == 0
    own.write_text(json.dumps(SCORING | {"nodes": [{"id": "x", "type": "nothing"}]}))
    told = workflow("test", str(path))
    assert told.code == 1
    assert "unknown-type" in told.out


@pytest.mark.parametrize("text", ["[1", "{}", "workflow_test: 2"])
def test_a_file_that_is_no_test_is_refused(workflow: Workflow, tmp_path: Path, text: str) -> None:
    path = tmp_path / "no.yaml"
    path.write_text(text)
    assert workflow("test", str(path)).code == 2
    assert workflow("test", str(tmp_path / "missing.yaml")).code == 2


def test_two_runs_are_compared_in_the_terminal(
    workflow: Workflow, runs: list[str], database: tuple[str, str]
) -> None:
    told = workflow("runs", "diff", *runs, *database).out
    assert "2 of 2 visits differ" in told
    assert 'output/text: "3 points" → "7 points"' in told
    same = json.loads(workflow("runs", "diff", runs[0], runs[0], "--json", *database).out)
    assert (same["same"], same["visits"]) == (True, [])


def test_any_moment_is_shown_in_the_terminal(
    workflow: Workflow, runs: list[str], database: tuple[str, str]
) -> None:
    told = workflow("runs", "state", runs[0], "--seq", "4", *database).out
    assert "after entry 4 of 7" in told
    assert "score → say" in told
    shown = json.loads(workflow("runs", "state", runs[0], "--json", *database).out)
    assert [node["status"] for node in shown["nodes"]] == ["completed", "completed"]


def test_a_node_is_run_alone_from_the_terminal(
    workflow: Workflow, runs: list[str], database: tuple[str, str]
) -> None:
    told = workflow("runs", "node", runs[1], "say", *database)
    assert (told.code, json.loads(told.out)) == (0, {"text": "7 points"})
    other = workflow("runs", "node", runs[1], "say", "--input", '{"template": "hi"}', *database)
    assert json.loads(other.out) == {"text": "hi"}
    assert workflow("runs", "node", runs[1], "nobody", *database).code == 2


def recording(**more: Any) -> Recording:
    said = {"name": "t", "origin": Origin(run_id="r"), "definition": {}} | more
    return Recording(**said, expect=Expectations(status=RunStatus.COMPLETED))


texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"])) | st.sampled_from(
    ["1e5", "yes", "0o17", "1_000", "~", "2026-01-01", "a: b", "- x", "\x85", "1:30"]
)


@given(st.recursive(texts | st.integers(0, 9) | st.none(), st.lists, max_leaves=4))
def test_what_is_written_is_what_is_read(tmp_path_factory: pytest.TempPathFactory, value: Any):
    path = tmp_path_factory.mktemp("written") / "test.yaml"
    written = recording(input={"value": value})
    path.write_text(to_text(written, path, None), encoding="utf-8", newline="")
    assert read_test(path).recording == written


def test_people_read_yaml():
    assert yaml.safe_load(to_text(recording(input={"a": "b"}), None, None))["input"] == {"a": "b"}


def test_a_report_says_what_xml_can_say():
    test = TestFile(path=Path("a.yaml"), recording=recording(name="a\x00b"), definition={})
    wrong = Mismatch(place="output", expected="\x01", actual="<&>")
    reports = [
        Report(test=test, seconds=0.5),
        Report(test=test, seconds=0.5, mismatches=(wrong,)),
        Report(test=test, seconds=0.5, broken="unknown type"),
    ]
    suite = ET.fromstring(junit_xml(reports))[0]  # noqa: S314 - it is our own
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "time")]
    assert counts == ["3", "1", "1", "1.500"]
    assert [[child.tag for child in case] for case in suite] == [[], ["failure"], ["error"]]
