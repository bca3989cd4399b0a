"""Marks the events of models, so that a watcher of the stream can tell attempts apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from langchain_core.runnables.config import ensure_config, var_child_runnable_config

from workflow_compiler.trace import ATTEMPT_MARK


def marked(attempt: int) -> AbstractContextManager[None]:
    """Mark what runs in this block with its attempt, if it is not the first.

    Tokens reach the watcher of a stream later than a trace record reaches its tap, so that nothing
    but the event itself can tell whether it belongs to the attempt before.
    """
    return nullcontext() if attempt == 1 else _marked(attempt)


@contextmanager
def _marked(attempt: int) -> Iterator[None]:
    config = ensure_config()
    config["metadata"] = {**config.get("metadata", {}), ATTEMPT_MARK: attempt}
    token = var_child_runnable_config.set(config)
    try:
        yield
    finally:
        var_child_runnable_config.reset(token)
