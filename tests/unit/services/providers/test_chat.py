import pytest

from services.providers.chat import LangChainChatModels
from workflow_compiler import NodeError
from workflow_compiler.errors import ErrorType
from workflow_compiler.scripted import ScriptedChatModel


def test_the_scripted_model_needs_nothing():
    model = LangChainChatModels().chat_model("scripted", {"replies": [{"text": "hi"}]})

    assert isinstance(model, ScriptedChatModel)
    assert model.replies[0].text == "hi"


@pytest.mark.parametrize(
    ("name", "part"),
    [
        ("openai:gpt-5", "openai"),
        ("nobody:model", "nobody"),
        ("just-a-name", "just-a-name"),
    ],
)
def test_a_model_that_cannot_be_had_is_a_fault_of_the_workflow(name: str, part: str):
    with pytest.raises(NodeError) as caught:
        LangChainChatModels().chat_model(name, {})

    assert caught.value.type is ErrorType.VALIDATION
    assert name in caught.value.message
    assert part in caught.value.message


def test_a_script_that_is_none_is_refused():
    with pytest.raises(NodeError):
        LangChainChatModels().chat_model("scripted", {"replies": "hello"})
