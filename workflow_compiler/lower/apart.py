"""Several graphs inside one LangGraph task.

LangGraph keeps the checkpoints of a graph that is invoked inside a task under the task's name and
the number of the invocation. Ours begin and end in any order, and after a stop those that are over
are passed by; so each gets a number of its own instead, which is the same whenever it runs.
"""

from __future__ import annotations

from dataclasses import replace

from langchain_core.runnables import RunnableConfig
from langgraph._internal._config import patch_configurable
from langgraph._internal._constants import (
    CONF,
    CONFIG_KEY_CHECKPOINT_NS,
    CONFIG_KEY_SCRATCHPAD,
    NS_SEP,
)
from langgraph.pregel._algo import LazyAtomicCounter


def config_apart(config: RunnableConfig, *place: int) -> RunnableConfig:
    """The config of a task, with a name of its own for the checkpoints of one graph in it."""
    inherited = config[CONF]
    return patch_configurable(
        config,
        {
            CONFIG_KEY_CHECKPOINT_NS: NS_SEP.join(
                (inherited[CONFIG_KEY_CHECKPOINT_NS], *map(str, place))
            ),
            CONFIG_KEY_SCRATCHPAD: replace(
                inherited[CONFIG_KEY_SCRATCHPAD], subgraph_counter=LazyAtomicCounter()
            ),
        },
    )
