"""Projects, workflows with their versions, runs with their node states and events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, and the project `default` that every client may count on."""
    _create_workflows()
    _create_runs()
    _create_logs()
    op.execute(
        "INSERT INTO projects (id, name, created_at) "
        "VALUES ('default', 'Default', '2026-01-01 00:00:00.000000')"
    )


def downgrade() -> None:
    """Drop all tables with all that is in them."""
    for table in (
        "workflow_run_events",
        "workflow_node_states",
        "workflow_runs",
        "workflow_versions",
        "workflow_graphs",
        "projects",
    ):
        op.drop_table(table)


def _create_workflows() -> None:
    op.create_table(
        "projects",
        _id("id", primary_key=True),
        _words("name", nullable=False),
        _moment("created_at", nullable=False),
    )
    op.create_table(
        "workflow_graphs",
        _id("id", primary_key=True),
        _id("project_id", sa.ForeignKey("projects.id")),
        _words("name", nullable=False),
        sa.Column("head_version", sa.Integer(), nullable=False),
        _moment("created_at", nullable=False),
        _moment("updated_at", nullable=False),
        sa.UniqueConstraint("project_id", "name"),
    )
    op.create_table(
        "workflow_versions",
        _id("workflow_id", sa.ForeignKey("workflow_graphs.id"), primary_key=True),
        sa.Column("version", sa.Integer(), primary_key=True, autoincrement=False),
        _json("definition", nullable=False),
        _words("fingerprint", nullable=False),
        _moment("created_at", nullable=False),
        sa.UniqueConstraint("workflow_id", "fingerprint"),
    )


def _create_runs() -> None:
    op.create_table(
        "workflow_runs",
        _id("id", primary_key=True),
        _id("project_id", sa.ForeignKey("projects.id")),
        _id("workflow_id"),
        _count("version"),
        sa.Column("status", sa.String(16), nullable=False),
        _json("input", nullable=False),
        _json("output"),
        _json("error"),
        _count("attempt"),
        _count("node_count"),
        _count("settled_count"),
        sa.Column("parent_run_id", sa.String(64), sa.ForeignKey("workflow_runs.id"), nullable=True),
        _words("idempotency_key"),
        _words("owner"),
        _count("fence"),
        _moment("lease_until"),
        _moment("wake_at"),
        _words("cancel_reason"),
        _count("next_seq"),
        _moment("created_at", nullable=False),
        _moment("started_at"),
        _moment("finished_at"),
        sa.ForeignKeyConstraint(
            ["workflow_id", "version"],
            ["workflow_versions.workflow_id", "workflow_versions.version"],
        ),
        sa.UniqueConstraint("project_id", "idempotency_key"),
    )
    for columns in (
        ["project_id", "created_at", "id"],
        ["workflow_id", "created_at", "id"],
        ["status", "lease_until"],
        ["status", "wake_at"],
    ):
        op.create_index(None, "workflow_runs", columns)


def _create_logs() -> None:
    op.create_table(
        "workflow_node_states",
        _id("run_id", sa.ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
        _words("node_id", primary_key=True, nullable=False),
        _words("path", primary_key=True, nullable=False),
        sa.Column("visit", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("status", sa.String(16), nullable=False),
        _count("attempt"),
        sa.Column("progress", sa.Float(53), nullable=False),
        _json("input"),
        _json("output"),
        _json("error"),
        _json("usage"),
        _moment("started_at"),
        _moment("finished_at"),
    )
    op.create_table(
        "workflow_run_events",
        _id("run_id", sa.ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("type", sa.String(32), nullable=False),
        _moment("at", nullable=False),
        _words("node_id"),
        _words("path"),
        sa.Column("visit", sa.Integer(), nullable=True),
        sa.Column("attempt", sa.Integer(), nullable=True),
        sa.Column("data", sa.Text(), nullable=False),
    )


def _id(name: str, *constraints: sa.ForeignKey, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), *constraints, primary_key=primary_key, nullable=False)


def _words(name: str, *, primary_key: bool = False, nullable: bool = True) -> sa.Column[str]:
    letter_by_letter = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, letter_by_letter, primary_key=primary_key, nullable=nullable)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _json(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.JSON(none_as_null=True), nullable=nullable)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
