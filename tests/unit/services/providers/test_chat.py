import sys
from types import ModuleType, SimpleNamespace

import pytest

from services.providers.chat import CAPACITY, LangChainChatModels
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


def test_the_last_used_models_are_kept(monkeypatch: pytest.MonkeyPatch):
    provider = ModuleType("langchain_fireworks")
    provider.ChatFireworks = SimpleNamespace  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "langchain_fireworks", provider)
    models = LangChainChatModels()

    def model(temperature: float) -> object:
        return models.chat_model("fireworks:any", {"temperature": temperature})

    first = model(0)
    assert model(0) is first
    for number in range(1, CAPACITY + 1):
        model(number)
    assert model(CAPACITY) is model(CAPACITY)
    assert model(0) is not first


def test_a_script_that_is_none_is_refused():
    with pytest.raises(NodeError):
        LangChainChatModels().chat_model("scripted", {"replies": "hello"})
