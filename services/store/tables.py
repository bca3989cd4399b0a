"""What is stored, as tables. Columns only: what a run can do is in `services.domain`."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.schema import SchemaItem

from services.store.columns import DebuggingJson, Id, count, id_column, json_column, moment, words

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *items: SchemaItem) -> Table:
    return Table(name, metadata, *items)


projects = _table(
    "projects",
    id_column("id", primary_key=True),
    words("name", nullable=False),
    moment("created_at"),
)

workflow_graphs = _table(
    "workflow_graphs",
    id_column("id", primary_key=True),
    id_column("project_id", ForeignKey("projects.id")),
    words("name", nullable=False),
    Column("head_version", Integer, nullable=False),
    moment("created_at"),
    moment("updated_at"),
    UniqueConstraint("project_id", "name"),
)

workflow_versions = _table(
    "workflow_versions",
    id_column("workflow_id", ForeignKey("workflow_graphs.id"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    json_column("definition", nullable=False),
    words("fingerprint", nullable=False),
    moment("created_at"),
    UniqueConstraint("workflow_id", "fingerprint"),
)

workflow_breakpoints = _table(
    "workflow_breakpoints",
    id_column("workflow_id", ForeignKey("workflow_graphs.id"), primary_key=True),
    json_column("breakpoints", nullable=False),
)

workflow_runs = _table(
    "workflow_runs",
    id_column("id", primary_key=True),
    id_column("project_id", ForeignKey("projects.id")),
    id_column("workflow_id"),
    Column("version", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    json_column("input", nullable=False),
    json_column("output"),
    json_column("error"),
    count("attempt"),
    count("node_count"),
    count("settled_count"),
    json_column("usage"),
    Column("parent_run_id", Id(), ForeignKey("workflow_runs.id"), nullable=True),
    words("parent_node_id"),
    words("parent_path"),
    Column("parent_visit", Integer, nullable=True),
    Column("thread_id", Id(), nullable=True),
    Column("turn", Integer, nullable=False, default=1, server_default="1"),
    Column("is_rolled_back", Boolean, nullable=False, default=False, server_default=false()),
    Column("source_run_id", Id(), nullable=True),
    json_column("variables"),
    Column("debugging", DebuggingJson(), nullable=True),
    Column("is_held", Boolean, nullable=False, default=False, server_default=false()),
    words("idempotency_key"),
    words("owner"),
    count("fence"),
    moment("lease_until", nullable=True),
    moment("wake_at", nullable=True),
    words("cancel_reason"),
    count("next_seq", 1),
    moment("created_at"),
    moment("started_at", nullable=True),
    moment("finished_at", nullable=True),
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
    Index(None, "project_id", "thread_id", "turn"),
    Index(None, "source_run_id"),
)

workflow_node_states = _table(
    "workflow_node_states",
    id_column("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
    words("node_id", primary_key=True),
    words("path", primary_key=True),
    Column("visit", Integer, primary_key=True, autoincrement=False),
    Column("status", String(16), nullable=False),
    count("attempt"),
    Column("progress", Float(53), nullable=False),
    json_column("input"),
    json_column("output"),
    json_column("error"),
    json_column("usage"),
    moment("started_at", nullable=True),
    moment("finished_at", nullable=True),
)

workflow_run_events = _table(
    "workflow_run_events",
    id_column("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
    Column("seq", Integer, primary_key=True, autoincrement=False),
    Column("type", String(32), nullable=False),
    moment("at"),
    words("node_id"),
    words("path"),
    Column("visit", Integer, nullable=True),
    Column("attempt", Integer, nullable=True),
    Column("data", Text, nullable=False),
)

workflow_tasks = _table(
    "workflow_tasks",
    id_column("id", primary_key=True),
    id_column("project_id", ForeignKey("projects.id")),
    id_column("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE")),
    words("node_id", nullable=False),
    words("path", nullable=False),
    Column("visit", Integer, nullable=False),
    words("prompt", nullable=False),
    json_column("form", nullable=False),
    words("assignee"),
    moment("due_at", nullable=True),
    Column("status", String(16), nullable=False),
    json_column("answer"),
    words("answered_by"),
    moment("created_at"),
    moment("answered_at", nullable=True),
    UniqueConstraint("run_id", "node_id", "path", "visit"),
    Index(None, "project_id", "status", "id"),
)

workflow_signals = _table(
    "workflow_signals",
    id_column("id", primary_key=True),
    id_column("project_id", ForeignKey("projects.id")),
    words("name", nullable=False),
    words("key", nullable=False),
    json_column("payload"),
    moment("received_at"),
    Column("run_id", Id(), ForeignKey("workflow_runs.id", ondelete="CASCADE"), nullable=True),
    words("node_id"),
    words("path"),
    Column("visit", Integer, nullable=True),
    Index(None, "project_id", "name", "key", "run_id", "id"),
    Index(None, "run_id"),
)
"""Signals that came; those with a run were taken by that visit, the others wait for one."""

workflow_signal_waits = _table(
    "workflow_signal_waits",
    id_column("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
    words("node_id", primary_key=True),
    words("path", primary_key=True),
    Column("visit", Integer, primary_key=True, autoincrement=False),
    id_column("project_id", ForeignKey("projects.id")),
    words("name", nullable=False),
    words("key", nullable=False),
    id_column("id"),
    Index(None, "project_id", "name", "key", "id"),
)
"""Visits that wait for a signal; `id` says who came first."""

workflow_schedules = _table(
    "workflow_schedules",
    id_column("id", primary_key=True),
    id_column("project_id", ForeignKey("projects.id")),
    id_column("workflow_id", ForeignKey("workflow_graphs.id")),
    Column("version", Integer, nullable=True),
    words("name", nullable=False),
    words("cron", nullable=False),
    words("time_zone", nullable=False),
    json_column("input", nullable=False),
    Column("is_active", Boolean, nullable=False),
    moment("next_at", nullable=True),
    moment("last_at", nullable=True),
    Column("last_run_id", Id(), nullable=True),
    words("last_error"),
    moment("created_at"),
    UniqueConstraint("project_id", "name"),
    Index(None, "is_active", "next_at"),
)
"""When runs begin by themselves; `last_error` says why the run of `last_at` could not."""

workflow_webhooks = _table(
    "workflow_webhooks",
    id_column("id", primary_key=True),
    id_column("project_id", ForeignKey("projects.id")),
    words("url", nullable=False),
    words("secret", nullable=False),
    json_column("event_types", nullable=False),
    Column("is_active", Boolean, nullable=False),
    moment("created_at"),
    Index(None, "project_id", "id"),
)

workflow_webhook_deliveries = _table(
    "workflow_webhook_deliveries",
    id_column("id", primary_key=True),
    id_column("webhook_id", ForeignKey("workflow_webhooks.id", ondelete="CASCADE")),
    id_column("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE")),
    Column("seq", Integer, nullable=False),
    Column("type", String(32), nullable=False),
    Column("status", String(16), nullable=False),
    count("attempts"),
    Column("last_attempt", Integer, nullable=False),
    moment("next_at", nullable=True),
    Column("response_status", Integer, nullable=True),
    words("error"),
    moment("created_at"),
    moment("finished_at", nullable=True),
    UniqueConstraint("webhook_id", "run_id", "seq"),
    Index(None, "webhook_id", "next_at"),
    Index(None, "webhook_id", "created_at", "id"),
    Index(None, "webhook_id", "status", "created_at", "id"),
    Index(None, "run_id"),
)
"""Events to be told to a webhook, until it has taken them; the body is that of the log.

