"""Real queues for tests: servers that run here, or ones that are started, or installed first.

`WORKFLOW_TEST_REDIS` and `WORKFLOW_TEST_RABBITMQ` name servers; without them those on their usual
ports of 127.0.0.1 are taken if they answer, and else servers of the tests' own are started.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import ClassVar

from filelock import FileLock
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from redis import Redis
from redis.exceptions import RedisError

START_SECONDS = 60.0


class Broker(ABC):
    """A kind of server: how it is found, started and emptied."""

    name: ClassVar[str]
    local: ClassVar[str]
    program: ClassVar[str]
    package: ClassVar[str]

    @property
    def variable(self) -> str:
        return f"WORKFLOW_TEST_{self.name.upper()}"

    def running(self, folder: Path) -> str:
        """The URL of the server of this test session; `folder` is the session's.

        Raises:
            RuntimeError: there is none and none can be started; the tests fail, they do not skip.
        """
        if self.variable in os.environ:
            return os.environ[self.variable]
        with FileLock(folder / f"{self.name}.lock"):
            note = folder / f"{self.name}.url"
            if not note.exists():
                note.write_text(self.local if self.answers(self.local) else self.start(folder))
            return note.read_text()

    def start(self, folder: Path) -> str:
        """A new server on a free port, until `stop` is called with the same folder."""
        port, data = free_port(), Path(tempfile.mkdtemp(prefix=f"workflow-{self.name}-"))
        (folder / f"{self.name}.data").write_text(str(data))
        words, environment, user = self.command(self._installed(), port, data)
        owner = user if os.geteuid() == 0 else None
        if owner is not None:
            shutil.chown(data, owner)
        with (data / "log").open("w") as log:
            server = subprocess.Popen(  # noqa: S603
                words,
                env={**os.environ, **environment},
                user=owner,
                group=pwd.getpwnam(owner).pw_gid if owner else None,
                cwd=data,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        (folder / f"{self.name}.pid").write_text(str(server.pid))
        url = self.url(port)
        give_up_at = time.monotonic() + START_SECONDS
        while not self.answers(url):
            if server.poll() is not None or time.monotonic() > give_up_at:
                msg = f"{self.program} did not come up: {(data / 'log').read_text()}"
                raise RuntimeError(msg)
            time.sleep(0.1)  # a server that begins tells nobody
        return url

    def stop(self, folder: Path) -> None:
        """End the server that was started for this folder, if there is one."""
        note = folder / f"{self.name}.pid"
        if note.exists():
            with suppress(ProcessLookupError):
                os.killpg(int(note.read_text()), signal.SIGKILL)
            shutil.rmtree((folder / f"{self.name}.data").read_text(), ignore_errors=True)
            note.unlink()

    def _installed(self) -> str:
        found = self.found()
        if found is None and os.geteuid() == 0 and shutil.which("apt-get"):
            environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
            install = ["apt-get", "install", "-y", "-q", "--no-install-recommends", self.package]
            for command in (["apt-get", "update", "-q"], install):
                subprocess.run(  # noqa: S603
                    command, check=True, env=environment, capture_output=True
                )
            found = self.found()
        if found is None:
            msg = f"these tests need {self.program}: install it, for example with apt-get"
            raise RuntimeError(msg)
        return found

    def found(self) -> str | None:
        """The program, where it is installed."""
        return shutil.which(self.program)

    @abstractmethod
    def answers(self, url: str) -> bool:
        """Whether there is a server."""

    @abstractmethod
    def url(self, port: int) -> str:
        """The address of a server on this port."""

    @abstractmethod
    def command(
        self, program: str, port: int, data: Path
    ) -> tuple[list[str], Mapping[str, str], str | None]:
        """How it is started: words, environment, and the user where root may not be it."""

    @abstractmethod
    def empty(self, url: str, queue: str) -> None:
        """Lose all messages of a queue."""

    @abstractmethod
    def remove(self, url: str, queue: str) -> None:
        """Leave nothing of a queue behind."""


class RedisBroker(Broker):
    """Redis, with SAQ's queues."""

    name = "redis"
    local = "redis://127.0.0.1:6379/0"
    program = "redis-server"
    package = "redis-server"

    def answers(self, url: str) -> bool:
        with suppress(RedisError), closing(Redis.from_url(url, socket_timeout=3)) as client:
            return bool(client.ping())
        return False

    def url(self, port: int) -> str:
        return f"redis://127.0.0.1:{port}/0"

    def command(
        self, program: str, port: int, data: Path
    ) -> tuple[list[str], Mapping[str, str], str | None]:
        words = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        return [*words, "--dir", str(data)], {}, None

    def empty(self, url: str, queue: str) -> None:
        with closing(Redis.from_url(url)) as client:
            keys = [*client.scan_iter(f"saq:{queue}:*"), *client.scan_iter(f"saq:job:{queue}:*")]
            if keys:
                client.delete(*keys)

    def remove(self, url: str, queue: str) -> None:
        self.empty(url, queue)


class RabbitBroker(Broker):
    """RabbitMQ, with Celery's queues."""

    name = "rabbitmq"
    local = "amqp://guest:guest@127.0.0.1:5672//"
    program = "rabbitmq-server"
    package = "rabbitmq-server"

    def answers(self, url: str) -> bool:
        try:
            with Connection(url, connect_timeout=3) as connection:
                connection.ensure_connection(max_retries=1, timeout=3)
        except OperationalError:
            return False
        return True

    def found(self) -> str | None:
        # What is on the path wants to be root and then be somebody else.
        inner = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
        return str(inner) if inner.exists() else shutil.which(self.program)

    def url(self, port: int) -> str:
        return f"amqp://guest:guest@127.0.0.1:{port}//"

    def command(
        self, program: str, port: int, data: Path
    ) -> tuple[list[str], Mapping[str, str], str | None]:
        (data / "plugins").write_text("[].")
        environment = {
            "HOME": str(data),
            "RABBITMQ_NODENAME": f"workflow{port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(port),
            "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(data),
            "RABBITMQ_LOG_BASE": str(data),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(data / "plugins"),
            "RABBITMQ_CONF_ENV_FILE": str(data / "none"),
            "RABBITMQ_CONFIG_FILE": str(data / "none"),
        }
        return [program], environment, "rabbitmq"

    def empty(self, url: str, queue: str) -> None:
        with Connection(url, connect_timeout=3) as connection, connection.channel() as channel:
            channel.queue_purge(queue)

    def remove(self, url: str, queue: str) -> None:
        with Connection(url, connect_timeout=3) as connection, connection.channel() as channel:
            channel.queue_delete(queue)
            channel.exchange_delete(queue)


BROKERS: tuple[Broker, ...] = (RedisBroker(), RabbitBroker())


def free_port() -> int:
    with closing(socket.socket()) as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port
