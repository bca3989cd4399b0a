"""How what a node gives out gets into LangGraph's channels."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from langchain_core.runnables import RunnableConfig
from langgraph._internal._constants import CONF, CONFIG_KEY_SEND
from langgraph.graph.state import _CHANNEL_BRANCH_TO
from langgraph.pregel._write import ChannelWrite, ChannelWriteEntry
from typing_extensions import override

from workflow_compiler.lower.runnables import Async, Graph
from workflow_compiler.lower.ways import Step


class StepWriter(Async[Step, Step]):
    """Writes the steps that our nodes give out, and nothing else.

    LangGraph's own writer is ready for whatever a node may return, and asks every time. What it
    takes for that is a tenth of what our node takes.
    """

    def __init__(self, destinations: Iterable[str]) -> None:
        static = [(ChannelWriteEntry(starting(name), None), None) for name in destinations]
        ChannelWrite.register_writer(self, static)

    @override
    async def ainvoke(
        self, input: Step, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Step:
        assert config is not None, "LangGraph gives its writers one"  # noqa: S101
        config[CONF][CONFIG_KEY_SEND](list(input.items()))
        return input


def write_steps(graph: Graph, name: str, destinations: Iterable[str]) -> None:
    """Let a node of a compiled graph write its steps in this way."""
    graph.nodes[name].writers[:] = [StepWriter(destinations)]


def starting(name: str) -> str:
    """The channel that starts a node."""
    return _CHANNEL_BRANCH_TO.format(name)
