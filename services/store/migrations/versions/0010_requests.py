"""Idempotency keys of requests that make something else than a run; deliveries by their status."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BY_STATUS = ["webhook_id", "status", "created_at", "id"]
_NAME = "ix_workflow_webhook_deliveries_webhook_id_status_created_at_id"


def upgrade() -> None:
    """Make the table."""
    letter_by_letter = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    op.create_table(
        "workflow_requests",
        sa.Column("project_id", sa.String(64), primary_key=True),
        sa.Column("key", letter_by_letter, primary_key=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("made_id", sa.String(64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(None, "workflow_requests", ["made_at"])
    op.create_index(None, "workflow_webhook_deliveries", _BY_STATUS)


def downgrade() -> None:
    """Drop the table and the index."""
    op.drop_index(_NAME, "workflow_webhook_deliveries")
    op.drop_table("workflow_requests")
