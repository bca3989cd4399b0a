"""What an operator can decide, in environment variables `WORKFLOW_*` or in a `.env` file."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from workflow_compiler.usage import Price

ENV_FILE = ".env"
DEFAULT_DATABASE_URL = "sqlite:///./.workflow/workflow.db"

_URL = re.compile(r"(?P<name>[a-z0-9]+)(?:\+[a-z0-9_]+)?:(?P<rest>.*)", re.DOTALL)

_ORIGIN = re.compile(r"https?://[a-z0-9.\[\]:-]+")


def normalise_database_url(url: str) -> str:
    """The URL of a database as the store wants it: its own driver, SQLite always as `sqlite:///`.

    Raises:
        ValueError: the URL names no database that the service can use.
    """
    match = _URL.fullmatch(url.strip())
    name, rest = (match["name"], match["rest"]) if match else ("", "")
    if name in {"postgres", "postgresql"}:
        return f"postgresql+psycopg:{rest}"
    if name != "sqlite":
        raise ValueError("not a database URL; write sqlite:///path/to/file.db or postgresql://...")
    path = rest.removeprefix("///")
    if path in {"", ":memory:", "//"}:
        raise ValueError(f"{url!r} names no file; write sqlite:///path/to/file.db")
    return f"sqlite:///{path}"


class Dispatch(StrEnum):
    """What brings runs to those who execute them."""

    INPROCESS = "inprocess"
    SAQ = "saq"
    CELERY = "celery"


_QUEUES: Mapping[Dispatch, tuple[str, ...]] = {
    Dispatch.SAQ: ("redis", "rediss"),
    Dispatch.CELERY: ("amqp", "amqps", "redis", "rediss"),
}


class Settings(BaseSettings):
    """The settings of one process; flags of the command line override them."""

    model_config = SettingsConfigDict(
        env_prefix="WORKFLOW_", env_file=ENV_FILE, extra="ignore", frozen=True
    )

    database_url: str = Field(
        default=DEFAULT_DATABASE_URL,
        description="Where workflows, runs and events are kept: sqlite:///file.db, or"
        " postgresql://user@host/database (needs the extra postgres)",
    )
    host: str = Field(default="127.0.0.1", description="The address that the server binds to")
    port: int = Field(
        default=8000, ge=0, le=65535, description="The port of the server; 0 takes a free one"
    )
    api_key: SecretStr | None = Field(
        default=None,
        min_length=16,
        description="A key with all rights, to make the first keys with; without any key the"
        " server listens on this machine only",
    )
    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="The host names that the server answers to beside its own address, separated"
        " by commas",
    )
    origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Sites whose pages may use the server beside its own page, separated by"
        " commas: https://flows.example",
    )
    rate_limit: float = Field(
        default=100.0,
        ge=0.1,
        description="How many requests a second one key may send, or one address without a valid"
        " one; there is no limit where no key is needed",
    )
    keyring: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Secrets in the keyring of the system that runs may send, by name, separated"
        " by commas: BANK_TOKEN, BILLING__BANK_TOKEN (needs the extra keyring)",
    )
    functions: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Modules with functions that python nodes may call, separated by commas",
    )
    tools: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="Modules with LangChain tools that nodes may call, separated by commas",
    )
    mcp: Path | None = Field(
        default=None,
        description="A JSON file of MCP servers whose tools nodes may call (needs the extra mcp)",
    )
    http_allow: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description="What http nodes may reach beyond the public internet, separated by commas: "
        "host, host:port, 10.0.0.0/8",
    )
    dispatch: Dispatch = Field(
        default=Dispatch.INPROCESS,
        description="Who executes runs: the server itself (inprocess), or workers that it tells"
        " through saq or celery (each needs the extra of its name)",
    )
    queue_url: str | None = Field(
        default=None,
        validate_default=True,
        description="Where the queue of saq (redis://host/0) or celery (amqp://user@host//) is",
    )
    queue_name: str = Field(
        default="workflow",
        pattern="[a-zA-Z0-9._-]+",
        description="What the queue is called there; processes that share a database share it",
    )
    max_concurrent_runs: int = Field(
        default=50, ge=1, description="How many runs this process executes at the same time"
    )
    max_concurrent_runs_per_project: int | None = Field(
        default=None,
        ge=1,
        description="How many runs of one project this process executes at the same time; as many"
        " as of all projects when it is not set",
    )
    lease_seconds: float = Field(
        default=10.0, ge=1.0, description="How long a run waits for a silent process to come back"
    )
    shutdown_grace_seconds: float = Field(
        default=5.0, ge=0.0, description="How long running work may go on when the process stops"
    )
    wait_linger_seconds: float = Field(
        default=0.1,
        ge=0.0,
        description="How long a run that only waits stays in memory; ten times as long where it is"
        " a timer or a timeout that ends by then. Clients are told that it waits when it leaves",
    )
    cache_size: int = Field(
        default=256, ge=1, description="How many compiled workflows are kept in memory"
    )
    prices: dict[str, Price] = Field(
        default={},
        description="What models cost in US dollars per million tokens, as JSON: "
        '{"openai:gpt-5": {"input": 1.25, "output": 10}}',
    )
    node_cache_bytes: int = Field(
        default=64 * 1024 * 1024,
        ge=0,
        description="How many bytes of results of nodes with 'cache' are kept in memory",
    )
    metrics_by_workflow: bool = Field(
        default=False,
        description="Whether metrics of runs and visits carry the names of workflows, which may be"
        " many",
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="The address at which a worker shows its metrics"
    )
    metrics_port: int | None = Field(
        default=None,
        ge=0,
        le=65535,
        description="The port at which a worker shows /metrics, /healthz and /readyz; none when it"
        " is not set, 0 takes a free one. A server shows its own at its port",
    )
    otel: bool = Field(
        default=False,
        description="Whether runs are traced with OpenTelemetry (needs the extra otel); where to,"
        " its variables OTEL_EXPORTER_OTLP_* say",
    )
    langfuse: bool = Field(
        default=False,
        description="Whether Langfuse is told of runs, with what is said to models (needs the extra"
        " langfuse); where it is, its variables LANGFUSE_* say",
    )
    samples: bool = Field(
        default=True, description="Whether the server loads the sample workflows when it starts"
    )

    project: str = Field(
        default="default", description="The project in which the commands of `workflow` work"
    )
    server: str | None = Field(
        default=None,
        pattern=r"https?://[^/?#]+/?",
        description="The server that `workflow run`, `runs`, `tasks` and `signal` ask, instead of"
        " working on the database: http://127.0.0.1:8000",
    )
    client_key: SecretStr | None = Field(
        default=None, description="The API key with which they ask it"
    )

    @field_validator("database_url")
    @classmethod
    def _normalised(cls, url: str) -> str:
        return normalise_database_url(url)

    @field_validator("queue_url")
    @classmethod
    def _fitting(cls, url: str | None, info: ValidationInfo) -> str | None:
        dispatch = info.data.get("dispatch", Dispatch.INPROCESS)
        schemes = _QUEUES.get(dispatch, ())
        if schemes and (url or "").partition("://")[0] not in schemes:
            wanted = " or ".join(f"{scheme}://..." for scheme in schemes)
            raise ValueError(f"WORKFLOW_DISPATCH={dispatch} needs the URL of its queue: {wanted}")
        return url

    @field_validator("origins")
    @classmethod
    def _exact(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not _ORIGIN.fullmatch(origin):
                raise ValueError(
                    f"{origin!r} is no origin; write https://host or https://host:8443"
                )
        return origins

    @field_validator(
        "functions", "tools", "http_allow", "hosts", "origins", "keyring", mode="before"
    )
    @classmethod
    def _split(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return tuple(name for part in value.split(",") if (name := part.strip()))
