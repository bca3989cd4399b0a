"""What a command that executes something logs: to stderr, without any secret."""

from __future__ import annotations

from services.providers.secrets import secrets_of
from services.settings import Settings
from services.telemetry.logging import configure_logging


def log_to_stderr(settings: Settings) -> None:
    """Warnings and worse, of our own and of all libraries.

    Raises:
        KeyringSecretError: a secret of the keyring cannot be read.
    """
    configure_logging("WARNING", secrets_of(settings).redactor.text)
