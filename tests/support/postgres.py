"""A real PostgreSQL for tests: one that runs here, or one that is started, or installed first.

`WORKFLOW_TEST_POSTGRES` names a server whose user may create databases; without it the one on
127.0.0.1:5432 is taken if it lets `postgres` in, and else a server of the tests' own is started.
"""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import quote

import psycopg
from filelock import FileLock

VARIABLE = "WORKFLOW_TEST_POSTGRES"
_LOCAL = "postgresql://postgres@127.0.0.1:5432/postgres"

_FOR_TESTS = "-c fsync=off -c full_page_writes=off -c max_connections=200"


class Server:
    """A server that tests may use, named by the URL of its database `postgres`."""

    def __init__(self, url: str) -> None:
        self.url = url

    def connect(self) -> psycopg.Connection:
        """A connection that commits every statement."""
        return psycopg.connect(self.url, autocommit=True, connect_timeout=3)

    @contextmanager
    def database(self) -> Iterator[str]:
        """The URL of a new database, which sorts text as people of some language do."""
        name = f"test_{secrets.token_hex(8)}"
        language = "TEMPLATE template0 ENCODING 'UTF8' LOCALE_PROVIDER icu ICU_LOCALE 'en-US'"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name} {language} LOCALE 'C'")
        try:
            yield f"{self.url.rpartition('/')[0]}/{name}"
        finally:
            with self.connect() as connection:
                connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def schema(database: str) -> str:
    """The URL of a new schema in a database, which is all that its users see.

    It goes with its database: to remove all that is in it takes longer than most tests.
    """
    name = f"s_{secrets.token_hex(8)}"
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {name}")
    return f"{database}?options={quote(f'-csearch_path={name}')}"


def running_server(folder: Path) -> Server:
    """The server of this test session; `folder` is the session's, whatever process asks.

    Raises:
        RuntimeError: there is none and none can be started; the tests fail, they do not skip.
    """
    if VARIABLE in os.environ:
        return Server(os.environ[VARIABLE])
    with FileLock(folder / "postgres.lock"):
        note = folder / "postgres.url"
        if not note.exists():
            note.write_text(_LOCAL if _answers(_LOCAL) else start(folder).url)
        return Server(note.read_text())


def start(folder: Path) -> Server:
    """A new server on a free port, until `stop` is called with the same folder."""
    data = Path(tempfile.mkdtemp(prefix="workflow-postgres-"))
    (folder / "postgres.data").write_text(str(data))
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(data, user.pw_uid, user.pw_gid)
    port = _free_port()
    _run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8")
    (folder / "postgres.port").write_text(str(port))
    go_on(folder)
    return Server(f"postgresql://postgres@127.0.0.1:{port}/postgres")


def halt(folder: Path) -> None:
    """Let the server of this folder end as if it were killed; its data stay."""
    _run("pg_ctl", "-D", _data(folder), "-m", "immediate", "stop")


def go_on(folder: Path) -> None:
    """Start the server of this folder, on the port and the data that it has."""
    data, port = _data(folder), (folder / "postgres.port").read_text()
    options = f"{_FOR_TESTS} -p {port} -k {data} -c listen_addresses=127.0.0.1"
    _run("pg_ctl", "-D", data, "-o", options, "-l", data / "log", "-w", "start")


def stop(folder: Path) -> None:
    """End the server that was started for this folder, if there is one, and remove its data."""
    if (folder / "postgres.data").exists():
        halt(folder)
        shutil.rmtree(_data(folder))
        (folder / "postgres.data").unlink()


def _data(folder: Path) -> Path:
    return Path((folder / "postgres.data").read_text())


def _answers(url: str) -> bool:
    with suppress(psycopg.OperationalError), Server(url).connect():
        return True
    return False


def _binaries() -> Path:
    found = _installed() or _newly_installed()
    if found is None:
        msg = "these tests need a PostgreSQL server: install one, for example with apt-get"
        raise RuntimeError(msg)
    return found


def _installed() -> Path | None:
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), reverse=True)
    on_path = shutil.which("pg_ctl")
    found = [*places, *([Path(on_path)] if on_path else [])]
    return found[0].parent if found else None


def _newly_installed() -> Path | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", "postgresql"]
    for command in (["apt-get", "update", "-q"], install):
        subprocess.run(command, check=True, env=environment, capture_output=True)  # noqa: S603
    return _installed()


def _run(program: str, *options: object) -> None:
    """Run a program of PostgreSQL, which refuses to be run by the superuser."""
    words = [str(word) for word in (_binaries() / program, *options)]
    as_postgres = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
    done = subprocess.run(  # noqa: S603
        [*as_postgres, *words],
        check=False,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        msg = f"{' '.join(words)} failed: {done.stderr}"
        raise RuntimeError(msg)


def _free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
