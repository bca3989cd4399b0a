"""What holds a run, what it goes on from, its thread; schedules; webhooks and their deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_RUN_INDEXES = (["thread_id", "turn"], ["source_run_id"])


def upgrade() -> None:
    """Add the columns and make the tables; each run that there is has a thread of its own."""
    for column in _run_columns():
        op.add_column("workflow_runs", column)
    op.execute("UPDATE workflow_runs SET thread_id = id")
    for columns in _RUN_INDEXES:
        op.create_index(None, "workflow_runs", columns)
    _make_schedules()
    _make_webhooks()


def downgrade() -> None:
    """Drop the tables and columns with all that is in them."""
    for table in ("workflow_webhook_deliveries", "workflow_webhooks", "workflow_schedules"):
        op.drop_table(table)
    for columns in _RUN_INDEXES:
        op.drop_index(f"ix_workflow_runs_{'_'.join(columns)}", "workflow_runs")
    for column in _run_columns():
        op.drop_column("workflow_runs", column.name)


def _run_columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("is_held", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("thread_id", sa.String(64), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("is_rolled_back", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("variables", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("source_run_id", sa.String(64), nullable=True),
    )


def _make_schedules() -> None:
    op.create_table(
        "workflow_schedules",
        _id("id", primary_key=True),
        _id("project_id", sa.ForeignKey("projects.id")),
        _id("workflow_id", sa.ForeignKey("workflow_graphs.id")),
        sa.Column("version", sa.Integer(), nullable=True),
        _words("name", nullable=False),
        _words("cron", nullable=False),
        _words("time_zone", nullable=False),
        sa.Column("input", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        _moment("next_at"),
        _moment("last_at"),
        sa.Column("last_run_id", sa.String(64), nullable=True),
        _words("last_error"),
        _moment("created_at", nullable=False),
        sa.UniqueConstraint("project_id", "name"),
    )
    op.create_index(None, "workflow_schedules", ["is_active", "next_at"])


def _make_webhooks() -> None:
    op.create_table(
        "workflow_webhooks",
        _id("id", primary_key=True),
        _id("project_id", sa.ForeignKey("projects.id")),
        _words("url", nullable=False),
        _words("secret", nullable=False),
        sa.Column("event_types", sa.JSON(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        _moment("created_at", nullable=False),
    )
    op.create_index(None, "workflow_webhooks", ["project_id", "id"])
    op.create_table(
        "workflow_webhook_deliveries",
        _id("id", primary_key=True),
        _id("webhook_id", sa.ForeignKey("workflow_webhooks.id", ondelete="CASCADE")),
        _id("run_id", sa.ForeignKey("workflow_runs.id", ondelete="CASCADE")),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        _moment("next_at"),
        sa.Column("response_status", sa.Integer(), nullable=True),
        _words("error"),
        _moment("created_at", nullable=False),
        _moment("finished_at"),
        sa.UniqueConstraint("webhook_id", "run_id", "seq"),
    )
    op.create_index(None, "workflow_webhook_deliveries", ["status", "next_at"])
    op.create_index(None, "workflow_webhook_deliveries", ["run_id"])


def _id(name: str, *constraints: sa.ForeignKey, primary_key: bool = False) -> sa.Column[str]:
    return sa.Column(name, sa.String(64), *constraints, primary_key=primary_key, nullable=False)


def _words(name: str, *, nullable: bool = True) -> sa.Column[str]:
    letter_by_letter = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, letter_by_letter, nullable=nullable)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
