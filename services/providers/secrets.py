"""The secrets of projects, from the environment of the process that executes their runs.

`WORKFLOW_SECRET_NAME` is there for all projects, `WORKFLOW_SECRET_BILLING__NAME` for the project
`billing` only, where it goes before the other. A `.env` file and the keyring of the system say the
same where the environment says nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Mapping, Sequence
from importlib import import_module
from typing import Any, Final

from dotenv import dotenv_values

from services.domain.redaction import MIN_LENGTH, Redactor
from services.errors import KeyringSecretError
from services.settings import ENV_FILE, Settings
from workflow_compiler.errors import ErrorType, NodeError

PREFIX: Final = "WORKFLOW_SECRET_"
INSTALL_KEYRING: Final = 'install it with: pip install "workflow-compiler[keyring]"'

_OF_PROJECT: Final = "__"
_NAME: Final = re.compile(r"[A-Za-z0-9]+(_[A-Za-z0-9]+)*")


class EnvironmentSecrets:
    """All secrets in an environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._found = {
            variable.removeprefix(PREFIX): value
            for variable, value in environment.items()
            if variable.startswith(PREFIX)
        }
        # One project's run may be shown another's secret: all are taken out of all runs.
        self.redactor = Redactor({name: self._found[name] for name in self.names})

    @property
    def names(self) -> tuple[str, ...]:
        """The names of those that can be sent."""
        return tuple(sorted(name for name in self._found if name not in self.too_short))

    @property
    def too_short(self) -> tuple[str, ...]:
        """The names of those that nobody could keep out of the log, so that they are refused."""
        return tuple(sorted(n for n, value in self._found.items() if len(value) < MIN_LENGTH))

    def of(self, project_id: str) -> ProjectSecrets:
        """Those that the runs of a project may send."""
        return ProjectSecrets(project_id, self._found, self.redactor)


def secrets_of(settings: Settings) -> EnvironmentSecrets:
    """The secrets of this process.

    Raises:
        KeyringSecretError: a secret of the keyring cannot be read.
    """
    kept = _in_keyring(settings.keyring)
    written = {name: value for name, value in dotenv_values(ENV_FILE).items() if value}
    return EnvironmentSecrets({**kept, **written, **os.environ})


def _in_keyring(names: Sequence[str]) -> Mapping[str, str]:
    if not names:
        return {}
    try:
        read = import_module("services.providers.keyring").read_keyring
    except ImportError as error:
        raise KeyringSecretError(names[0], INSTALL_KEYRING) from error
    return {PREFIX + name: value for name, value in read(names).items()}


class ProjectSecrets:
    """The port of one project's runs."""

    def __init__(self, project_id: str, found: Mapping[str, str], redactor: Redactor) -> None:
        self._project_id = project_id
        self._own = project_id.upper().replace("-", "_") + _OF_PROJECT
        self._found = found
        self._redactor = redactor

    async def get(self, names: Collection[str]) -> Mapping[str, str]:
        """The secrets with these names.

        Raises:
            NodeError: SECURITY, when there is none of a name, or one that is too short to be kept.
        """
        return {name: self._value(name) for name in sorted(names)}

    def lacks(self, names: Collection[str]) -> tuple[str, ...]:
        """Those of these names that could not be sent."""
        return tuple(name for name in sorted(names) if self._fault(name) is not None)

    def redacted(self, value: Any) -> Any:
        """A value without any secret in its texts, however deep they lie."""
        return self._redactor.value(value)

    def _value(self, name: str) -> str:
        if (fault := self._fault(name)) is not None:
            raise NodeError(ErrorType.SECURITY, fault)
        return self._stored(name)

    def _stored(self, name: str) -> str:
        return self._found.get(self._own + name) or self._found.get(name, "")

    def _fault(self, name: str) -> str | None:
        """Why a secret cannot be sent; None when it can."""
        value = self._stored(name)
        if not value or not _NAME.fullmatch(name):
            return f"there is no secret {name!r}; the workers' environment has no {PREFIX}{name}"
        if len(value) < MIN_LENGTH:
            return (
                f"the secret {name!r} has fewer than {MIN_LENGTH} characters: nobody could keep it"
                " out of the log"
            )
        return None
