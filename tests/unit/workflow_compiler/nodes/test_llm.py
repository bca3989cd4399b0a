"""`llm`: prompts, answers, structured output, usage."""

from typing import Any

import pytest

from tests.unit.workflow_compiler.running import (
    Document,
    Outcome,
    PatientClock,
    node,
    run,
    workflow,
)
from workflow_compiler import check, parse
from workflow_compiler.errors import ErrorType
from workflow_compiler.trace import VisitCompleted, VisitFailed
from workflow_compiler.usage import Usage

SCHEMA = {"type": "object", "required": ["size"], "properties": {"size": {"type": "integer"}}}


def llm(**config: Any) -> Document:
    replies = [{"text": config.pop("reply")}] if "reply" in config else []
    return node("ask", "llm", model="scripted", options={"replies": replies}, **config)


async def ask(**config: Any) -> Outcome:
    return await run(workflow(llm(**config)), {"name": "Ada"})


async def test_the_prompt_is_a_template():
    outcome = await ask(prompt="Hello {{ input.name }}")
    assert outcome.output["ask"]["text"] == "[scripted] Hello Ada"


async def test_a_whole_chat_may_be_given():
    messages = [
        {"role": "user", "content": "My name is {{ input.name }}."},
        {"role": "assistant", "content": "Hello."},
        {"role": "user", "content": "Who am I, {{ input.name }}?"},
    ]
    assert (await ask(messages=messages)).output["ask"]["text"] == "[scripted] Who am I, Ada?"


async def test_usage_is_the_sum_over_all_attempts():
    retry = {"max_attempts": 3, "on": ["VALIDATION"]}
    asking = llm(prompt="one", output_schema=SCHEMA, reply="never mind")
    outcome = await run(workflow({**asking, "retry": retry}), clock=PatientClock())
    [failed] = outcome.all(VisitFailed)
    assert failed.usage is not None
    assert (failed.attempt, failed.usage.output_tokens) == (3, 3 * 2)


async def test_usage_is_told_with_the_visit():
    outcome = await ask(prompt="one two", system="three", reply="four")
    usage = Usage(input_tokens=3, output_tokens=1, total_tokens=4, model="scripted")
    assert [record.usage for record in outcome.all(VisitCompleted)] == [usage]
    assert outcome.output["ask"]["usage"]["total_tokens"] == 4


@pytest.mark.parametrize("reply", ['{"size": 3}', '```json\n{"size": 3}\n```', ' {"size": 3}\n'])
async def test_an_answer_with_a_schema_becomes_data(reply: str):
    outcome = await ask(prompt="How large?", output_schema=SCHEMA, reply=reply)
    assert outcome.output["ask"]["data"] == {"size": 3}


@pytest.mark.parametrize(
    ("reply", "message"),
    [("three", "no JSON"), ('{"size": "three"}', "output_schema"), ("{}", "output_schema")],
)
async def test_an_answer_that_breaks_its_schema_fails(reply: str, message: str):
    outcome = await ask(prompt="How large?", output_schema=SCHEMA, reply=reply)
    assert outcome.error is not None
    assert outcome.error.failure.type is ErrorType.VALIDATION
    assert message in outcome.error.failure.message


async def test_an_unknown_model_fails():
    document = workflow(node("ask", "llm", model="nobody:1", prompt="Hello"))
    outcome = await run(document)
    assert outcome.error is not None
    assert "'nobody:1'" in outcome.error.failure.message


@pytest.mark.parametrize("texts", [{}, {"prompt": "x", "messages": []}])
def test_either_a_prompt_or_messages(texts: dict[str, Any]):
    [problem] = check(parse(workflow(node("ask", "llm", model="scripted", **texts))))
    assert problem.message == "config 'config': give either 'prompt' or 'messages'"


def test_the_output_schema_is_a_schema():
    document = workflow(llm(prompt="x", output_schema={"type": "objekt"}))
    [problem] = check(parse(document))
    assert (problem.code, problem.pointer) == (
        "invalid-schema",
        "/nodes/0/config/output_schema",
    )
