import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import literal, select, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import OperationalError

from services.store.database import Database, open_database
from services.store.dialects import DatabaseTime, upserts
from services.store.tables import workflow_node_states
from services.store.transience import is_transient


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'deep' / 'folder' / 'workflow.db'}"


async def test_only_what_may_pass_is_tried_again(url: str, tmp_path: Path):
    async with open_database(url) as database:
        await database.upgrade()
        await database.write(lambda c: c.exec_driver_sql("PRAGMA busy_timeout=0"))
        other = sqlite3.connect(tmp_path / "deep" / "folder" / "workflow.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        locked = await _failure(database, "SELECT 1")
        other.close()
        missing = await _failure(database, "SELECT * FROM nowhere")

    assert is_transient(locked)
    assert not is_transient(missing)


def test_the_statements_are_valid_on_postgresql():
    dialect = postgresql.dialect()
    upsert = str(upserts(workflow_node_states)["postgresql"].compile(dialect=dialect))
    later = str(select(DatabaseTime(10) > literal(None)).compile(dialect=dialect))

    assert "ON CONFLICT (node_id, path, run_id, visit) DO UPDATE SET status = excluded" in upsert
    assert "clock_timestamp() + make_interval(secs => " in later


async def _failure(database: Database, query: str) -> OperationalError:
    with pytest.raises(OperationalError) as caught:
        await database.write(lambda connection: connection.execute(text(query)))
    return caught.value
