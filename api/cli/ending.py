"""How a run that was watched ends the command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NoReturn

import typer
from pydantic_core import to_json

from api.cli.exits import Exit
from api.cli.output.console import say, write
from api.schemas import Run, Usage
from services.domain.runs import RunStatus
from workflow_compiler.errors import ErrorType

_EXITS: Mapping[RunStatus, Exit] = {
    RunStatus.COMPLETED: Exit.DONE,
    RunStatus.FAILED: Exit.RUN_FAILED,
    RunStatus.CANCELLED: Exit.CANCELLED,
}
_OUT_OF_TIME = frozenset({ErrorType.TIMEOUT, ErrorType.DEADLINE})


def end_with(ended: Run, *, watch: bool, as_json: bool) -> NoReturn:
    """Write what a run gave, say what it lacks, and leave with the exit code that it deserves."""
    if ended.status is RunStatus.COMPLETED and not as_json:
        write(to_json(ended.output, indent=2, inf_nan_mode="null").decode())
    if ended.error is not None:
        place = f" in {ended.error.node_id!r}" if ended.error.node_id else ""
        say(f"run failed{place}: {ended.error.type}: {ended.error.message}")
    if watch and ended.usage is not None:
        say(_words_of(ended.usage))
    raise typer.Exit(_exit_of(ended))


def _exit_of(ended: Run) -> Exit:
    if ended.error is not None and ended.error.type in _OUT_OF_TIME:
        return Exit.TIMED_OUT
    return _EXITS.get(ended.status, Exit.WAITING)


def _words_of(usage: Usage) -> str:
    cost = f", ${usage.cost_usd:,.4f}" if usage.cost_usd else ""
    tokens = f"{usage.input_tokens:,} tokens in, {usage.output_tokens:,} out"
    return f"{tokens}{cost}"
