"""Looking into runs: at any moment, beside each other, and one node alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from workflow_client.documents import Document, Visit
from workflow_client.http import Http, part


class Looks:
    """What can be seen of runs; what the server says of it is kept as it is."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def state(self, run_id: str, seq: int | None = None, *, limit: int = 1_000) -> Document:
        """How a run stood after an entry of its log; by default, how it stands."""
        query = {"seq": seq, "limit": limit}
        return await self._http.get(Document, f"/runs/{part(run_id)}/state", query)

    async def diff(
        self,
        run_a: str,
        run_b: str,
        *,
        everything: bool = False,
        cursor: str | None = None,
        limit: int = 1_000,
    ) -> Document:
        """A page of what differs between two runs, or of all that both have."""
        query = {"all": everything, "cursor": cursor, "limit": limit}
        return await self._http.get(Document, f"/runs/{part(run_a)}/diff/{part(run_b)}", query)

    async def run_node(self, run_id: str, node_id: str, wish: Mapping[str, Any]) -> Visit:
        """Run one node alone: with the input of a `visit` of it (on a `path`), or another `input`.

        It really does its work, however long that takes; the run is only read.
        """
        path = f"/runs/{part(run_id)}/nodes/{part(node_id)}/run"
        return await self._http.post_long(Visit, path, wish)
