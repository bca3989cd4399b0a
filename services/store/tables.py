"""What is stored, as tables. Columns only: what a run can do is in `services.domain`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

from pydantic import TypeAdapter
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.types import TypeEngine
from typing_extensions import override

from services.domain.debugging import Debugging

_DEBUGGING: Final = TypeAdapter(Debugging)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Timestamp(TypeDecorator[datetime]):
    """A moment: aware and in UTC in Python, whatever the database makes of time zones."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = DateTime(timezone=True)
    cache_ok: bool | None = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; the store takes aware times only")
        return value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class DebuggingJson(TypeDecorator[Debugging]):
    """How a run is being debugged; null where nobody ever did."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = JSON(none_as_null=True)
    cache_ok: bool | None = True

    @override
    def process_bind_param(self, value: Debugging | None, dialect: Dialect) -> Any:
        return None if value is None else _DEBUGGING.dump_python(value, mode="json")

    @override
    def process_result_value(self, value: Any, dialect: Dialect) -> Debugging | None:
        return None if value is None else _DEBUGGING.validate_python(value)


class Words(TypeDecorator[str]):
    """Text that people or other programs chose, compared letter by letter on every database.

    PostgreSQL has no NUL in text, and would sort by the rules of a language: NUL is written as the
    replacement character, so that what has one is found nowhere, and the order is that of SQLite.
    """

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = Text
    cache_ok: bool | None = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return Text(collation="C") if dialect.name == "postgresql" else Text()

    @override
    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        return value.replace("\0", "\ufffd") if value is not None and "\0" in value else value


class Id(Words):
    """An id that this service made; what is asked for may be anything."""

    impl: TypeEngine[Any] | type[TypeEngine[Any]] = String(64)
    cache_ok: bool | None = True

    @override
    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return String(64)


def _id(name: str, *constraints: ForeignKey, primary_key: bool = False) -> Column[str]:
    return Column(name, Id(), *constraints, primary_key=primary_key, nullable=False)


def _words(name: str, *, nullable: bool = True, primary_key: bool = False) -> Column[str]:
    return Column(name, Words(), nullable=nullable and not primary_key, primary_key=primary_key)


def _json(name: str, *, nullable: bool = True) -> Column[Any]:
    return Column(name, JSON(none_as_null=True), nullable=nullable)


def _moment(name: str, *, nullable: bool = False) -> Column[datetime]:
    return Column(name, Timestamp(), nullable=nullable)


def _count(name: str, start: int = 0) -> Column[int]:
    return Column(name, Integer, nullable=False, default=start)


projects = Table(
    "projects",
    metadata,
    _id("id", primary_key=True),
    _words("name", nullable=False),
    _moment("created_at"),
)

workflow_graphs = Table(
    "workflow_graphs",
    metadata,
    _id("id", primary_key=True),
    _id("project_id", ForeignKey("projects.id")),
    _words("name", nullable=False),
    Column("head_version", Integer, nullable=False),
    _moment("created_at"),
    _moment("updated_at"),
    UniqueConstraint("project_id", "name"),
)

workflow_versions = Table(
    "workflow_versions",
    metadata,
    _id("workflow_id", ForeignKey("workflow_graphs.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    _json("definition", nullable=False),
    _words("fingerprint", nullable=False),
    _moment("created_at"),
    UniqueConstraint("workflow_id", "fingerprint"),
)

workflow_breakpoints = Table(
    "workflow_breakpoints",
    metadata,
    _id("workflow_id", ForeignKey("workflow_graphs.id"), primary_key=True),
    _json("breakpoints", nullable=False),
)

workflow_runs = Table(
    "workflow_runs",
    metadata,
    _id("id", primary_key=True),
    _id("project_id", ForeignKey("projects.id")),
    _id("workflow_id"),
    Column("version", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    _json("input", nullable=False),
    _json("output"),
    _json("error"),
    _count("attempt"),
    _count("node_count"),
    _count("settled_count"),
    _json("usage"),
    Column("parent_run_id", Id(), ForeignKey("workflow_runs.id"), nullable=True),
    _words("parent_node_id"),
    _words("parent_path"),
    Column("parent_visit", Integer, nullable=True),
    Column("thread_id", Id(), nullable=True),
    Column("turn", Integer, nullable=False, default=1, server_default="1"),
    Column("is_rolled_back", Boolean, nullable=False, default=False, server_default=false()),
    Column("source_run_id", Id(), nullable=True),
    _json("variables"),
    Column("debugging", DebuggingJson(), nullable=True),
    Column("is_held", Boolean, nullable=False, default=False, server_default=false()),
    _words("idempotency_key"),
    _words("owner"),
    _count("fence"),
    _moment("lease_until", nullable=True),
    _moment("wake_at", nullable=True),
    _words("cancel_reason"),
    _count("next_seq", 1),
    _moment("created_at"),
    _moment("started_at", nullable=True),
    _moment("finished_at", nullable=True),
    ForeignKeyConstraint(
        ["workflow_id", "version"],
        ["workflow_versions.workflow_id", "workflow_versions.version"],
    ),
    UniqueConstraint("project_id", "idempotency_key"),
    Index(None, "project_id", "created_at", "id"),
    Index(None, "workflow_id", "created_at", "id"),
    Index(None, "status", "lease_until"),
    Index(None, "status", "wake_at"),
    Index(None, "parent_run_id"),
    Index(None, "thread_id", "turn"),
    Index(None, "source_run_id"),
)

workflow_node_states = Table(
    "workflow_node_states",
    metadata,
    _id("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
    _words("node_id", primary_key=True),
    _words("path", primary_key=True),
    Column("visit", Integer, primary_key=True, autoincrement=False),
    Column("status", String(16), nullable=False),
    _count("attempt"),
    Column("progress", Float(53), nullable=False),
    _json("input"),
    _json("output"),
    _json("error"),
    _json("usage"),
    _moment("started_at", nullable=True),
    _moment("finished_at", nullable=True),
)

workflow_run_events = Table(
    "workflow_run_events",
    metadata,
    _id("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("type", String(32), nullable=False),
    _moment("at"),
    _words("node_id"),
    _words("path"),
    Column("visit", Integer, nullable=True),
    Column("attempt", Integer, nullable=True),
    Column("data", Text, nullable=False),
)

workflow_tasks = Table(
    "workflow_tasks",
    metadata,
    _id("id", primary_key=True),
    _id("project_id", ForeignKey("projects.id")),
    _id("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE")),
    _words("node_id", nullable=False),
    _words("path", nullable=False),
    Column("visit", Integer, nullable=False),
    _words("prompt", nullable=False),
    _json("form", nullable=False),
    _words("assignee"),
    _moment("due_at", nullable=True),
    Column("status", String(16), nullable=False),
    _json("answer"),
    _words("answered_by"),
    _moment("created_at"),
    _moment("answered_at", nullable=True),
    UniqueConstraint("run_id", "node_id", "path", "visit"),
    Index(None, "project_id", "status", "id"),
)

workflow_signals = Table(
    "workflow_signals",
    metadata,
    _id("id", primary_key=True),
    _id("project_id", ForeignKey("projects.id")),
    _words("name", nullable=False),
    _words("key", nullable=False),
    _json("payload"),
    _moment("received_at"),
    Column("run_id", Id(), ForeignKey("workflow_runs.id", ondelete="CASCADE"), nullable=True),
    _words("node_id"),
    _words("path"),
    Column("visit", Integer, nullable=True),
    Index(None, "project_id", "name", "key", "run_id", "id"),
    Index(None, "run_id"),
)
"""Signals that came; those with a run were taken by that visit, the others wait for one."""

workflow_signal_waits = Table(
    "workflow_signal_waits",
    metadata,
    _id("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
    _words("node_id", primary_key=True),
    _words("path", primary_key=True),
    Column("visit", Integer, primary_key=True, autoincrement=False),
    _id("project_id", ForeignKey("projects.id")),
    _words("name", nullable=False),
    _words("key", nullable=False),
    _id("id"),
    Index(None, "project_id", "name", "key", "id"),
)
"""Visits that wait for a signal; `id` says who came first."""

workflow_schedules = Table(
    "workflow_schedules",
    metadata,
    _id("id", primary_key=True),
    _id("project_id", ForeignKey("projects.id")),
    _id("workflow_id", ForeignKey("workflow_graphs.id")),
    Column("version", Integer, nullable=True),
    _words("name", nullable=False),
    _words("cron", nullable=False),
    _words("time_zone", nullable=False),
    _json("input", nullable=False),
    Column("is_active", Boolean, nullable=False),
    _moment("next_at", nullable=True),
    _moment("last_at", nullable=True),
    Column("last_run_id", Id(), nullable=True),
    _words("last_error"),
    _moment("created_at"),
    UniqueConstraint("project_id", "name"),
    Index(None, "is_active", "next_at"),
)
"""When runs begin by themselves; `last_error` says why the run of `last_at` could not."""

workflow_webhooks = Table(
    "workflow_webhooks",
    metadata,
    _id("id", primary_key=True),
    _id("project_id", ForeignKey("projects.id")),
    _words("url", nullable=False),
    _words("secret", nullable=False),
    _json("event_types", nullable=False),
    Column("is_active", Boolean, nullable=False),
    _moment("created_at"),
    Index(None, "project_id", "id"),
)

workflow_webhook_deliveries = Table(
    "workflow_webhook_deliveries",
    metadata,
    _id("id", primary_key=True),
    _id("webhook_id", ForeignKey("workflow_webhooks.id", ondelete="CASCADE")),
    _id("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE")),
    Column("seq", Integer, nullable=False),
    Column("type", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    _count("attempts"),
    Column("last_attempt", Integer, nullable=False),
    _moment("next_at", nullable=True),
    Column("response_status", Integer, nullable=True),
    _words("error"),
    _moment("created_at"),
    _moment("finished_at", nullable=True),
    UniqueConstraint("webhook_id", "run_id", "seq"),
    Index(None, "webhook_id", "next_at"),
    Index(None, "webhook_id", "created_at", "id"),
    Index(None, "run_id"),
)
"""Events to be told to a webhook, until it has taken them; the body is that of the log.

