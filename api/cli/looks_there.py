"""Looking into the runs of a server."""

from __future__ import annotations

from typing import Any

from api.cli.desk_there import client_of
from api.schemas.diffs import RunDiff
from api.schemas.looks import LoneVisit, RunState
from services.settings import Settings
from workflow_client.documents import Document


async def state(settings: Settings, run_id: str, seq: int | None) -> RunState:
    """How a run there stood after an entry of its log."""
    async with client_of(settings) as client:
        shown = await client.looks.state(run_id, seq)
    return RunState.model_validate(shown.model_dump(), by_name=True)


async def diff(
    settings: Settings, runs: tuple[str, str], everything: bool, is_whole: bool
) -> RunDiff:
    """The first visits of a comparison of two runs there, or all of them."""
    async with client_of(settings) as client:
        shown = _diff(await client.looks.diff(*runs, everything=everything))
        while is_whole and shown.next_cursor is not None:
            page = await client.looks.diff(*runs, everything=everything, cursor=shown.next_cursor)
            rest = _diff(page)
            visits = [*shown.visits, *rest.visits]
            shown = rest.model_copy(update={"visits": visits})
    return shown


async def node(settings: Settings, run_id: str, node_id: str, wish: dict[str, Any]) -> LoneVisit:
    """How a node of a run there did on its own."""
    async with client_of(settings) as client:
        done = await client.looks.run_node(run_id, node_id, wish)
    return LoneVisit.model_validate(done.model_dump(), by_name=True)


def _diff(document: Document) -> RunDiff:
    return RunDiff.model_validate(document.model_dump(), by_name=True)
