"""Marks the events of models, so that a watcher of the stream can tell attempts apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from langchain_core.runnables.config import ensure_config, var_child_runnable_config

from workflow_compiler.trace import ATTEMPT_MARK


@contextmanager
def marked(attempt: int) -> Iterator[None]:
    """Mark what runs in this block with its attempt; the first goes without saying.

    Tokens reach the watcher of a stream later than a trace record reaches its tap, so that nothing
    but the event itself can tell whether it belongs to the attempt before.
    """
    config = ensure_config()
    config["metadata"] = {**config.get("metadata", {}), ATTEMPT_MARK: attempt}
    token = var_child_runnable_config.set(config)
    try:
        yield
    finally:
        var_child_runnable_config.reset(token)
