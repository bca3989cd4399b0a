"""Who asks, what there is for them, and the keys that say so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from services.domain.access import (
    BOOTSTRAP,
    LOCAL,
    Key,
    Principal,
    Scope,
    is_key,
    new_key_text,
    prefix_of,
)
from services.domain.once import once
from services.errors import (
    ForbiddenError,
    KeyNotFoundError,
    ProjectNotFoundError,
    RunNotFoundError,
    UnauthenticatedError,
)
from services.store.keys import Keys
from services.store.origins import Origins
from services.store.paging import Page
from services.store.projects import Projects
from workflow_compiler.ports import WallClock


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessUseCases:
    """The keys of all projects, and what is checked with them.

    `bootstrap` is the digest of the key in the settings, if there is one.
    """

    keys: Keys
    projects: Projects
    origins: Origins
    clock: WallClock
    bootstrap: str | None = None

    async def is_guarded(self) -> bool:
        """Whether there are keys, so that nobody gets in without one."""
        return self.bootstrap is not None or await self.keys.any()

    async def authenticate(self, text: str | None) -> Principal:
        """Whoever asks with this key, or with none.

        Raises:
            UnauthenticatedError: there are keys, and this is none that is valid.
        """
        if text is None:
            if await self.is_guarded():
                raise UnauthenticatedError("there is no key in the request")
            return LOCAL
        if self.bootstrap is not None and is_key(text, self.bootstrap):
            return BOOTSTRAP
        if (key := await self._known(text)) is not None:
            return key.principal
        if await self.is_guarded():
            raise UnauthenticatedError("the key is not known, or not valid any more")
        return LOCAL

    async def require_project(self, principal: Principal, project_id: str) -> None:
        """Return when there is such a project for whoever asks.

        Raises:
            ProjectNotFoundError: there is none.
        """
        if not principal.sees(project_id):
            raise ProjectNotFoundError(project_id)
        await self.projects.require(project_id)

    async def require_run(self, principal: Principal, run_id: str) -> str:
        """The project of a run that there is for whoever asks.

        Raises:
            RunNotFoundError: there is none.
        """
        origin = await self.origins.of(run_id)
        if origin is None or not principal.sees(origin.project_id):
            raise RunNotFoundError(run_id)
        return origin.project_id

    async def create_key(
        self,
        by: Principal,
        name: str,
        project_id: str | None,
        scopes: frozenset[Scope],
        lifetime: timedelta | None = None,
        *,
        idempotency_key: str | None = None,
    ) -> tuple[Key, str]:
        """A new key and its text, which nobody can read again: not by asking again either.

        Raises:
            KeyExistsError: the same request with this idempotency key has made one before.
            IdempotencyError: the idempotency key was used for another request.
            ForbiddenError: it would open more than the key of whoever asks.
            ProjectNotFoundError: there is no such project for whoever asks.
        """
        if project_id is None:
            require_all_projects(by)
        else:
            await self.require_project(by, project_id)
        text = new_key_text()
        expires_at = None if lifetime is None else self.clock.now() + lifetime
        asked = once(idempotency_key, "key", name, sorted(scopes), str(lifetime))
        return await self.keys.add(text, name, project_id, scopes, expires_at, asked), text

    async def page(self, by: Principal, *, cursor: str | None = None, limit: int = 50) -> Page[Key]:
        """The keys of the project of whoever asks, or all; newest first.

        Raises:
            CursorError: no page gave this cursor.
        """
        return await self.keys.page(by.project_id, cursor=cursor, limit=limit)

    async def revoke(self, by: Principal, key_id: str) -> Key:
        """Have a key open nothing any more.

        Raises:
            KeyNotFoundError: there is no such key for whoever asks.
        """
        key = await self.keys.get(key_id)
        if key is None or by.project_id not in {None, key.project_id}:
            raise KeyNotFoundError(key_id)
        return await self.keys.revoke(key)

    async def _known(self, text: str) -> Key | None:
        """The valid key with this text."""
        prefix = prefix_of(text)
        found = None if prefix is None else await self.keys.by_prefix(prefix)
        if found is None:
            return None
        key, digest = found
        return key if is_key(text, digest) and key.is_valid(self.clock.now()) else None


def require_all_projects(principal: Principal) -> None:
    """Return when whoever asks sees all projects.

    Raises:
        ForbiddenError: the key is one of a single project.
    """
    if principal.project_id is not None:
        raise ForbiddenError("a key for all projects")
