"""Who changed what: one entry of the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A change that somebody asked for and got.

    Attributes:
        who: The id of a key, `bootstrap`, or `local` where nobody needs a key.
        action: What was done, as OpenAPI calls it: `cancel_run`.
        project_id: Where; None for what is of no project.
        address: The thing that it was done to. Never a query, a body or a header.
        client: The network address that it came from.
    """

    who: str
    action: str
    project_id: str | None
    address: str
    client: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry(Change):
    """A change as it is kept."""

    id: str
    at: datetime
