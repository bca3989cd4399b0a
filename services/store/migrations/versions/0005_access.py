"""API keys, and the log of who did what."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _make_keys()
    _make_audit()


def downgrade() -> None:
    """Drop the tables with all that is in them."""
    for table in ("workflow_audit_entries", "workflow_api_keys"):
        op.drop_table(table)


def _make_keys() -> None:
    op.create_table(
        "workflow_api_keys",
        sa.Column("id", sa.String(64), primary_key=True, nullable=False),
        sa.Column("project_id", sa.String(64), sa.ForeignKey("projects.id"), nullable=True),
        _words("name", nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        _moment("created_at", nullable=False),
        _moment("expires_at"),
        _moment("revoked_at"),
        sa.UniqueConstraint("prefix"),
    )
    op.create_index(None, "workflow_api_keys", ["project_id", "id"])


def _make_audit() -> None:
    op.create_table(
        "workflow_audit_entries",
        sa.Column("id", sa.String(64), primary_key=True, nullable=False),
        _moment("at", nullable=False),
        _words("who", nullable=False),
        _words("action", nullable=False),
        sa.Column("project_id", sa.String(64), nullable=True),
        _words("address", nullable=False),
        _words("client"),
    )
    for columns in (["project_id", "id"], ["at"]):
        op.create_index(None, "workflow_audit_entries", columns)


def _words(name: str, *, nullable: bool = True) -> sa.Column[str]:
    letter_by_letter = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
    return sa.Column(name, letter_by_letter, nullable=nullable)


def _moment(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)
