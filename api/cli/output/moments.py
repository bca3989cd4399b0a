"""A run at one moment, in words: its variables, tokens, joins and nodes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, Final

from rich.table import Table

from api.cli.output.console import printed
from api.schemas.looks import RunState, Token, VisitAt

MAX_WIDTH: Final = 80


def lines_of_state(shown: RunState) -> Iterator[str]:
    """All of it, in short."""
    yield f"run {shown.run.id} is {shown.run.status}, after entry {shown.seq} of {shown.head_seq}"
    if shown.variables:
        yield f"variables  {short(shown.variables)}"
    yield from lines_of_tokens(shown)
    yield printed(table_of_nodes(shown.nodes))
    if shown.next_cursor is not None:
        yield "… and more nodes; --json has all that there is of each"


def lines_of_tokens(shown: RunState) -> Iterator[str]:
    """Where tokens lie, and which joins wait for what."""
    for token in shown.tokens:
        yield f"token      {_place(token)}"
    for join in shown.joins:
        waits = ", ".join(token.source or "the start" for token in join.awaits)
        name = f"{join.path}.{join.node_id}" if join.path else join.node_id
        yield f"join       {name} waits for {waits}"


def table_of_nodes(nodes: Iterable[VisitAt]) -> Table:
    """A row for the latest visit of each node."""
    table = Table("node", "visit", "status", "attempt", "input", "output or error", box=None)
    for at in nodes:
        name = f"{at.path}.{at.node_id}" if at.path else at.node_id
        said = f"{at.error.type}: {at.error.message}" if at.error else short(at.output)
        status = f"{at.status} for a {at.wait.kind}" if at.wait and not at.ended_seq else at.status
        table.add_row(
            name, str(at.visit), status, str(at.attempt), short(at.input), said[:MAX_WIDTH]
        )
    return table


def _place(token: Token) -> str:
    edge = f"{token.source} → {token.target}" if token.source else f"→ {token.target}"
    return f"{edge} in {token.path}" if token.path else edge


def short(value: Any, width: int = MAX_WIDTH) -> str:
    """A value as JSON, cut where it is long."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= width else f"{text[: width - 1]}…"
