"""Tasks that people answer, signals, and the visits that wait for them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "workflow_tasks",
        _id("id", primary_key=True),
        _id("project_id", sa.ForeignKey("projects.id")),
        _id("run_id", sa.ForeignKey("workflow_runs.id", ondelete="CASCADE")),
        _words("node_id", nullable=False),
        _words("path", nullable=False),
        sa.Column("visit", sa.Integer(), nullable=False),
        _words("prompt", nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        _words("assignee"),
        _moment("due_at"),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        _words("answered_by"),
        _moment("created_at", nullable=False),
        _moment("answered_at"),
        sa.UniqueConstraint("run_id", "node_id", "path", "visit"),
    )
    op.create_index(None, "workflow_tasks", ["project_id", "status", "id"])
    op.create_table(
        "workflow_signals",
        _id("id", primary_key=True),
        _id("project_id", sa.ForeignKey("projects.id")),
        _words("name", nullable=False),
        _words("key", nullable=False),
        sa.Column("payload", sa.JSON(), nullable=True),
        _moment("received_at", nullable=False),
        sa.Column(
            "run_id",
            sa.String(64),
            sa.ForeignKey("workflow_runs.id", ondelete="CASCADE"),
            nullable=True,
        ),
        _words("node_id"),
        _words("path"),
        sa.Column("visit", sa.Integer(), nullable=True),
    )
    op.create_index(None, "workflow_signals", ["project_id", "name", "key", "run_id", "id"])
    op.create_index(None, "workflow_signals", ["run_id"])
    op.create_table(
        "workflow_signal_waits",
        _id("run_id", sa.ForeignKey("workflow_runs.id", ondelete="CASCADE"), primary_key=True),
        _words("node_id", primary_key=True, nullable=False),
        _words("path", primary_key=True, nullable=False),
        sa.Column("visit", sa.Integer(), primary_key=True, autoincrement=False),
        _id("project_id", sa.ForeignKey("projects.id")),
        _words("name", nullable=False),
        _words("key", nullable=False),
        _id("id"),
    )
    op.create_index(None, "workflow_signal_waits", ["project_id", "name", "key", "id"])


def downgrade() -> None:
    """Drop the tables with all that is in them."""
    for table in ("workflow_signal_waits", "workflow_signals", "workflow_tasks"):
        op.drop_table(table)


def _id(name: str, *constraints: sa.ForeignKey, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), *constraints, primary_key=primary_key, nullable=False)


def _words(name: str, *, primary_key: bool = False, nullable: bool = True) -> sa.Column[str]:
    letter_by_letter = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, letter_by_letter, primary_key=primary_key, nullable=nullable)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
