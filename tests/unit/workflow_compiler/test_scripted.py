"""The chat model that needs no network."""

from typing import Any

import pytest
from langchain_core.language_models import BaseChatModel

from workflow_compiler import NodeError
from workflow_compiler.errors import ErrorType
from workflow_compiler.scripted import ScriptedChatModels

SCRIPT = {"replies": [{"contains": "weather", "text": "It  rains."}, {"text": "I do not know."}]}


def model(options: dict[str, Any]) -> BaseChatModel:
    found = ScriptedChatModels().chat_model("scripted", options)
    assert isinstance(found, BaseChatModel)
    return found


@pytest.mark.parametrize(
    ("prompt", "answer"),
    [("How is the weather?", "It  rains."), ("Who are you?", "I do not know.")],
)
async def test_the_first_reply_that_fits_is_given(prompt: str, answer: str):
    assert (await model(SCRIPT).ainvoke(prompt)).text == answer


async def test_without_a_reply_it_echoes():
    assert (await model({}).ainvoke("Hello")).text == "[scripted] Hello"


async def test_a_stream_comes_word_by_word_and_counts():
    chunks = [chunk async for chunk in model(SCRIPT).astream("How is the weather?")]
    assert [chunk.text for chunk in chunks if chunk.text] == ["It", "  rains."]
    assert sum(bool(chunk.usage_metadata) for chunk in chunks) == 1
    whole = chunks[0]
    for chunk in chunks[1:]:
        whole += chunk
    assert whole.usage_metadata == {"input_tokens": 4, "output_tokens": 2, "total_tokens": 6}


def test_it_answers_without_a_loop_too():
    assert model(SCRIPT).invoke("weather").text == "It  rains."


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("openai:gpt-5", {}, "'openai:gpt-5' is not known here"),
        ("scripted", {"replies": [{}]}, "'replies.0': .*needs 'text' or 'tool_calls'"),
        ("scripted", {"delay_seconds": -1}, "'delay_seconds'"),
        ("scripted", {"script": []}, "'script'"),
    ],
)
def test_what_it_cannot_be(name: str, options: dict[str, Any], message: str):
    with pytest.raises(NodeError, match=message) as caught:
        ScriptedChatModels().chat_model(name, options)
    assert caught.value.type is ErrorType.VALIDATION


CALL = {"name": "weather", "args": {"city": "Paris"}}
ASKING = {"replies": [{"text": "Let me see.", "tool_calls": [CALL]}]}


async def test_it_asks_for_tools_alike_streamed_and_whole():
    chunks = [chunk async for chunk in model(ASKING).astream("How is Paris?")]
    streamed = chunks[0]
    for chunk in chunks[1:]:
        streamed += chunk
    whole = model(ASKING).invoke("How is Paris?")
    assert streamed.text == whole.text == "Let me see."
    assert [(call["name"], call["args"]) for call in whole.tool_calls] == [
        ("weather", {"city": "Paris"})
    ]
    assert streamed.tool_calls == whole.tool_calls


def test_binding_tools_leaves_the_script_as_it_is():
    asking = model(ASKING)
    assert asking.bind_tools([]) is asking