Whoever sends one moves `next_at` to the moment at which he counts as gone; the number of `attempts`
is his fence.
"""

workflow_api_keys = _table(
    "workflow_api_keys",
    id_column("id", primary_key=True),
    Column("project_id", Id(), ForeignKey("projects.id"), nullable=True),
    words("name", nullable=False),
    Column("prefix", String(16), nullable=False, unique=True),
    Column("digest", String(64), nullable=False),
    json_column("scopes", nullable=False),
    moment("created_at"),
    moment("expires_at", nullable=True),
    moment("revoked_at", nullable=True),
    Index(None, "project_id", "id"),
)
"""Keys of one project, or of all; of the text of a key there is only what checks it."""

workflow_audit_entries = _table(
    "workflow_audit_entries",
    id_column("id", primary_key=True),
    moment("at"),
    words("who", nullable=False),
    words("action", nullable=False),
    Column("project_id", Id(), nullable=True),
    words("address", nullable=False),
    words("client"),
    Index(None, "project_id", "id"),
    Index(None, "at"),
)
"""Who changed what, and from where; an entry outlives what it tells of."""

workflow_threads = _table(
    "workflow_threads",
    id_column("project_id", ForeignKey("projects.id"), primary_key=True),
    id_column("id", primary_key=True),
    json_column("metadata", nullable=False),
    json_column("variables"),
    count("after_turn"),
    moment("created_at"),
    moment("updated_at"),
    Index(None, "project_id", "created_at", "id"),
)
"""What is said of a thread beside its runs, where anything is: that it was opened before the first
of them, what somebody notes about it, and `variables` that were written after the run `after_turn`.
Each project has ids of its own.
"""

workflow_run_requests = _table(
    "workflow_run_requests",
    id_column("run_id", ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
    json_column("request", nullable=False),
)
"""What a client said when it asked for a run, for clients that want to read it again."""

workflow_requests = _table(
    "workflow_requests",
    id_column("project_id", primary_key=True),
    words("key", primary_key=True),
    Column("digest", String(64), nullable=False),
    id_column("made_id"),
    moment("made_at"),
    Index(None, "made_at"),
)
"""Idempotency keys that stand for requests, and what these have made; runs hold theirs themselves.

The project is empty where a request is of none.
"""
