"""Which visit a sub-run is for, and what the model calls of a run cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; runs that there are have no parent and unknown usage."""
    for column in _columns():
        op.add_column("workflow_runs", column)
    op.create_index(None, "workflow_runs", ["parent_run_id"])


def downgrade() -> None:
    """Drop the columns with what is in them."""
    op.drop_index("ix_workflow_runs_parent_run_id", "workflow_runs")
    for column in _columns():
        op.drop_column("workflow_runs", column.name)


def _columns() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("usage", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("parent_node_id", sa.Text(), nullable=True),
        sa.Column("parent_path", sa.Text(), nullable=True),
        sa.Column("parent_visit", sa.Integer(), nullable=True),
    )
