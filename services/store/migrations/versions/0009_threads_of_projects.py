"""A thread's id is its project's own business: another project may have one with the same id."""

from __future__ import annotations

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_KEY = "pk_workflow_threads"


def upgrade() -> None:
    """Tell threads apart by their project too, and find the runs of a thread within it."""
    with op.batch_alter_table("workflow_threads") as threads:
        threads.drop_constraint(_KEY, type_="primary")
        threads.create_primary_key(_KEY, ["project_id", "id"])
    op.drop_index("ix_workflow_runs_thread_id_turn", "workflow_runs")
    op.create_index(None, "workflow_runs", ["project_id", "thread_id", "turn"])


def downgrade() -> None:
    """Have ids be unique over all projects; this fails where two have the same."""
    op.drop_index("ix_workflow_runs_project_id_thread_id_turn", "workflow_runs")
    op.create_index(None, "workflow_runs", ["thread_id", "turn"])
    with op.batch_alter_table("workflow_threads") as threads:
        threads.drop_constraint(_KEY, type_="primary")
        threads.create_primary_key(_KEY, ["id"])
