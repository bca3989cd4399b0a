"""`subworkflow`: what it asks its port for, and what it makes of the answer."""

from dataclasses import dataclass, field
from typing import Any

from tests.unit.workflow_compiler.running import node, run, workflow
from workflow_compiler import check, parse, plan
from workflow_compiler.ports import Reporter, SubRun, SubRunEnded
from workflow_compiler.trace import Logged, VisitCompleted
from workflow_compiler.usage import Usage


@dataclass
class Remembering:
    """Completes every sub-run at once, and remembers what was wanted."""

    wanted: list[SubRun] = field(default_factory=list)

    async def run(self, wanted: SubRun, report: Reporter) -> SubRunEnded:
        self.wanted.append(wanted)
        report.log("begun")
        return SubRunEnded(output={"n": 1}, usage=Usage(total_tokens=7, cost_usd=0.5))


def sub(**config: Any) -> dict[str, Any]:
    return workflow(node("a", "subworkflow", **config))


async def test_it_asks_for_the_run_of_its_attempt():
    port = Remembering()
    document = sub(workflow="w", version=2, input={"x": "{{ input.x }}"})
    outcome = await run(document, {"x": [1]}, sub_runs=port)
    place = {"node_id": "a", "path": "", "visit": 1, "failures": 0}
    assert port.wanted == [SubRun(workflow="w", version=2, input={"x": [1]}, **place)]
    [completed] = outcome.all(VisitCompleted)
    assert (completed.output, completed.usage) == ({"n": 1}, Usage(total_tokens=7, cost_usd=0.5))
    assert [record.message for record in outcome.all(Logged)] == ["begun"]


async def test_a_program_without_other_workflows_says_so():
    outcome = await run(sub(workflow="w"))
    assert outcome.error is not None
    assert "this program stores no workflows, so 'w' cannot be run" in str(outcome.error)


async def test_the_name_is_no_template():
    port = Remembering()
    await run(sub(workflow="{{ input.x }}"), {"x": "w"}, sub_runs=port)
    assert port.wanted[0].workflow == "{{ input.x }}"


def test_it_waits_as_long_as_it_takes_unless_the_node_says_otherwise():
    document = sub(workflow="w") | {"defaults": {"timeout_seconds": 5}}
    assert plan(parse(document)).nodes[0].timer_seconds is None
    document["nodes"][0]["timeout_seconds"] = 7
    assert plan(parse(document)).nodes[0].timer_seconds == 7


def test_it_may_not_run_the_workflow_that_it_is_in():
    assert [p.code for p in check(parse(sub(workflow="example")))] == ["recursive-workflow"]
    assert check(parse(sub(workflow="other"))) == ()
