"""The schedules of a project."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from workflow_client.documents import Page, Schedule
from workflow_client.http import Http, part


class Schedules:
    """What has workflows run by themselves."""

    def __init__(self, http: Http, project: str) -> None:
        self._http = http
        self._path = f"{project}/schedules"

    async def page(self, *, limit: int = 50) -> Sequence[Schedule]:
        """The first ones, by name."""
        return (await self._http.get(Page[Schedule], self._path, {"limit": limit})).items

    async def create(self, wanted: Mapping[str, Any]) -> Schedule:
        """A new one: its `name`, `workflow_id` and `cron`, and what else there is to say."""
        return await self._http.post_once(Schedule, self._path, wanted, secrets.token_hex(16))

    async def change(self, schedule_id: str, changes: Mapping[str, Any]) -> Schedule:
        """What is named is otherwise from now on; `is_active` pauses it and lets it go on."""
        return await self._http.patch(Schedule, self._of(schedule_id), changes)

    async def remove(self, schedule_id: str) -> None:
        """Let it begin nothing any more; its runs stay."""
        await self._http.delete(self._of(schedule_id))

    def _of(self, schedule_id: str) -> str:
        return f"{self._path}/{part(schedule_id)}"
