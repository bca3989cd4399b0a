"""Secrets out of the keyring of the system (needs the extra `keyring`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import keyring
from keyring.errors import KeyringError

from services.errors import KeyringSecretError

SERVICE: Final = "workflow"
"""What the secrets are kept under: `keyring set workflow BANK_TOKEN`."""


def read_keyring(names: Sequence[str]) -> Mapping[str, str]:
    """The secrets with these names.

    Raises:
        KeyringSecretError: the keyring does not open, or has no such secret.
    """
    return {name: _secret(name) for name in names}


def _secret(name: str) -> str:
    try:
        found = keyring.get_password(SERVICE, name)
    except KeyringError as error:
        raise KeyringSecretError(name, str(error)) from error
    if found is None:
        raise KeyringSecretError(name, f"it is not there; say `keyring set {SERVICE} {name}`")
    return found
