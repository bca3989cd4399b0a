"""Metrics that nobody has to tell: they are looked up when somebody asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from typing_extensions import override

from services.domain.backlog import Backlog
from services.ports import Load
from workflow_compiler.cache import CacheCounts

LEVELS: Final = {
    "database_up": ("Whether the database answered this look.", ()),
    "runs": ("Runs in the database that are not over.", ("status",)),
    "runs_due": ("Runs that should be executed and that no process executes.", ()),
    "runs_due_lag_seconds": ("How long the first of them has been due.", ()),
    "webhook_backlog": ("Deliveries to webhooks that are still to be sent.", ()),
    "webhook_backlog_seconds": ("How old the first of them is.", ()),
    "places": ("Places for runs in this process.", ()),
    "places_taken": ("Places that runs have.", ()),
    "places_awaited": ("Runs that wait for a place in this process.", ()),
    "compile_cache_entries": ("Compiled workflows in memory.", ()),
}
COUNTS: Final = {
    "compile_cache_hits": "Runs whose workflow was compiled already.",
    "compile_cache_misses": "Runs whose workflow had to be compiled.",
    "compile_cache_evictions": "Compiled workflows that made room for others.",
}


class Lookups(Collector):
    """What was looked up last; what is not known, nothing is said of."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._levels: dict[str, dict[tuple[str, ...], float]] = {}
        self._counts: dict[str, int] = {}
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """All that it may ever say."""
        for name, (meaning, labels) in LEVELS.items():
            yield GaugeMetricFamily(f"workflow_{name}", meaning, labels=labels)
        for name, meaning in COUNTS.items():
            yield CounterMetricFamily(f"workflow_{name}", meaning)

    @override
    def collect(self) -> Iterator[Metric]:
        """All that it knows."""
        for name, values in self._levels.items():
            meaning, labels = LEVELS[name]
            level = GaugeMetricFamily(f"workflow_{name}", meaning, labels=labels)
            for label, value in values.items():
                level.add_metric(label, value)
            yield level
        for name, count in self._counts.items():
            yield CounterMetricFamily(f"workflow_{name}", COUNTS[name], value=count)

    def waiting(self, backlog: Backlog) -> None:
        """What waits in the database."""
        self._is("database_up", 1)
        self._levels["runs"] = {(status.value,): n for status, n in backlog.runs.items()}
        self._is("runs_due", backlog.due.number)
        self._is("runs_due_lag_seconds", backlog.due.oldest_seconds)
        self._is("webhook_backlog", backlog.deliveries.number)
        self._is("webhook_backlog_seconds", backlog.deliveries.oldest_seconds)

    def away(self) -> None:
        """The database says nothing: old numbers would be lies."""
        self._levels.clear()
        self._is("database_up", 0)

    def loaded(self, load: Load) -> None:
        """How busy this process is."""
        self._is("places", load.places)
        self._is("places_taken", load.taken)
        self._is("places_awaited", load.waiting)

    def compiled(self, counts: CacheCounts) -> None:
        """How the cache of compiled workflows does."""
        self._is("compile_cache_entries", counts.size)
        self._counts = {
            "compile_cache_hits": counts.hits,
            "compile_cache_misses": counts.misses,
            "compile_cache_evictions": counts.evictions,
        }

    def _is(self, name: str, value: float) -> None:
        self._levels[name] = {(): value}
