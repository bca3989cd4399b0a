"""What every test needs: no test talks to a tracing service, whatever the machine is set to."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from tests.support import postgres
from tests.support.brokers import BROKERS, RabbitBroker, RedisBroker

KEPT = {postgres.VARIABLE, *(broker.variable for broker in BROKERS)}

os.environ["LANGSMITH_TRACING"] = "false"
for name in [name for name in os.environ if name.startswith("WORKFLOW_")]:
    if name not in KEPT:
        del os.environ[name]


@pytest.fixture(autouse=True)
def logging_as_it_was() -> Iterator[None]:
    """A command that runs inside the tests sets up logging for a program, not for them."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    if structlog.is_configured():
        structlog.reset_defaults()
        root.handlers, root.level = handlers, level


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> postgres.Server:
    """A PostgreSQL server, the same for all processes that run tests."""
    return postgres.running_server(_session_folder(tmp_path_factory))


@pytest.fixture(scope="session")
def redis_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a Redis, the same for all processes that run tests."""
    return RedisBroker().running(_session_folder(tmp_path_factory))


@pytest.fixture(scope="session")
def rabbitmq_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The URL of a RabbitMQ, the same for all processes that run tests."""
    return RabbitBroker().running(_session_folder(tmp_path_factory))


@pytest.fixture(scope="session")
def postgres_database(postgres_server: postgres.Server) -> Iterator[str]:
    """The URL of a database of this process."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_database: str) -> str:
    """The URL of an empty schema of this test."""
    return postgres.schema(postgres_database)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a file of this test, which is not there yet."""
    return f"sqlite:///{tmp_path / 'workflow.db'}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database of each kind in turn: whoever asks for it is run on both."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stop the servers that were started for this session, when all processes are through."""
    if not _is_worker():
        factory: pytest.TempPathFactory = session.config._tmp_path_factory  # type: ignore[attr-defined]
        postgres.stop(factory.getbasetemp())
        for broker in BROKERS:
            broker.stop(factory.getbasetemp())


def _session_folder(factory: pytest.TempPathFactory) -> Path:
    own = factory.getbasetemp()
    return own.parent if _is_worker() else own


def _is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ
