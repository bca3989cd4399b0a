"""What is stored, as tables. Columns only: what a run can do is in `services.domain`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
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
)
from sqlalchemy.types import TypeEngine
from typing_extensions import override

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


def _id(name: str, *constraints: ForeignKey, primary_key: bool = False) -> Column[str]:
    return Column(name, String(64), *constraints, primary_key=primary_key, nullable=False)


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
    Column("name", Text, nullable=False),
    _moment("created_at"),
)

workflow_graphs = Table(
    "workflow_graphs",
    metadata,
    _id("id", primary_key=True),
    _id("project_id", ForeignKey("projects.id")),
    Column("name", Text, nullable=False),
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
    Column("fingerprint", Text, nullable=False),
    _moment("created_at"),
    UniqueConstraint("workflow_id", "fingerprint"),
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
    Column("parent_run_id", String(64), ForeignKey("workflow_runs.id"), nullable=True),
    Column("parent_node_id", Text, nullable=True),
    Column("parent_path", Text, nullable=True),
    Column("parent_visit", Integer, nullable=True),
    Column("idempotency_key", Text, nullable=True),
    Column("owner", Text, nullable=True),
    _count("fence"),
    _moment("lease_until", nullable=True),
    _moment("wake_at", nullable=True),
    Column("cancel_reason", Text, nullable=True),
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
)

workflow_node_states = Table(
    "workflow_node_states",
    metadata,
    _id("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
    Column("node_id", Text, primary_key=True),
    Column("path", Text, primary_key=True),
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
    Column("node_id", Text, nullable=True),
    Column("path", Text, nullable=True),
    Column("visit", Integer, nullable=True),
    Column("attempt", Integer, nullable=True),
    Column("data", Text, nullable=False),
)
