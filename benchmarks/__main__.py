"""Prints the table and writes it as JSON: `python -m benchmarks [--repeats N] [--json FILE]`."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
from importlib.metadata import version
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.live import live
from benchmarks.measure import Row
from benchmarks.rows import (
    cache_hits,
    checking,
    compiled_graphs,
    compiling,
    debugging,
    floor,
    growth,
    makespan,
    planning,
)
from benchmarks.service import cancelling, service, service_on_postgres

GROUPS = (
    compiled_graphs,
    floor,
    makespan,
    growth,
    compiling,
    planning,
    checking,
    cache_hits,
    debugging,
    service,
    service_on_postgres,
    cancelling,
    live,
)


def main() -> None:
    """Measure everything."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--repeats", type=int, default=60, help="turns of a small row")
    names = [group.__name__ for group in GROUPS]
    parser.add_argument("--only", choices=names, nargs="*", default=names, help="groups of rows")
    parser.add_argument("--json", type=Path, default=Path(".make/benchmarks.json"))
    arguments = parser.parse_args()
    os.environ.setdefault("LANGSMITH_TRACING", "false")
    rows = asyncio.run(_measured(arguments.repeats, arguments.only))
    arguments.json.parent.mkdir(parents=True, exist_ok=True)
    arguments.json.write_text(json.dumps([_plain(row) for row in rows], indent=2) + "\n")
    Console(width=120).print(_table(rows))


async def _measured(repeats: int, names: list[str]) -> list[Row]:
    rows = []
    for group in (group for group in GROUPS if group.__name__ in names):
        async for row in group(repeats):
            print(f"{row.name}: {_value(row)}", flush=True)
            rows.append(row)
    return rows


def _table(rows: list[Row]) -> Table:
    title = f"langgraph {version('langgraph')}, Python {platform.python_version()}"
    table = Table(title=title)
    for column in ("what", "base", "ours", "base", "value", "goal"):
        table.add_column(column)
    for row in rows:
        base = "" if row.base_ms is None else f"{row.base_ms:.2f} ms"
        goal = "" if row.goal is None else f"<= {row.goal:g} {'' if row.is_met else 'MISSED'}"
        table.add_row(row.name, row.base, f"{row.ours_ms:.2f} ms", base, _value(row), goal)
    return table


def _value(row: Row) -> str:
    return f"{row.value:.3f}" if row.unit == "ratio" else f"{row.value:.0f} {row.unit}"


def _plain(row: Row) -> dict[str, object]:
    return {
        "name": row.name,
        "base": row.base,
        "ours_ms": row.ours_ms,
        "base_ms": row.base_ms,
        "value": row.value,
        "goal": row.goal,
        "met": row.is_met,
    }


if __name__ == "__main__":
    main()
