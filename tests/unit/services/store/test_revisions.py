from alembic.config import Config
from alembic.script import ScriptDirectory

from services.store.revisions import known_revisions
from services.store.upgrades import MIGRATIONS


def test_migrations_are_named_after_their_revisions_in_their_order():
    config = Config()
    config.set_main_option("script_location", MIGRATIONS)
    scripts = ScriptDirectory.from_config(config).walk_revisions()

    assert known_revisions() == tuple(script.revision for script in scripts)[::-1]