Whoever sends one moves `next_at` to the moment at which he counts as gone; the number of `attempts`
is his fence.
"""

workflow_api_keys = Table(
    "workflow_api_keys",
    metadata,
    _id("id", primary_key=True),
    Column("project_id", Id(), ForeignKey("projects.id"), nullable=True),
    _words("name", nullable=False),
    Column("prefix", String(16), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),
    _json("scopes", nullable=False),
    _moment("created_at"),
    _moment("expires_at", nullable=True),
    _moment("revoked_at", nullable=True),
    Index(None, "project_id", "id"),
)
"""Keys of one project, or of all; of the text of a key there is only what checks it."""

workflow_audit_entries = Table(
    "workflow_audit_entries",
    metadata,
    _id("id", primary_key=True),
    _moment("at"),
    _words("who", nullable=False),
    _words("action", nullable=False),
    Column("project_id", Id(), nullable=True),
    _words("address", nullable=False),
    _words("client"),
    Index(None, "project_id", "id"),
    Index(None, "at"),
)
"""Who changed what, and from where; an entry outlives what it tells of."""
workflow_threads = Table(
    "workflow_threads",
    metadata,
    _id("id", primary_key=True),
    _id("project_id", ForeignKey("projects.id")),
    _json("metadata", nullable=False),
    _json("variables"),
    _count("after_turn"),
    _moment("created_at"),
    _moment("updated_at"),
    Index(None, "project_id", "created_at", "id"),
)
"""What is said of a thread beside its runs, where anything is: that it was opened before the first
of them, what somebody notes about it, and `variables` that were written after the run `after_turn`.
"""

workflow_run_requests = Table(
    "workflow_run_requests",
    metadata,
    _id("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
    _json("request", nullable=False),
)
"""What a client said when it asked for a run, for clients that want to read it again."""

workflow_requests = Table(
    "workflow_requests",
    metadata,
    _id("project_id", primary_key=True),
    _words("key", primary_key=True),
    Column("digest", String(64), nullable=False),
    _id("made_id"),
    _moment("made_at"),
    Index(None, "made_at"),
)
"""Idempotency keys that stand for requests, and what these have made; runs hold theirs themselves.

The project is empty where a request is of none.
"""
