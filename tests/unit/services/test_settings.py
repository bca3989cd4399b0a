import pytest
from pydantic import ValidationError

from services.settings import Settings, normalise_database_url


@pytest.mark.parametrize(
    ("given", "normal"),
    [
        ("sqlite:///./here.db", "sqlite:///./here.db"),
        ("sqlite+aiosqlite:///./here.db", "sqlite:///./here.db"),
        ("sqlite:////srv/here.db", "sqlite:////srv/here.db"),
        ("sqlite:here.db", "sqlite:///here.db"),
        ("sqlite:/srv/here.db", "sqlite:////srv/here.db"),
        ("postgres://u:p@h/db", "postgresql+psycopg://u:p@h/db"),
        ("postgresql+asyncpg://h/db", "postgresql+psycopg://h/db"),
    ],
)
def test_urls_are_made_normal_once_and_for_all(given: str, normal: str):
    assert normalise_database_url(given) == normal
    assert normalise_database_url(normal) == normal


@pytest.mark.parametrize("url", ["", "here.db", "mysql://h/db", "sqlite:", "sqlite:///:memory:"])
def test_urls_that_name_no_usable_database_are_refused(url: str):
    with pytest.raises(ValidationError, match="sqlite:///"):
        Settings(_env_file=None, database_url=url)


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("WORKFLOW_FUNCTIONS", " shop.prices, ,shop.mail ")
    monkeypatch.setenv("WORKFLOW_PORT", "9000")
    settings = Settings(_env_file=None)

    assert settings.functions == ("shop.prices", "shop.mail")
    assert settings.port == 9000


def test_settings_never_change_and_describe_themselves():
    settings = Settings(_env_file=None, functions=("a",))
    with pytest.raises(ValidationError):
        settings.port = 1  # type: ignore[misc]  # that is the point
    assert all(field.description for field in Settings.model_fields.values())


@pytest.mark.parametrize(
    ("dispatch", "url"),
    [
        ("inprocess", None),
        ("saq", "redis://queue:6379/0"),
        ("celery", "amqp://user:secret@queue//"),
        ("celery", "rediss://queue"),
    ],
)
def test_a_queue_has_a_place_that_fits(dispatch: str, url: str | None):
    assert Settings(_env_file=None, dispatch=dispatch, queue_url=url).queue_url == url


@pytest.mark.parametrize(
    ("dispatch", "url"),
    [("saq", None), ("saq", "amqp://queue"), ("celery", None), ("celery", "http://queue")],
)
def test_a_queue_without_its_place_is_refused(dispatch: str, url: str | None):
    with pytest.raises(ValidationError, match=f"WORKFLOW_DISPATCH={dispatch} needs the URL"):
        Settings(_env_file=None, dispatch=dispatch, queue_url=url)
