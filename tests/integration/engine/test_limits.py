"""Long runs cost no more memory than short ones."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import pytest

from services.bootstrap import Services
from services.domain.runs import Run, RunStatus
from tests.support.service import created, service

WARM_UP = 50
KEPT_BYTES = 1_000_000


def loop(turns: int) -> dict[str, object]:
    """Two nodes that go round."""
    nodes = [{"id": n, "type": "transform", "config": {"expression": "1"}} for n in "oab"]
    back = {"source": "b", "target": "a", "condition": f"b.visit < {turns}"}
    return {
        "name": f"loop of {turns}",
        "nodes": nodes,
        "edges": [{"source": "o", "target": "a"}, {"source": "a", "target": "b"}, back],
        "limits": {"max_steps": 3 * turns},
    }


async def ended(services: Services, document: dict[str, object]) -> Run:
    """A run after its end, watched by somebody who keeps nothing of it."""
    run = await created(services, document)
    async with services.runs.watch(run.id) as frames:
        await services.runs.execute(run.id)
        async for _ in frames:
            pass
    return await services.runs.get(run.id)


@pytest.mark.timeout(180)
@pytest.mark.parametrize("visits", [500, pytest.param(10_000, marks=pytest.mark.slow)])
async def test_a_loop_of_many_visits_leaves_nothing_in_memory(tmp_path: Path, visits: int) -> None:
    async with service(tmp_path) as services:
        await ended(services, loop(WARM_UP))  # imports, caches, connections
        gc.collect()
        tracemalloc.start()
        try:
            run = await ended(services, loop(visits // 2))
            gc.collect()
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

        assert run.status is RunStatus.COMPLETED
        assert await services.log.head(run.id) > 2 * visits
        # A visit leaves rows in the database and nothing here. What there is at most meanwhile is
        # counted where it gathers: tests/unit/services/engine/test_session.py.
        assert kept < KEPT_BYTES
