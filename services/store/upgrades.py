"""Brings the tables of a database to their newest version. Loaded only where they are older."""

from __future__ import annotations

from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from services.store.engines import lock_upgrades

MIGRATIONS: Final = "services.store:migrations"


def upgrade(connection: Connection) -> None:
    """Run the migrations that are missing; of several processes the others wait, and find none."""
    lock_upgrades(connection)
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
