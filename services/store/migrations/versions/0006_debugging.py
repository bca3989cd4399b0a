"""How a run is being debugged, and the breakpoints that are kept with a workflow."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; nothing is being debugged yet."""
    op.add_column(
        "workflow_runs", sa.Column("debugging", sa.JSON(none_as_null=True), nullable=True)
    )
    op.create_table(
        "workflow_breakpoints",
        sa.Column(
            "workflow_id", sa.String(64), sa.ForeignKey("workflow_graphs.id"), primary_key=True
        ),
        sa.Column("breakpoints", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Drop the columns with all that is in them."""
    op.drop_table("workflow_breakpoints")
    op.drop_column("workflow_runs", "debugging")
