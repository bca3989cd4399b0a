"""The flags that several commands have, and the settings that they make with the environment."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final, TypeAlias

import typer
from pydantic import ValidationError

from api.cli.exits import UsageError
from services.domain.runs import RunStatus
from services.providers.node_types import installed_registry
from services.settings import Settings
from workflow_compiler import Registry

PROJECT: Final = "default"

_SAMPLE_FUNCTIONS: Final = "api.samples.functions"

DatabaseUrl: TypeAlias = Annotated[
    str | None,
    typer.Option("--database-url", help="Where everything is kept; overrides the environment."),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Write JSON.")]
Watch: TypeAlias = Annotated[bool, typer.Option(help="Show the run while it goes on.")]
AsEvents: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Write the events as JSON lines instead of the output.")
]
Statuses: TypeAlias = Annotated[
    list[RunStatus] | None,
    typer.Option("--status", help="Only runs that stand here; may be repeated."),
]
WorkflowId: TypeAlias = Annotated[
    str | None, typer.Option("--workflow-id", help="Only runs of this workflow.")
]
TextOfRuns: TypeAlias = Annotated[
    str | None,
    typer.Option("--text", help="Only runs with this in their id, workflow's name or error."),
]
File: TypeAlias = Annotated[
    Path, typer.Argument(help="A definition, as JSON or YAML.", exists=True, dir_okay=False)
]


def settings_from(**flags: Any) -> Settings:
    """The settings of the environment, with the flags that were given over them.

    Raises:
        UsageError: one of them is not valid.
    """
    try:
        return Settings(**{name: value for name, value in flags.items() if value is not None})
    except ValidationError as error:
        raise UsageError("\n".join(_wrong_settings(error))) from error


def registry_from(settings: Settings) -> Registry:
    """The node types; their functions are those of the settings and of the samples.

    Raises:
        FunctionsError: a module of functions cannot be used.
        NodeTypesError: an installed plug-in cannot be used.
    """
    samples = (_SAMPLE_FUNCTIONS,) if settings.samples else ()
    return installed_registry((*samples, *settings.functions))


def _wrong_settings(error: ValidationError) -> list[str]:
    return [
        f"WORKFLOW_{str(details['loc'][0]).upper()}: {details['msg'].removeprefix('Value error, ')}"
        for details in error.errors(include_url=False)
    ]
