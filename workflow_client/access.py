"""The projects and keys of a server, and who did what there."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence

from workflow_client.documents import AuditEntry, Key, NewKey, Page, Project
from workflow_client.http import Http, part


class Access:
    """Who may use a server, for what, and what they did."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def projects(self) -> AsyncGenerator[Project, None]:
        """Those that there are for the key, by id."""
        return self._http.every(Project, "/projects")

    async def create_project(self, project_id: str, name: str | None = None) -> Project:
        """A new project; it needs a key for all projects."""
        return await self._http.post(Project, "/projects", {"id": project_id, "name": name})

    def keys(self) -> AsyncGenerator[Key, None]:
        """Those of the project of the key, or all, newest first; never their texts."""
        return self._http.every(Key, "/keys")

    async def create_key(
        self,
        name: str,
        scopes: Sequence[str],
        *,
        project_id: str | None,
        expires_in_seconds: int | None = None,
    ) -> NewKey:
        """A new key with its text, for one project or, with None, for all."""
        body = {
            "name": name,
            "scopes": list(scopes),
            "project_id": project_id,
            "expires_in_seconds": expires_in_seconds,
        }
        return await self._http.post(NewKey, "/keys", body)

    async def revoke_key(self, key_id: str) -> None:
        """Have a key open nothing any more."""
        await self._http.delete(f"/keys/{part(key_id)}")

    async def audit(self, *, limit: int = 50) -> Sequence[AuditEntry]:
        """Who changed what, newest first."""
        return (await self._http.get(Page[AuditEntry], "/audit", {"limit": limit})).items
