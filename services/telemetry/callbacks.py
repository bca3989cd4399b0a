"""Has LangChain call somebody back about all that is called in an execution of a run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.runnables.config import RunnableConfig, var_child_runnable_config


@contextmanager
def calling_back(
    *handlers: BaseCallbackHandler, metadata: Mapping[str, Any] | None = None
) -> Iterator[None]:
    """These hear of what this task and those that it begins call, beside whoever hears already."""
    around = var_child_runnable_config.get() or {}
    heard: Any = around.get("callbacks") or ()
    config = RunnableConfig(
        callbacks=[*heard, *handlers], metadata={**around.get("metadata", {}), **(metadata or {})}
    )
    token = var_child_runnable_config.set(config)
    try:
        yield
    finally:
        var_child_runnable_config.reset(token)
