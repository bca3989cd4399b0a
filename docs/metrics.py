"""The page of the metrics, from what the code declares."""

from __future__ import annotations

from collections.abc import Iterator

from api.metering import Metering
from services.telemetry.lookups import COUNTS, LEVELS
from services.telemetry.metrics import Metrics
from workflow_compiler.ports import SystemClock

_HEAD = """<!-- Written by `make docs`; change the code instead. -->
# Metrics

`GET /metrics` has them in the text format of Prometheus. They are those of one process; a
`workflow worker` shows its own where `WORKFLOW_METRICS_PORT` says. Beside them are those that
Prometheus' client tells of every process (`process_*`, `python_info`).

`type` is a node type, `workflow` the name of a workflow where `WORKFLOW_METRICS_BY_WORKFLOW` is set
(else empty), `route` the pattern of an address. Outcomes of runs are `completed`, `failed` and
`cancelled`; of visits `completed`, `cached`, `failed`, `handled` (an error edge took over) and
`cancelled`.

| metric | kind | labels | what it is |
| --- | --- | --- | --- |
"""


def metrics_page() -> str:
    """All metrics of ours, by name."""
    return _HEAD + "".join(sorted(_rows()))


def _rows() -> Iterator[str]:
    metrics = Metrics(SystemClock())
    Metering(_nobody, metrics)
    for each in metrics.declared:
        yield _row(each.name, each.kind, each.labels, each.meaning)
    for name, (meaning, labels) in LEVELS.items():
        yield _row(f"workflow_{name}", "gauge", labels, meaning)
    for name, meaning in COUNTS.items():
        yield _row(f"workflow_{name}_total", "counter", (), meaning)


def _row(name: str, kind: str, labels: tuple[str, ...], meaning: str) -> str:
    return f"| `{name}` | {kind} | {', '.join(f'`{label}`' for label in labels)} | {meaning} |\n"


async def _nobody(*_asked: object) -> None:
    """An application that answers nobody."""
