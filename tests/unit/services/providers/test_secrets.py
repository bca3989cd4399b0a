"""Where secrets come from: the environment, a `.env` file, the keyring of the system."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import InitError
from typing_extensions import override

from services.errors import KeyringSecretError
from services.providers.secrets import secrets_of
from services.settings import Settings


class Drawer(KeyringBackend):
    """A keyring in memory, which may be locked."""

    priority = 1.0

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.is_locked = False

    @override
    def get_password(self, service: str, username: str) -> str | None:
        if self.is_locked:
            raise InitError("it is locked")
        return self.kept.get((service, username))

    @override
    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    @override
    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def drawer() -> Iterator[Drawer]:
    usual = keyring.get_keyring()
    keyring.set_keyring(drawer := Drawer())
    yield drawer
    keyring.set_keyring(usual)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_the_environment_goes_before_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = "WORKFLOW_SECRET_A=of-the-file\nWORKFLOW_SECRET_B='of the file'\nOTHER=x\n"
    (folder / ".env").write_text(lines)
    monkeypatch.setenv("WORKFLOW_SECRET_A", "of-the-environment")
    found = await secrets_of(Settings()).of("default").get(["A", "B"])
    assert found == {"A": "of-the-environment", "B": "of the file"}


async def test_secrets_of_the_keyring_are_those_that_are_named(
    drawer: Drawer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("BANK_TOKEN", "BILLING__BANK_TOKEN", "OTHER"):
        drawer.set_password("workflow", name, f"the value of {name}")
    monkeypatch.setenv("WORKFLOW_KEYRING", "BANK_TOKEN, BILLING__BANK_TOKEN")
    secrets = secrets_of(Settings())
    assert await secrets.of("shop").get(["BANK_TOKEN"]) == {"BANK_TOKEN": "the value of BANK_TOKEN"}
    assert "BILLING__" in (await secrets.of("billing").get(["BANK_TOKEN"]))["BANK_TOKEN"]
    assert secrets.of("shop").lacks(["OTHER"]) == ("OTHER",)
    assert secrets.redactor.text("the value of BANK_TOKEN!") == "[secret BANK_TOKEN]!"


def test_a_keyring_that_gives_nothing_is_told_at_once(drawer: Drawer) -> None:
    wanted = Settings(keyring=("BANK_TOKEN",))
    with pytest.raises(KeyringSecretError, match="say `keyring set workflow BANK_TOKEN`"):
        secrets_of(wanted)
    drawer.is_locked = True
    with pytest.raises(KeyringSecretError, match="it is locked"):
        secrets_of(wanted)
