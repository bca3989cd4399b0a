"""What is said of threads beside their runs, and what clients said when they asked for a run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "workflow_threads",
        sa.Column("id", sa.String(64), primary_key=True),
        sa.Column("project_id", sa.String(64), sa.ForeignKey("projects.id"), nullable=False),
        sa.Column("metadata", sa.JSON(), nullable=False),
        sa.Column("variables", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after_turn", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(None, "workflow_threads", ["project_id", "created_at", "id"])
    op.create_table(
        "workflow_run_requests",
        sa.Column(
            "run_id",
            sa.String(64),
            sa.ForeignKey("workflow_runs.id", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("request", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Drop the tables with all that is in them."""
    op.drop_table("workflow_run_requests")
    op.drop_table("workflow_threads")
