"""Every stored workflow of `fixtures/workflows` does on LangGraph what its cases expect."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from api.samples import Sample, functions, sample_directory, sample_documents
from tests.support.subruns import LibrarySubRuns
from tests.support.waits import AnsweredWaits
from tests.unit.workflow_compiler.running import PatientClock, run
from workflow_compiler import (
    check,
    compile_workflow,
    default_registry,
    functions_of,
    parse,
)
from workflow_compiler.compiler import offline_context

Case = dict[str, Any]

REGISTRY = default_registry(functions_of(functions))
SAMPLES = {sample.name: sample for sample in sample_documents()}
SUB_RUNS = LibrarySubRuns({name: sample.document for name, sample in SAMPLES.items()}, REGISTRY)


def cases(sample: Sample) -> list[Case]:
    expected = sample.path.with_name(f"{sample.path.stem}.expected.json")
    return list(json.loads(expected.read_text(encoding="utf-8"))["cases"])


def waits_of(case: Case) -> AnsweredWaits:
    return AnsweredWaits(case.get("answers", {}))


def every_case() -> Iterator[Any]:
    for sample in SAMPLES.values():
        for case in cases(sample):
            yield pytest.param(sample, case, id=f"{sample.name}: {case['title']}")


each_sample = pytest.mark.parametrize("sample", [*SAMPLES.values()], ids=[*SAMPLES])
each_case = pytest.mark.parametrize(("sample", "case"), [*every_case()])


@each_case
async def test_a_run_gives_what_is_expected(sample: Sample, case: Case):
    outcome = await run(
        dict(sample.document),
        case["input"],
        registry=REGISTRY,
        clock=PatientClock(),
        sub_runs=SUB_RUNS,
        waits=waits_of(case),
    )
    ids = [node.id for node in outcome.workflow.plan.nodes]
    assert outcome.visits == case["visits"]
    assert [node_id for node_id in ids if node_id not in outcome.visits] == case["skipped"]
    if case["status"] == "completed":
        assert outcome.error is None
        assert outcome.output == case["output"]
    else:
        assert outcome.error is not None
        found = {"type": outcome.error.failure.type.value, "node_id": outcome.error.node_id}
        assert found == case["error"]


@each_case
def test_the_input_meets_the_schema(sample: Sample, case: Case):
    jsonschema.validate(case["input"], sample.document["input_schema"])


@each_sample
def test_a_definition_has_no_problems(sample: Sample):
    assert check(parse(sample.path), REGISTRY) == ()


@each_sample
def test_the_first_example_meets_the_schema(sample: Sample):
    assert sample.sample_input == sample.document["input_schema"]["examples"][0]
    jsonschema.validate(sample.sample_input, sample.document["input_schema"])


@each_sample
def test_the_cases_visit_every_node(sample: Sample):
    never = set.intersection(*(set(case["skipped"]) for case in cases(sample)))
    assert never == set()


@each_sample
async def test_an_ordinary_langgraph_program_can_follow_a_run(sample: Sample):
    workflow = compile_workflow(parse(sample.path), REGISTRY)
    start = workflow.initial_state(sample.sample_input)
    # LangChain's `astream_events` puts its own limit of 25 over the graph's, unless it is named.
    config = workflow.config
    case = next(case for case in cases(sample) if case["input"] == sample.sample_input)
    context = replace(offline_context(), sub_runs=SUB_RUNS, waits=waits_of(case))
    stream = workflow.graph.astream_events(start, config, version="v2", context=context)
    events = [event async for event in stream]
    begun = {
        event["metadata"]["workflow_node_id"]
        for event in events
        if event["event"] == "on_chain_start" and "workflow_node_id" in event["metadata"]
    }
    assert begun == set(case["visits"])
    assert workflow.output(events[-1]["data"]["output"]) == case["output"]


def test_every_definition_has_its_cases():
    files = {path.name for path in sample_directory().iterdir()}
    stems = {path.removesuffix(".expected.json") for path in files if "expected" in path}
    assert stems == set(SAMPLES)
    assert all(sample.path.stem == name for name, sample in SAMPLES.items())
