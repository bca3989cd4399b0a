"""The compiled workflow as a caller holds it."""

from tests.unit.workflow_compiler.running import node, workflow
from workflow_compiler import RunContext, compile_workflow, parse


async def test_the_output_may_read_the_run():
    document = workflow(node("a"), output={"id": "{{ run.id }} of {{ run.workflow }}"})
    compiled = compile_workflow(parse(document))
    context = RunContext(run_id="r1", workflow="w1")
    ended = await compiled.graph.ainvoke(compiled.initial_state({}), context=context)
    assert compiled.output(ended, context) == {"id": "r1 of w1"}
    assert compiled.output(ended) == {"id": " of "}
