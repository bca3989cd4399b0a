"""Who may do what: scopes, keys and whoever asks with one, as values and decisions.

A key belongs to one project or to all. What is not in its project does not exist for whoever has
it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

_SECRET_BYTES: Final = 32
_PREFIX_BYTES: Final = 6
_KEY: Final = re.compile(r"wfk_(?P<prefix>[0-9a-f]{12})_[A-Za-z0-9_-]{43}")
_PROJECT_ID: Final = re.compile(r"(?=.{1,64}$)[a-z0-9]+(-[a-z0-9]+)*")


class Scope(StrEnum):
    """What a key is good for."""

    READ = "read"
    RUN = "run"
    DEBUG = "debug"
    ADMIN = "admin"


IMPLIED: Final[Mapping[Scope, frozenset[Scope]]] = MappingProxyType(
    {
        Scope.READ: frozenset({Scope.READ}),
        Scope.RUN: frozenset({Scope.READ, Scope.RUN}),
        Scope.DEBUG: frozenset({Scope.READ, Scope.RUN, Scope.DEBUG}),
        Scope.ADMIN: frozenset(Scope),
    }
)
"""What each scope lets one do: to run something without seeing it would help nobody, and whoever
may change a run in the middle may as well start one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Whoever asks: `id` is that of the key, and `project_id` the one project that there is for it.

    None stands for all projects.
    """

    id: str
    project_id: str | None
    scopes: frozenset[Scope]

    def may(self, scope: Scope) -> bool:
        """Whether it may do what needs this scope."""
        return any(scope in IMPLIED[own] for own in self.scopes)

    def sees(self, project_id: str) -> bool:
        """Whether there is such a project for it."""
        return self.project_id in {None, project_id}


LOCAL: Final = Principal(id="local", project_id=None, scopes=frozenset({Scope.ADMIN}))
"""Whoever sits at the machine of a server that knows no keys."""

BOOTSTRAP: Final = Principal(id="bootstrap", project_id=None, scopes=frozenset({Scope.ADMIN}))
"""Whoever has the key of the settings, with which the first keys are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """An API key as it is kept: nothing of it leads back to its text.

    `prefix` is the part of the text that finds it, `project_id` None one for all projects.
    """

    id: str
    project_id: str | None
    name: str
    prefix: str
    scopes: frozenset[Scope]
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None

    def is_valid(self, now: datetime) -> bool:
        """Whether it opens anything now."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def principal(self) -> Principal:
        """Whoever has it."""
        return Principal(id=self.id, project_id=self.project_id, scopes=self.scopes)


def new_key_text() -> str:
    """A key that nobody knows yet: a prefix to find it by, and 256 bits of chance."""
    prefix = secrets.token_hex(_PREFIX_BYTES)
    return f"wfk_{prefix}_{secrets.token_urlsafe(_SECRET_BYTES)}"


def prefix_of(text: str) -> str | None:
    """The part of a key that finds it; None where the text is no key."""
    match = _KEY.fullmatch(text)
    return match["prefix"] if match else None


def digest_of(text: str) -> str:
    """What is kept of a key.

    A slow hash is for what people make up. A key is 256 random bits: nobody can try them all, so
    SHA-256 is enough, and checking one on every request costs nothing.
    """
    return hashlib.sha256(text.encode()).hexdigest()


def is_key(text: str, digest: str) -> bool:
    """Whether the digest is that of the text; it takes as long where it is not."""
    return hmac.compare_digest(digest_of(text), digest)


def why_no_project_id(given: str) -> str | None:
    """What is wrong with the id of a new project; None where nothing is."""
    if _PROJECT_ID.fullmatch(given):
        return None
    return "write up to 64 small letters and digits, with single '-' between them"


def scopes_of(given: Iterable[str]) -> frozenset[Scope]:
    """Scopes as they are stored."""
    return frozenset(map(Scope, given))
